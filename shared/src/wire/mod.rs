//! The conversations: which planes there are, what their messages look like, and how messages become bytes.
//!
//! Each plane has an ALPN of its own, so that a certificate of the wrong role fails in the handshake and a plane's
//! messages can get a new version alone. What nodes say to each other on [`Plane::Peer`] is `dynamo-core`'s.

pub mod admin;
pub mod audit;
pub mod client;
pub mod cluster;
pub mod frame;
pub mod look;
pub mod operation;
pub mod plan;
pub mod telemetry;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A conversation of its own: who may hold it is decided by the role in the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Replication, gossip, comparison: node to node.
    Peer,
    /// get, put, delete, keys.
    Client,
    /// Status and telemetry; changes nothing.
    Look,
    /// What changes the cluster.
    Admin,
}

impl Plane {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Peer, Self::Client, Self::Look, Self::Admin];

    /// The protocol and its version, as TLS negotiates it.
    pub fn alpn(self) -> &'static [u8] {
        match self {
            Self::Peer => b"dynamo-peer/1",
            Self::Client => b"dynamo-client/1",
            Self::Look => b"dynamo-look/1",
            Self::Admin => b"dynamo-admin/1",
        }
    }

    /// The plane that an ALPN names.
    pub fn from_alpn(alpn: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|plane| plane.alpn() == alpn)
    }
}

/// Bytes that are not the message they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAMessage {
    /// The encoding does not fit the type.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// Which message was expected.
        what: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// A whole message, and bytes after it.
    #[error("malformed {what}: {bytes} bytes after its end")]
    Trailing {
        /// Which message was expected.
        what: &'static str,
        /// How many bytes are too many.
        bytes: usize,
    },
}

/// A message as bytes (postcard: compact, no recursion of its own, the same bytes for the same message).
///
/// # Panics
/// Never: every message type of ours has a known length when it is encoded, which is all that postcard asks.
pub fn encode<T: Serialize>(message: &T) -> Bytes {
    postcard::to_stdvec(message).expect("messages hold only sized sequences").into()
}

/// The message that the bytes are, to the last byte.
pub fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, NotAMessage> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        Ok((_, rest)) => Err(NotAMessage::Trailing { what, bytes: rest.len() }),
        Err(error) => Err(NotAMessage::Malformed { what, reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_found_by_its_alpn() {
        for plane in Plane::ALL {
            assert_eq!(Plane::from_alpn(plane.alpn()), Some(plane));
        }
        assert_eq!(Plane::from_alpn(b"h3"), None);
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut bytes = encode(&(1_u8, "x")).to_vec();
        assert!(decode::<(u8, String)>("pair", &bytes).is_ok());
        bytes.push(0);
        assert_eq!(
            decode::<(u8, String)>("pair", &bytes),
            Err(NotAMessage::Trailing { what: "pair", bytes: 1 })
        );
    }
}
