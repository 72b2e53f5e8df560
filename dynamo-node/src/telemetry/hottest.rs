//! Hottest: a sketch of the keys that are asked for most, in a fixed 32 KiB and a short list.
//!
//! A count-min sketch with conservative updates estimates how often each key was asked for: never too low, and for a key
//! that stands out hardly too high. The keys with the highest estimates are kept in a list. All of it forgets an eighth
//! each second, so that an estimate is an average over some eight seconds, weighted towards the present. A token is a
//! keyless hash that clients cannot choose, and its bits serve as all four hashes of the sketch.

use shared::id::BucketId;
use shared::token::Token;
use shared::wire::telemetry::HotKey;

use dynamo_core::measure::Kind;
use dynamo_core::row::Row;

/// How many keys are shown.
pub(super) const SHOWN: usize = 20;

/// How many keys are kept: some more than are shown, so that those at the end are not forgotten by every newcomer.
const KEPT: usize = 32;

/// How many bytes of a key are kept.
const KEY_BYTES_KEPT: usize = 128;

/// Rows of the sketch, and counters in each: no estimate is more than about 2/COLUMNS of all operations too high, but
/// for one key in a hundred.
const ROWS: usize = 4;
const COLUMNS: usize = 2048;

/// An operation, as it is counted: small enough for millions a second, large enough to forget an eighth of.
const ONE: u32 = 1 << 8;

/// Each second one part in 2^3 is forgotten; so a steady rate adds up to 2^3 seconds of it.
const FORGOTTEN_BITS: u32 = 3;

#[derive(Debug)]
struct Kept {
    token: Token,
    bucket: BucketId,
    key: Box<[u8]>,
    key_bytes: u32,
    operations: u32,
    puts: u32,
    bytes: u64,
}

/// The sketch and the list.
#[derive(Debug)]
pub(super) struct Hottest {
    /// By row.
    counters: Vec<[u32; COLUMNS]>,
    kept: Vec<Kept>,
    /// No kept key has fewer operations; what has no more is not in the list, and not wanted there.
    least: u32,
}

impl Hottest {
    pub(super) fn new() -> Self {
        Self { counters: vec![[0; COLUMNS]; ROWS], kept: Vec::with_capacity(KEPT), least: 0 }
    }

    /// An operation on a key.
    pub(super) fn count(&mut self, kind: Kind, row: &Row, bytes: u64) {
        let token = row.token();
        let operations = self.raise(token);
        if operations <= self.least {
            return;
        }
        if let Some(kept) = self.place(token, operations, row) {
            kept.operations = operations;
            kept.puts = kept.puts.saturating_add(if kind == Kind::Put { ONE } else { 0 });
            kept.bytes = kept.bytes.saturating_add(bytes.saturating_mul(ONE.into()));
        }
    }

    /// Counts one in the sketch; the new estimate.
    fn raise(&mut self, token: Token) -> u32 {
        let columns = columns(token);
        let counters = || self.counters.iter().zip(columns).filter_map(|(row, column)| row.get(column));
        let estimate = counters().min().copied().unwrap_or(0).saturating_add(ONE);
        for (row, column) in self.counters.iter_mut().zip(columns) {
            if let Some(counter) = row.get_mut(column) {
                *counter = (*counter).max(estimate);
            }
        }
        estimate
    }

    /// The place of a key in the list, if it has one or deserves it.
    fn place(&mut self, token: Token, operations: u32, row: &Row) -> Option<&mut Kept> {
        if let Some(place) = self.kept.iter().position(|kept| kept.token == token) {
            return self.kept.get_mut(place);
        }
        if self.kept.len() < KEPT {
            self.kept.push(Kept::new(row));
            return self.kept.last_mut();
        }
        let (place, least) =
            self.kept.iter().map(|kept| kept.operations).enumerate().min_by_key(|kept| kept.1)?;
        self.least = least;
        let colder = self.kept.get_mut(place).filter(|_| operations > least)?;
        *colder = Kept::new(row);
        Some(colder)
    }

    /// A second is over: its part is forgotten.
    pub(super) fn forget(&mut self) {
        let less = |count: &mut u32| *count -= *count >> FORGOTTEN_BITS;
        self.counters.iter_mut().flatten().for_each(less);
        for kept in &mut self.kept {
            less(&mut kept.operations);
            less(&mut kept.puts);
            kept.bytes -= kept.bytes >> FORGOTTEN_BITS;
        }
        // Less than an operation in eight seconds is not hot.
        self.kept.retain(|kept| kept.operations >= ONE);
        let is_full = self.kept.len() == KEPT;
        self.least = self.kept.iter().map(|kept| kept.operations).min().filter(|_| is_full).unwrap_or(0);
    }

    /// The hottest keys, the hottest first.
    pub(super) fn shown(&self) -> Vec<HotKey> {
        let mut kept: Vec<&Kept> = self.kept.iter().collect();
        kept.sort_unstable_by(|one, other| {
            other.operations.cmp(&one.operations).then(one.token.cmp(&other.token))
        });
        kept.into_iter().take(SHOWN).map(Kept::to_sample).collect()
    }
}

impl Kept {
    fn new(row: &Row) -> Self {
        let key = row.key().as_bytes();
        // A copy: the key is a part of whatever frame it came in, which must not be kept for it.
        let first: Box<[u8]> = key.get(..KEY_BYTES_KEPT).unwrap_or(key).into();
        let key_bytes = u32::try_from(key.len()).unwrap_or(u32::MAX);
        let (token, bucket) = (row.token(), row.bucket());
        Self { token, bucket, key: first, key_bytes, operations: 0, puts: 0, bytes: 0 }
    }

    fn to_sample(&self) -> HotKey {
        // Counts are of eight seconds, and of a thousand once there are 125 times as many.
        let per_kilosecond = |count: u32| u64::from(count) * (1_000 >> FORGOTTEN_BITS) / u64::from(ONE);
        HotKey {
            bucket: self.bucket,
            token: self.token,
            key: self.key.to_vec().into(),
            key_bytes: self.key_bytes,
            per_kilosecond: per_kilosecond(self.operations),
            // Counted from when the key came into the list.
            puts_per_kilosecond: per_kilosecond(self.puts.min(self.operations)),
            bytes_per_second: (self.bytes >> FORGOTTEN_BITS) / u64::from(ONE),
        }
    }
}

/// Where a token is counted in each row: its low 64 bits, 16 for each. The high ones say where on the ring it lies, and
/// are alike for all keys of a partition.
fn columns(token: Token) -> [usize; ROWS] {
    let sixteen = |row: u32| usize::try_from(token.0 >> (16 * row) & 0xffff).unwrap_or(0) % COLUMNS;
    [sixteen(0), sixteen(1), sixteen(2), sixteen(3)]
}

#[cfg(test)]
mod tests {
    use shared::key::Key;

    use super::*;

    fn row(number: u64) -> Row {
        Row::new(BucketId(9), Key::new(format!("key-{number}")).unwrap())
    }

    /// Zipf's law over so many keys: each is drawn in proportion to the inverse of its number.
    struct Zipf {
        sums: Vec<u64>,
        random: u64,
    }

    impl Zipf {
        fn new(keys: u64) -> Self {
            let mut sum = 0;
            let mut next = |number| {
                sum += 1_000_000_000 / number;
                sum
            };
            Self { sums: (1..=keys).map(&mut next).collect(), random: 7 }
        }

        fn draw(&mut self) -> u64 {
            // A linear congruential generator (Knuth's MMIX constants): the same numbers at every run.
            self.random =
                self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let drawn = (self.random >> 20) % self.sums.last().unwrap();
            u64::try_from(self.sums.partition_point(|&sum| sum <= drawn)).unwrap() + 1
        }
    }

    #[test]
    fn the_hottest_keys_of_zipf_traffic_are_found_in_their_order() {
        let mut hottest = Hottest::new();
        let mut zipf = Zipf::new(100_000);
        for _ in 0..50 {
            hottest.forget();
            (0..10_000).for_each(|_| hottest.count(Kind::Get, &row(zipf.draw()), 100));
        }
        let shown = hottest.shown();
        assert_eq!(shown.len(), SHOWN);
        for (number, found) in (1..=5).zip(&shown) {
            assert_eq!(found.key, format!("key-{number}"));
        }
        // Those at the end are close together: of the true twenty nearly all are there, and nobody from far away.
        let is_hot = |found: &&HotKey| (1..=20).any(|number| found.token == row(number).token());
        assert!(shown.iter().filter(is_hot).count() >= 17, "{shown:?}");
        let is_warm = |found: &HotKey| (1..=60).any(|number| found.token == row(number).token());
        assert!(shown.iter().all(is_warm), "{shown:?}");
        // Of 10,000 operations a second the first key gets about 827.
        assert!((780_000..900_000).contains(&shown[0].per_kilosecond), "{:?}", shown[0]);
        assert!((78_000..90_000).contains(&shown[0].bytes_per_second), "{:?}", shown[0]);
        assert_eq!((shown[0].bucket, shown[0].key_bytes, shown[0].puts_per_kilosecond), (BucketId(9), 5, 0));
    }

    #[test]
    fn a_key_that_becomes_hot_displaces_what_was_and_one_that_cools_goes() {
        let mut hottest = Hottest::new();
        for number in 0..1_000 {
            hottest.count(Kind::Put, &row(number % 100), 1);
        }
        hottest.forget();
        for _ in 0..30 {
            for _ in 0..50 {
                hottest.count(Kind::Put, &row(5_000), 1);
            }
            hottest.forget();
        }
        let shown = hottest.shown();
        assert_eq!(shown[0].token, row(5_000).token());
        // Its very first operations fell together with others'.
        let (puts, operations) = (shown[0].puts_per_kilosecond, shown[0].per_kilosecond);
        assert!((operations * 99 / 100..=operations).contains(&puts), "{puts} of {operations}");
        assert_eq!(shown.len(), 1, "ten operations half a minute ago: {shown:?}");
        (0..60).for_each(|_| hottest.forget());
        assert_eq!(hottest.shown(), []);
    }

    #[test]
    fn long_keys_are_shown_by_their_beginning() {
        let mut hottest = Hottest::new();
        let long = Row::new(BucketId(1), Key::new(vec![b'k'; 4_000]).unwrap());
        hottest.count(Kind::Get, &long, 0);
        let shown = hottest.shown();
        assert_eq!((shown[0].key.len(), shown[0].key_bytes), (KEY_BYTES_KEPT, 4_000));
        assert_eq!(shown[0].token, long.token());
    }
}
