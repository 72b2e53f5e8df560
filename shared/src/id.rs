//! Numbers that cannot be mixed up: each kind of identity is a type of its own.
//!
//! Nothing here makes one up; whoever may draw randomness hands the bits in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text is not the identity it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}: {digits} hexadecimal digits are wanted")]
pub struct NotAnId {
    /// What was read.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
    /// How many hexadecimal digits such an id has.
    pub digits: usize,
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $digits:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{:0", $digits, "x}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:0", $digits, "x})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let wrong = || NotAnId { text: text.to_owned(), what: $what, digits: $digits };
                if text.len() != $digits || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(wrong());
                }
                <$inner>::from_str_radix(text, 16).map(Self).map_err(|_| wrong())
            }
        }
    };
}

hex_id!(
    /// A cluster: 128 random bits drawn with its certificate authority.
    ClusterId, u128, 32, "cluster id"
);
hex_id!(
    /// A node: 64 random bits drawn when its certificate was issued, and carried in it.
    NodeId, u64, 16, "node id"
);
hex_id!(
    /// A bucket: 64 random bits drawn when it was created; a deleted bucket's id is never used again.
    BucketId, u64, 16, "bucket id"
);
hex_id!(
    /// A plan: 64 bits of a hash over the ring that it starts from, its changes and the ring that it ends with.
    PlanId, u64, 16, "plan id"
);
hex_id!(
    /// A long operation of the cluster: 64 random bits drawn when its plan was committed.
    OperationId, u64, 16, "operation id"
);
hex_id!(
    /// One request of a client: 128 random bits, the same at every retry (rule P3).
    RequestId, u128, 32, "request id"
);

/// A start of a node: an ordered, persisted counter, raised by one at every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Boot(pub u64);

impl Boot {
    /// The start after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a node, a cluster, a bucket or a profile: 1 to 63 of `a-z A-Z 0-9 . _ -`, starting with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A text cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: 1 to 63 letters, digits, `.`, `_` or `-`, starting with a letter or digit")]
pub struct NotAName(pub String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if starts_well && text.len() <= 63 && text.bytes().all(allowed) {
            Ok(Self(text))
        } else {
            Err(NotAName(text))
        }
    }
}

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        Self::try_from(text.to_owned())
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text() {
        let id = NodeId(0xbeef);
        assert_eq!(id.to_string(), "000000000000beef");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_text_of_the_wrong_length_or_with_a_sign_is_no_id() {
        for text in ["", "beef", "+00000000000beef", "000000000000beefg", "00000000000000000"] {
            assert!(text.parse::<NodeId>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_short_and_plain() {
        for good in ["a", "node-1", "eu.west_2", "9"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "a b", "a/b", "ü", &"a".repeat(64)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
