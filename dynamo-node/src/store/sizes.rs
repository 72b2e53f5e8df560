//! Sizes: how many records there are and how many bytes they have, by 256 equal ranges of the ring.
//!
//! Exact, and never counted by a scan: each batch carries the rows of the ranges that it changes, eight of them at most. In
//! memory they are as of what was applied, on the disk as of what was committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shared::token::Token;
use shared::wire::telemetry::{RANGES, range_of};

/// How many neighbouring ranges share a row: 512 bytes. A row for each range would be nearly as many rows as a batch has
/// objects, and each costs the writer as much; one row for all of them would weigh more than most objects.
pub(super) const RANGES_A_ROW: usize = 32;

/// What one range holds of objects, tombstones included. Hints are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RangeSize {
    /// How many records.
    pub records: u64,
    /// How many bytes they have in their canonical form, without their keys.
    pub bytes: u64,
}

impl RangeSize {
    /// The sum of several.
    pub fn sum(sizes: &[Self]) -> Self {
        let add = |sum: Self, size: &Self| Self {
            records: sum.records + size.records,
            bytes: sum.bytes + size.bytes,
        };
        sizes.iter().fold(Self::default(), add)
    }
}

/// By how much one range grows; a negative growth is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Growth {
    pub(super) range: u8,
    records: i64,
    bytes: i64,
}

impl Growth {
    /// An object's record went from so many bytes to so many; `None` is no record.
    pub(super) fn of(token: Token, before: Option<u64>, after: Option<u64>) -> Self {
        let records = i64::from(after.is_some()) - i64::from(before.is_some());
        let bytes = |record: Option<u64>| record.unwrap_or(0).cast_signed();
        Self { range: range_of(token), records, bytes: bytes(after) - bytes(before) }
    }
}

/// The sizes as applied: lanes change them, any thread reads them.
pub(super) struct Sizes(Vec<(AtomicU64, AtomicU64)>);

impl Sizes {
    /// As they were committed.
    pub(super) fn new(committed: &[RangeSize; RANGES]) -> Self {
        Self(committed.iter().map(|size| (size.records.into(), size.bytes.into())).collect())
    }

    pub(super) fn grow(&self, growth: Growth) {
        if let Some((records, bytes)) = self.0.get(usize::from(growth.range)) {
            // Adding what a negative number is mod 2^64 takes it away.
            records.fetch_add(growth.records.cast_unsigned(), Relaxed);
            bytes.fetch_add(growth.bytes.cast_unsigned(), Relaxed);
        }
    }

    /// Each range, in the order of the ring.
    pub(super) fn by_range(&self) -> Vec<RangeSize> {
        let load = |(records, bytes): &(AtomicU64, AtomicU64)| RangeSize {
            records: records.load(Relaxed),
            bytes: bytes.load(Relaxed),
        };
        self.0.iter().map(load).collect()
    }
}

/// By how much a batch grows each range that it changes.
#[derive(Default)]
pub(super) struct Growths(BTreeMap<u8, (i64, i64)>);

impl Growths {
    pub(super) fn add(&mut self, growth: Growth) {
        let (records, bytes) = self.0.entry(growth.range).or_default();
        *records += growth.records;
        *bytes += growth.bytes;
    }

    /// Changes what was committed, and says what each changed row is now.
    pub(super) fn commit(self, committed: &mut [RangeSize; RANGES]) -> Vec<(u8, &[RangeSize])> {
        let mut changed = BTreeSet::new();
        for (range, (records, bytes)) in self.0 {
            let Some(size) = committed.get_mut(usize::from(range)) else { continue };
            let before = *size;
            size.records = size.records.wrapping_add_signed(records);
            size.bytes = size.bytes.wrapping_add_signed(bytes);
            if *size != before {
                changed.insert(usize::from(range) / RANGES_A_ROW);
            }
        }
        let rows = (0_u8..).zip(committed.chunks(RANGES_A_ROW));
        rows.filter(|(row, _)| changed.contains(&usize::from(*row))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRONT: Token = Token(7);
    const END: Token = Token(u128::MAX);

    #[test]
    fn what_comes_and_goes_adds_up_in_memory_and_in_a_batch() {
        let mut committed = [RangeSize::default(); RANGES];
        let sizes = Sizes::new(&committed);
        let growths = [
            Growth::of(FRONT, None, Some(10)),
            Growth::of(FRONT, None, Some(5)),
            Growth::of(END, None, Some(3)),
            Growth::of(FRONT, Some(10), Some(4)),
            Growth::of(END, Some(3), None),
        ];
        let mut batch = Growths::default();
        for growth in growths {
            sizes.grow(growth);
            batch.add(growth);
        }
        let front = RangeSize { records: 2, bytes: 9 };
        let changed: Vec<u8> = batch.commit(&mut committed).iter().map(|(row, _)| *row).collect();
        assert_eq!((changed, committed[0]), (vec![0], front), "the other is as it was");
        assert_eq!(sizes.by_range(), committed);
        assert_eq!(RangeSize::sum(&committed), front);
    }
}
