//! Token, a point on the ring, and partition, the arc of it that a point lies in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::BucketId;
use crate::key::Key;

/// A point on the 128-bit ring.
///
/// Dynamo §4.2 and §4.3 hash the key with MD5. This is the first half of BLAKE3 over the bucket's id and the key:
/// as even as MD5, but nobody can choose keys that all fall into one partition, and it is faster. The
/// bucket is hashed by its random id, so that a bucket of the same name made later lies elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token(pub u128);

impl Token {
    /// Where a key of a bucket lies.
    pub fn of(bucket: BucketId, key: &Key) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("dynamo 2026 token: bucket id, key");
        hasher.update(&bucket.0.to_be_bytes()).update(key.as_bytes());
        let mut first_half = [0; 16];
        hasher.finalize_xof().fill(&mut first_half);
        Self(u128::from_be_bytes(first_half))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

/// One of the Q equal arcs of the ring, counted clockwise from zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartitionId(pub u32);

impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionId({})", self.0)
    }
}

/// A number of partitions that a ring cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ring has a power of two of partitions, from {min} to {max}; {count} is none", min = Partitions::MIN, max = Partitions::MAX)]
pub struct NotPartitions {
    /// How many were asked for.
    pub count: u32,
}

/// Q: into how many equal partitions the ring is cut (Dynamo §6.2, strategy 3). Fixed when the cluster is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Partitions(u32);

impl Partitions {
    /// Fewest: below this, replicas cannot be spread evenly over even a handful of nodes.
    pub const MIN: u32 = 8;
    /// Most: above this, a ring no longer travels well.
    pub const MAX: u32 = 65_536;
    /// Unless the operator says otherwise: enough for a hundred nodes of ten partitions each.
    pub const DEFAULT: Self = Self(1024);

    /// This many partitions.
    pub fn new(count: u32) -> Result<Self, NotPartitions> {
        let fits = (Self::MIN..=Self::MAX).contains(&count) && count.is_power_of_two();
        if fits { Ok(Self(count)) } else { Err(NotPartitions { count }) }
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.0
    }

    /// Every partition, clockwise.
    pub fn iter(self) -> impl Iterator<Item = PartitionId> {
        (0..self.0).map(PartitionId)
    }

    /// The partition that a token lies in: its leading log2(Q) bits.
    pub fn of(self, token: Token) -> PartitionId {
        let bits = self.0.trailing_zeros();
        // Invariant: Q <= 65,536, so that what is left after the shift fits 32 bits.
        PartitionId(u32::try_from(token.0 >> (u128::BITS - bits)).unwrap_or(u32::MAX))
    }

    /// The first token of a partition; its arc ends just before the first of the next.
    pub fn first_token(self, partition: PartitionId) -> Token {
        Token(u128::from(partition.0) << (u128::BITS - self.0.trailing_zeros()))
    }

    /// The last token of a partition.
    pub fn last_token(self, partition: PartitionId) -> Token {
        Token(self.first_token(partition).0 | (u128::MAX >> self.0.trailing_zeros()))
    }
}

impl TryFrom<u32> for Partitions {
    type Error = NotPartitions;

    fn try_from(count: u32) -> Result<Self, NotPartitions> {
        Self::new(count)
    }
}

impl From<Partitions> for u32 {
    fn from(partitions: Partitions) -> Self {
        partitions.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_is_a_power_of_two_between_8_and_65536() {
        for good in [8, 1024, 65_536] {
            assert!(Partitions::new(good).is_ok());
        }
        for bad in [0, 4, 9, 1000, 131_072] {
            assert_eq!(Partitions::new(bad), Err(NotPartitions { count: bad }));
        }
    }

    #[test]
    fn the_ends_of_the_ring_lie_in_the_first_and_the_last_partition() {
        let partitions = Partitions::new(8).unwrap();
        assert_eq!(partitions.of(Token(0)), PartitionId(0));
        assert_eq!(partitions.of(Token(u128::MAX)), PartitionId(7));
        for partition in partitions.iter() {
            assert_eq!(partitions.of(partitions.first_token(partition)), partition);
            assert_eq!(partitions.of(partitions.last_token(partition)), partition);
        }
    }

    #[test]
    fn keys_spread_evenly_over_the_partitions() {
        let partitions = Partitions::new(16).unwrap();
        let mut held = [0_u32; 16];
        for number in 0..16_000_u32 {
            let key = Key::new(format!("user:{number}")).unwrap();
            held[partitions.of(Token::of(BucketId(7), &key)).0 as usize] += 1;
        }
        // Binomial with mean 1,000 and a standard deviation of 31: six of them either way.
        assert!(held.iter().all(|&keys| (814..=1_186).contains(&keys)), "{held:?}");
    }

    #[test]
    fn the_same_key_of_another_bucket_lies_elsewhere() {
        let key = Key::new("cart:42").unwrap();
        assert_ne!(Token::of(BucketId(1), &key), Token::of(BucketId(2), &key));
    }
}
