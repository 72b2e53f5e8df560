//! What telemetry costs: nanoseconds for each measure, microseconds for each second, bytes for what is kept.
//!
//! ```console
//! $ cargo run --release -p dynamo-node --example telemetry_cost -- 5000 5
//! ```
//!
//! Operations a second that the node coordinates, and how many nodes the cluster has. Three replicas answer each; times
//! spread as on a disk that syncs; keys follow Zipf's law. Six hours of the node's time are played.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "numbers for a person, by hand")]

use std::time::{Duration, Instant as Stopwatch};

use dynamo_core::measure::{Ending, Kind, Measure};
use dynamo_core::row::Row;
use dynamo_core::time::{Instant, Now, Timestamp};
use dynamo_node::telemetry::{Archive, Observed, Recorder};
use shared::id::{Boot, BucketId, ClusterId, Name, NodeId};
use shared::key::Key;
use shared::wire;
use shared::wire::look::{Counters, NodeStatus, StoreStatus, Whoami};
use shared::wire::telemetry::{Resolution, Since, Start};

type Failure = Box<dyn std::error::Error>;

/// How many different keys there are.
const KEYS: u64 = 100_000;

/// Most seconds that are played with traffic of their own; after them the same traffic comes again.
const SECONDS: u64 = 6 * 60 * 60;

/// A generator of numbers, the same at every run.
struct Random(u64);

impl Random {
    /// Up to 2^32.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 32
    }

    fn unit(&mut self) -> f64 {
        self.next() as f64 / 4_294_967_296.0
    }

    /// A time around a median, most within a factor of two of it, one in a hundred several times longer.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "microseconds are small and positive"
    )]
    fn time_us(&mut self, median_us: f64) -> u64 {
        let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        let tail = if self.unit() < 0.01 { 6.0 } else { 1.0 };
        (median_us * (0.4 * normal).exp() * tail) as u64
    }

    /// A key's number by Zipf's law, nearly.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "numbers of keys are small and positive"
    )]
    fn key(&mut self) -> u64 {
        ((KEYS as f64).powf(self.unit()) as u64).min(KEYS - 1)
    }
}

/// One second of traffic.
fn traffic(operations: u64, nodes: u64, rows: &[Row], random: &mut Random) -> Vec<Measure> {
    let mut measures = Vec::new();
    for _ in 0..operations {
        let Some(row) = usize::try_from(random.key()).ok().and_then(|number| rows.get(number)).cloned()
        else {
            continue;
        };
        let (kind, median_us) = if random.unit() < 0.5 { (Kind::Get, 600.0) } else { (Kind::Put, 2_500.0) };
        let mut times = [0; 3].map(|_| random.time_us(median_us));
        times.sort_unstable();
        let first = random.next() % nodes;
        for (rank, after_us) in (1..).zip(times) {
            let node = NodeId((first + u64::from(rank)) % nodes);
            measures.push(Measure::Counted { kind, node, rank, decided: rank == 2, after_us });
        }
        let [_, after_us, _] = times;
        let (ending, token) = (Ending::Done, row.token());
        measures.push(Measure::Answered { kind, ending, token, row, bytes: 1_000, after_us });
    }
    measures
}

fn at(second: u64) -> Now {
    Now { monotonic: Instant(second * 1_000_000), wall: Timestamp(1_700_000_000_000 + second * 1_000) }
}

fn observed() -> Result<Observed, Failure> {
    let name: Name = "node-1".parse()?;
    let whoami = Whoami {
        cluster: ClusterId(1),
        node: NodeId(1),
        zone: name.clone(),
        name,
        address: "127.0.0.1:1".parse()?,
        boot: Boot(1),
        state_version: Some(5),
        program: String::new(),
    };
    let status = NodeStatus {
        whoami,
        uptime_ms: 0,
        peers: Vec::new(),
        partitions_owned: 600,
        partitions_compared: 600,
        store: StoreStatus { records: 1_000_000, disk_used_bytes: 1 << 33, ..StoreStatus::default() },
        counters: Counters::default(),
    };
    Ok(Observed {
        status,
        ring_version: 1,
        transfers: Vec::new(),
        calls_under_way: 30,
        envelopes_dropped: 0,
        resident_bytes: Some(1 << 28),
        stored: Vec::new(),
    })
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let operations = arguments.next().unwrap_or(Ok(5_000))?;
    let nodes = arguments.next().unwrap_or(Ok(5))?.max(1);
    let key = |number: u64| Ok(Row::new(BucketId(1), Key::new(format!("user:{number:08}:profile"))?));
    let rows = (0..KEYS).map(key).collect::<Result<Vec<Row>, Failure>>()?;
    let mut random = Random(88_172_645_463_325_252);
    let played: Vec<Vec<Measure>> = (0..20).map(|_| traffic(operations, nodes, &rows, &mut random)).collect();
    let observed = observed()?;

    let (mut recorder, mut archive) = (Recorder::new(at(0)), Archive::new(NodeId(1), Boot(1)));
    let (mut measuring, mut rolling, mut archiving) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut measured = 0;
    for (second, measures) in (1..=SECONDS).zip(played.iter().cycle()) {
        let begun = Stopwatch::now();
        measures.iter().for_each(|measure| recorder.measure(measure));
        measuring += begun.elapsed();
        measured += measures.len();
        let observed = observed.clone();
        let begun = Stopwatch::now();
        let over = recorder.roll(at(second));
        rolling += begun.elapsed();
        let begun = Stopwatch::now();
        over.into_iter().for_each(|over| archive.add(over));
        archive.complete(at(second).monotonic, Some(observed));
        archiving += begun.elapsed();
    }
    let measure_ns = measuring.as_nanos() as f64 / measured as f64;
    println!("{operations} operations a second, {nodes} nodes");
    println!("a measure           {measure_ns:8.1} ns");
    println!("an operation        {:8.1} ns", measure_ns * 4.0);
    let each_us = |all: Duration| all.as_secs_f64() * 1e6 / SECONDS as f64;
    println!(
        "a second's end      {:8.1} us, and {:.1} us in the archive",
        each_us(rolling),
        each_us(archiving)
    );
    println!("history             {:8.1} MiB", archive.bytes() as f64 / f64::from(1 << 20));
    for resolution in [Resolution::Second, Resolution::Ten] {
        let begun = Stopwatch::now();
        let page = archive.page(Since { resolution, start: Start::Oldest });
        let bytes = wire::encode(&page).len();
        let taken = begun.elapsed();
        println!(
            "{resolution:?}: numbers {} to {}, {} bytes a sample, a page of {bytes} bytes in {taken:?}",
            page.oldest,
            page.newest,
            bytes / page.samples.len().max(1),
        );
    }
    Ok(())
}
