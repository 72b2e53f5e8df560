//! Key and value: opaque bytes with a limit on their length.
//!
//! The limits are checked where bytes come in from a client, and nowhere further inside: an inner limit would
//! only keep a record from being repaired (riak_kv #1156).

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Longest key, in bytes. The storage engine fails at 64 KiB; a key is a name and has no need to come near.
pub const KEY_BYTES_MAX: usize = 4 * 1024;

/// Longest value unless the cluster says otherwise, in bytes.
pub const VALUE_BYTES_MAX_DEFAULT: usize = 1024 * 1024;

/// Longest value that a cluster may allow, in bytes; every frame has room for it.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A key that is too long, or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 1 to {KEY_BYTES_MAX} bytes, this one has {bytes}")]
pub struct KeyLength {
    /// How many bytes were given.
    pub bytes: usize,
}

/// The name of a value in its bucket: 1 to [`KEY_BYTES_MAX`] bytes of any kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bytes", into = "Bytes")]
pub struct Key(Bytes);

impl Key {
    /// A key of these bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, KeyLength> {
        let bytes = bytes.into();
        if bytes.is_empty() || bytes.len() > KEY_BYTES_MAX {
            return Err(KeyLength { bytes: bytes.len() });
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<Bytes> for Key {
    type Error = KeyLength;

    fn try_from(bytes: Bytes) -> Result<Self, KeyLength> {
        Self::new(bytes)
    }
}

impl From<Key> for Bytes {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Key {
    /// As text, with what is not printable ASCII escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// What a key names: any bytes, no more than the cluster's limit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Value(pub Bytes);

impl Value {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none; an empty value is a value all the same.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<Bytes>> From<T> for Value {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Value {
    /// At most 32 bytes: a log is no place for a megabyte.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..32).unwrap_or(&self.0);
        write!(f, "\"{}\"", shown.escape_ascii())?;
        if shown.len() < self.0.len() { write!(f, "… {} bytes", self.0.len()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_to_four_thousand_and_ninety_six_bytes() {
        assert_eq!(Key::new(""), Err(KeyLength { bytes: 0 }));
        assert!(Key::new(vec![0; KEY_BYTES_MAX]).is_ok());
        assert_eq!(Key::new(vec![0; KEY_BYTES_MAX + 1]), Err(KeyLength { bytes: KEY_BYTES_MAX + 1 }));
    }

    #[test]
    fn a_decoded_key_is_held_to_the_same_limit() {
        let long = postcard::to_stdvec(&Bytes::from(vec![b'k'; KEY_BYTES_MAX + 1])).unwrap();
        assert!(postcard::from_bytes::<Key>(&long).is_err());
    }
}
