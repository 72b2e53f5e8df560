//! Where every byte lies: three keyspaces, the keys in them, and the form of a row.
//!
//! | keyspace | key | row |
//! |---|---|---|
//! | `objects` | token 16, bucket 8, key | record |
//! | `hints` | owner 8, token 16, bucket 8, key | record, or a mark |
//! | `index` | `l`, leaf 4 | the leaf's sum, 16 |
//! | `index` | `c`, token 16, bucket 8, key | how many siblings, 4 |
//! | `index` | `a`, sequence 4 | an actor of this node: partition 4, actor 8, start 8 |
//! | `index` | `r`, range 1 | how many records a range of the ring holds, 8, and how many bytes they have, 8 |
//! | `index` | `m`, name | what there is one of: the start, the declared state |
//!
//! Few keyspaces, since each costs a file set and a flush of its own. Numbers are big-endian, so that rows lie in the
//! order of the ring. A record's row is a format byte, its canonical hash, and its canonical bytes; the hash is
//! verified at every load, since a record that is not what was stored must not be served, nor spread.

use std::sync::Arc;

use bytes::Bytes;
use dynamo_core::record::{Record, RecordHash};
use dynamo_core::row::Row;
use dynamo_core::store::{Damaged, HintBody};
use dynamo_core::version::Actor;
use shared::id::{Boot, BucketId, NodeId};
use shared::key::Key;
use shared::token::PartitionId;
use shared::wire;

use super::sizes::{RANGES_A_ROW, RangeSize};

/// A keyspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    Objects,
    Hints,
    Index,
}

impl Space {
    pub(super) const ALL: [Self; 3] = [Self::Objects, Self::Hints, Self::Index];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Hints => "hints",
            Self::Index => "index",
        }
    }
}

/// What begins the keys of one kind in the index.
pub(super) const LEAF: &[u8] = b"l";
pub(super) const CONFLICT: &[u8] = b"c";
pub(super) const ACTOR: &[u8] = b"a";
pub(super) const RANGE: &[u8] = b"r";

/// What there is one of.
pub(super) const BOOT: &[u8] = b"mboot";
pub(super) const KEPT: &[u8] = b"mkept";

const RECORD_FORMAT: u8 = 1;
const MARK_FORMAT: u8 = 2;
const HASH_BYTES: usize = 16;

/// The key of an object, and the tail of a hint's.
pub(super) fn row_key(row: &Row) -> Vec<u8> {
    key_after(&[], row)
}

/// The key of a hint.
pub(super) fn hint_key(owner: NodeId, row: &Row) -> Vec<u8> {
    key_after(&owner.0.to_be_bytes(), row)
}

/// The key of a row in the conflict index.
pub(super) fn conflict_key(row: &Row) -> Vec<u8> {
    key_after(CONFLICT, row)
}

/// The key of a leaf.
pub(super) fn leaf_key(leaf: u32) -> Vec<u8> {
    [LEAF, &leaf.to_be_bytes()].concat()
}

/// The key of an actor, in the order in which they began.
pub(super) fn actor_key(sequence: u32) -> Vec<u8> {
    [ACTOR, &sequence.to_be_bytes()].concat()
}

/// The key of the sizes of some neighbouring ranges.
pub(super) fn ranges_key(row: u8) -> Vec<u8> {
    [RANGE, &[row]].concat()
}

fn key_after(prefix: &[u8], row: &Row) -> Vec<u8> {
    let (token, bucket) = (row.token().0.to_be_bytes(), row.bucket().0.to_be_bytes());
    [prefix, &token, &bucket, row.key().as_bytes()].concat()
}

/// The row that an object's key names. Its token is computed anew, so that a changed key is found out.
pub(super) fn parse_row_key(bytes: &[u8]) -> Result<Row, Damaged> {
    let parse = || {
        let (token, rest) = bytes.split_first_chunk()?;
        let (bucket, key) = rest.split_first_chunk()?;
        let row =
            Row::new(BucketId(u64::from_be_bytes(*bucket)), Key::new(Bytes::copy_from_slice(key)).ok()?);
        (row.token().0 == u128::from_be_bytes(*token)).then_some(row)
    };
    parse().ok_or_else(|| Damaged(format!("a key of {} bytes names no row", bytes.len())))
}

/// The owner and the row that a hint's key names.
pub(super) fn parse_hint_key(bytes: &[u8]) -> Result<(NodeId, Row), Damaged> {
    let (owner, row) = split_owner(bytes)?;
    Ok((owner, parse_row_key(row)?))
}

/// The owner that a hint's key names, and the rest of it.
pub(super) fn split_owner(bytes: &[u8]) -> Result<(NodeId, &[u8]), Damaged> {
    let split = bytes.split_first_chunk();
    let (owner, row) = split.ok_or_else(|| Damaged("a hint's key names no owner".to_owned()))?;
    Ok((NodeId(u64::from_be_bytes(*owner)), row))
}

/// A record as a row.
pub(super) fn encode_record(record: &Record, hash: RecordHash) -> Vec<u8> {
    hashed(hash, &record.to_canonical_bytes())
}

/// How many bytes the record has, in its canonical form, of a row of so many.
pub(super) fn record_bytes(row_bytes: usize) -> u64 {
    row_bytes.saturating_sub(1 + HASH_BYTES) as u64
}

/// A hint as a row.
pub(super) fn encode_hint(body: &HintBody) -> Vec<u8> {
    match body {
        HintBody::Full(record) => {
            let canonical = record.to_canonical_bytes();
            hashed(RecordHash::of_bytes(&canonical), &canonical)
        }
        HintBody::Mark => vec![MARK_FORMAT],
    }
}

/// Any bytes under their own hash, as a record is stored.
pub(super) fn encode_hashed(bytes: &[u8]) -> Vec<u8> {
    hashed(RecordHash::of_bytes(bytes), bytes)
}

fn hashed(hash: RecordHash, bytes: &[u8]) -> Vec<u8> {
    [&[RECORD_FORMAT], hash.0.to_be_bytes().as_slice(), bytes].concat()
}

/// The record of a row, if it is the one that was stored.
pub(super) fn decode_record(bytes: &[u8]) -> Result<Arc<Record>, Damaged> {
    let canonical = decode_hashed(bytes)?;
    let record: Record = wire::decode("record", canonical).map_err(|error| Damaged(error.to_string()))?;
    match record.broken_invariant() {
        None => Ok(Arc::new(record)),
        Some(broken) => Err(Damaged(broken.to_owned())),
    }
}

/// Whether the row of a hint is a mark.
pub(super) fn is_mark(bytes: &[u8]) -> bool {
    bytes == [MARK_FORMAT]
}

/// The hint of a row, if it is the one that was stored.
pub(super) fn decode_hint(bytes: &[u8]) -> Result<HintBody, Damaged> {
    if is_mark(bytes) { Ok(HintBody::Mark) } else { decode_record(bytes).map(HintBody::Full) }
}

/// What was stored under its hash, if it still has it.
pub(super) fn decode_hashed(bytes: &[u8]) -> Result<&[u8], Damaged> {
    let (format, rest) = bytes.split_first().ok_or_else(|| Damaged("an empty row".to_owned()))?;
    if *format != RECORD_FORMAT {
        return Err(Damaged(format!("a row of the unknown format {format}")));
    }
    let split = rest.split_first_chunk::<HASH_BYTES>();
    let (hash, canonical) = split.ok_or_else(|| Damaged("a row without its hash".to_owned()))?;
    if RecordHash::of_bytes(canonical).0 != u128::from_be_bytes(*hash) {
        return Err(Damaged("a row whose hash is not that of its bytes".to_owned()));
    }
    Ok(canonical)
}

/// An actor as a row.
pub(super) fn encode_actor(partition: PartitionId, actor: Actor, boot: Boot) -> Vec<u8> {
    [&partition.0.to_be_bytes()[..], &actor.0.to_be_bytes(), &boot.0.to_be_bytes()].concat()
}

/// The actor of a row.
pub(super) fn decode_actor(bytes: &[u8]) -> Option<Actor> {
    let (_partition, rest) = bytes.split_first_chunk::<4>()?;
    let (actor, _boot) = rest.split_first_chunk()?;
    Some(Actor(u64::from_be_bytes(*actor)))
}

/// The sizes of neighbouring ranges as a row.
pub(super) fn encode_ranges(sizes: &[RangeSize]) -> Vec<u8> {
    let numbers = sizes.iter().flat_map(|size| [size.records, size.bytes]);
    numbers.flat_map(u64::to_be_bytes).collect()
}

/// Which ranges the rest of a key names, and their sizes.
pub(super) fn decode_ranges(key: &[u8], value: &[u8]) -> Option<(u8, Vec<RangeSize>)> {
    let &[row] = key else { return None };
    let size = |bytes: &[u8]| {
        let (records, bytes) = bytes.split_at_checked(8)?;
        Some(RangeSize { records: decode_u64(records)?, bytes: decode_u64(bytes)? })
    };
    let sizes: Option<Vec<RangeSize>> = value.chunks(16).map(size).collect();
    sizes.filter(|sizes| sizes.len() == RANGES_A_ROW).map(|sizes| (row, sizes))
}

/// A big-endian u64 of a row.
pub(super) fn decode_u64(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().map(u64::from_be_bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(bucket: u64, key: &str) -> Row {
        Row::new(BucketId(bucket), Key::new(key.to_owned()).unwrap())
    }

    #[test]
    fn keys_are_read_back_and_lie_in_the_order_of_their_rows() {
        let mut rows: Vec<Row> = (0..200).map(|n| row(n % 3, &format!("key{}", n / 3))).collect();
        rows.sort();
        let keys: Vec<Vec<u8>> = rows.iter().map(row_key).collect();
        assert!(keys.is_sorted());
        for (row, key) in rows.iter().zip(&keys) {
            assert_eq!(parse_row_key(key).as_ref(), Ok(row));
            assert_eq!(parse_hint_key(&hint_key(NodeId(7), row)), Ok((NodeId(7), row.clone())));
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_row_or_its_key_is_found() {
        let record = Record::default();
        let stored = encode_record(&record, record.hash());
        assert_eq!(decode_record(&stored).as_deref(), Ok(&record));
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_record(&flipped).is_err(), "bit {bit} of the row");
        }
        let key = row_key(&row(1, "cart"));
        for bit in 0..key.len() * 8 {
            let mut flipped = key.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(parse_row_key(&flipped).is_err(), "bit {bit} of the key");
        }
    }

    #[test]
    fn a_records_bytes_are_those_of_its_canonical_form() {
        let record = Record::default();
        let canonical = record.to_canonical_bytes();
        assert_eq!(record_bytes(encode_record(&record, record.hash()).len()), canonical.len() as u64);
        assert_eq!(record_bytes(3), 0);
    }

    #[test]
    fn the_sizes_of_ranges_are_read_back() {
        let mut sizes = vec![RangeSize::default(); RANGES_A_ROW];
        sizes[3] = RangeSize { records: 7, bytes: 1 << 40 };
        let row = encode_ranges(&sizes);
        assert_eq!(decode_ranges(ranges_key(5).strip_prefix(RANGE).unwrap(), &row), Some((5, sizes)));
        assert_eq!(decode_ranges(&[5], &row[1..]), None);
        assert_eq!(decode_ranges(&[5], &row[16..]), None);
        assert_eq!(decode_ranges(&[2, 0], &row), None);
    }

    #[test]
    fn rows_cut_short_are_damaged_and_do_not_panic() {
        let record = Record::default();
        let stored = encode_record(&record, record.hash());
        for length in 0..stored.len() {
            assert!(decode_record(&stored[..length]).is_err());
            assert!(decode_hint(&stored[..length]).is_err());
        }
        assert_eq!(decode_hint(&encode_hint(&HintBody::Mark)), Ok(HintBody::Mark));
        let key = hint_key(NodeId(1), &row(1, "k"));
        assert!((0..key.len()).all(|length| parse_hint_key(&key[..length]).is_err()));
    }
}
