//! How durable a write has to be before it counts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The durability that a request wants and an acknowledgement reached (Dynamo §6.1; rule P11). Greater is stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Handed to the operating system; a power cut may take it back, a crash of the process may not.
    Buffered,
    /// On the disk before it is acknowledged.
    #[default]
    Synced,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Buffered => "buffered",
            Self::Synced => "synced",
        })
    }
}

/// A text names no durability.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no durability: `synced` or `buffered` is wanted")]
pub struct NotADurability(pub String);

impl FromStr for Durability {
    type Err = NotADurability;

    fn from_str(text: &str) -> Result<Self, NotADurability> {
        match text {
            "buffered" => Ok(Self::Buffered),
            "synced" => Ok(Self::Synced),
            _ => Err(NotADurability(text.to_owned())),
        }
    }
}
