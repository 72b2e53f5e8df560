//! Row: which key of which bucket, and where on the ring that is.

use std::fmt;

use serde::{Deserialize, Serialize};
use shared::id::BucketId;
use shared::key::Key;
use shared::token::Token;

/// A key of a bucket. Ordered by token first, so that rows lie in the order of the ring.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Named", into = "Named")]
pub struct Row {
    token: Token,
    bucket: BucketId,
    key: Key,
}

impl Row {
    /// The row of a key; its token is computed, never taken from anybody's word.
    pub fn new(bucket: BucketId, key: Key) -> Self {
        Self { token: Token::of(bucket, &key), bucket, key }
    }

    /// Where it lies on the ring.
    pub fn token(&self) -> Token {
        self.token
    }

    /// Its bucket.
    pub fn bucket(&self) -> BucketId {
        self.bucket
    }

    /// Its key.
    pub fn key(&self) -> &Key {
        &self.key
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)
    }
}

/// A row as it travels.
#[derive(Serialize, Deserialize)]
struct Named(BucketId, Key);

impl From<Named> for Row {
    fn from(Named(bucket, key): Named) -> Self {
        Self::new(bucket, key)
    }
}

impl From<Row> for Named {
    fn from(row: Row) -> Self {
        Self(row.bucket, row.key)
    }
}
