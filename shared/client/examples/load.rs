//! A load on a running cluster, and what it cost: operations a second, percentiles, CPU of the node processes.
//!
//! ```console
//! $ cargo run --release -p dynamo-client --example load -- put 10 64 1024 PID PID PID
//! ```
//!
//! Verb (`put`, `get`, `both`), seconds, requests in flight, bytes a value, then the processes whose CPU is counted. The
//! loop is closed: the next request of each worker follows its last, so percentiles say what that load felt, not what a fixed rate
//! would. Every write that was acknowledged is read back at the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use dynamo_client::{Client, GetOptions, Profiles, PutOptions};
use shared::id::Name;
use shared::key::{Key, Value};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Put,
    Get,
    Both,
}

struct Load {
    verb: Verb,
    until: Instant,
    value: Value,
    bucket: Name,
    failed: AtomicU64,
}

struct Done {
    latencies: Vec<Duration>,
    written: Vec<Key>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let mut word = |default: &str| words.next().unwrap_or_else(|| default.to_owned());
    let verb = match word("both").as_str() {
        "put" => Verb::Put,
        "get" => Verb::Get,
        _ => Verb::Both,
    };
    let seconds: u64 = word("10").parse()?;
    let in_flight: u32 = word("64").parse()?;
    let value_bytes: usize = word("1024").parse()?;
    let processes: Vec<u32> = std::env::args().skip(5).map(|pid| pid.parse()).collect::<Result<_, _>>()?;

    let (_, profile) = Profiles::load(None)?.choose(None)?;
    let client = Arc::new(Client::connect(&profile).await?);
    let load = Arc::new(Load {
        verb,
        until: Instant::now() + Duration::from_secs(seconds),
        value: Value::from(vec![b'x'; value_bytes]),
        bucket: "default".parse()?,
        failed: AtomicU64::new(0),
    });
    let (began, cpu_before) = (Instant::now(), cpu_of(&processes));
    let workers =
        (0..in_flight).map(|worker| tokio::spawn(work(Arc::clone(&client), Arc::clone(&load), worker)));
    let workers: Vec<_> = workers.collect();
    let (mut latencies, mut written) = (Vec::new(), BTreeSet::new());
    for worker in workers {
        let done = worker.await?;
        latencies.extend(done.latencies);
        written.extend(done.written);
    }
    report(
        &mut latencies,
        began.elapsed(),
        cpu_of(&processes).saturating_sub(cpu_before),
        load.failed.load(Relaxed),
    );
    let missing = read_back(&client, &load.bucket, &written).await;
    say(&format!("{} acknowledged keys read back, {missing} missing", written.len()));
    client.close(Duration::from_secs(1)).await;
    if missing > 0 { Err("acknowledged writes are missing".into()) } else { Ok(()) }
}

async fn work(client: Arc<Client>, load: Arc<Load>, worker: u32) -> Done {
    let mut done = Done { latencies: Vec::new(), written: Vec::new() };
    let run = std::process::id();
    let mut count = 0_u32;
    while Instant::now() < load.until {
        count = count.wrapping_add(1);
        let is_put = load.verb == Verb::Put || (load.verb == Verb::Both && count % 2 == 1);
        // Gets read what a `put` run of the same process number range wrote, or find nothing: both are gets.
        let Ok(key) = Key::new(format!("load:{run}:{worker}:{count}")) else { continue };
        let began = Instant::now();
        let is_done = if is_put {
            let put = client.put(&load.bucket, &key, load.value.clone(), &PutOptions::default()).await;
            put.is_ok()
        } else {
            client.get(&load.bucket, &key, &GetOptions::default()).await.is_ok()
        };
        done.latencies.push(began.elapsed());
        if !is_done {
            load.failed.fetch_add(1, Relaxed);
        } else if is_put {
            done.written.push(key);
        }
    }
    done
}

async fn read_back(client: &Client, bucket: &Name, written: &BTreeSet<Key>) -> usize {
    let mut missing = 0;
    for key in written {
        let got = client.get(bucket, key, &GetOptions::default()).await;
        missing += usize::from(!got.is_ok_and(|got| !got.siblings.is_empty()));
    }
    missing
}

fn report(latencies: &mut [Duration], took: Duration, cpu: Duration, failed: u64) {
    latencies.sort_unstable();
    let operations = latencies.len();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let index = ((operations as f64) * share) as usize;
        latencies.get(index.min(operations.saturating_sub(1))).copied().unwrap_or_default()
    };
    let each = |whole: Duration| whole / u32::try_from(operations.max(1)).unwrap_or(u32::MAX);
    say(&format!(
        "{operations} operations in {took:.1?}, {failed} failed; one every {:.1?}; p50 {:.2?} p99 {:.2?} p99.9 {:.2?} max {:.2?}; \
         {:.1?} of the nodes' CPU each",
        each(took),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0),
        each(cpu),
    ));
}

/// User and system time of processes so far, by Linux's accounting in hundredths of a second.
fn cpu_of(processes: &[u32]) -> Duration {
    let ticks = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default().to_owned();
        let fields: Vec<u64> = after_name.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
        fields.iter().sum::<u64>()
    };
    Duration::from_millis(10 * processes.iter().map(ticks).sum::<u64>())
}

#[expect(clippy::print_stdout, reason = "an example that prints is what this is")]
fn say(line: &str) {
    println!("{line}");
}
