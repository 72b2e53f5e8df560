//! Telemetry of real nodes: samples for each second, gaps where a node did not run, and who may look.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

mod stage;

use std::time::Duration;

use dynamo_transport::Subject;
use rustix::process::Signal;
use shared::error::Failure;
use shared::quorum::Quorum;
use shared::wire::Plane;
use shared::wire::look::{Liveness, Look, LookResult, Seen};
use shared::wire::telemetry::{Histogram, Page, Resolution, Sample, Since, Start};
use stage::{Caller, PATIENCE, Stage, name};
use tokio::time::Instant;

const EVERYTHING: Since = Since { resolution: Resolution::Second, start: Start::Oldest };

async fn ask(looker: &Caller, since: Since) -> Page {
    match looker.ask::<_, LookResult>(&Look::Telemetry(since)).await {
        Ok(Seen::Telemetry(page)) => *page,
        other => panic!("{other:?}"),
    }
}

/// Somebody who follows a node, from its first second on.
struct Follower {
    looker: Caller,
    since: Since,
    samples: Vec<Sample>,
}

impl Follower {
    fn new(looker: Caller) -> Self {
        Self { looker, since: EVERYTHING, samples: Vec::new() }
    }

    /// Follows until what was seen is as wanted.
    async fn until(&mut self, what: &str, wanted: impl Fn(&[Sample]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.samples) {
            assert!(Instant::now() < deadline, "not in time: {what}; {:#?}", self.samples.last());
            let page = ask(&self.looker, self.since).await;
            self.since = page.next();
            self.samples.extend(page.unpack().unwrap());
            stage::pause().await;
        }
    }

    fn sum(&self, of: impl Fn(&Sample) -> u64) -> u64 {
        self.samples.iter().map(of).sum()
    }
}

fn puts(samples: &[Sample]) -> u64 {
    samples.iter().map(|sample| sample.puts.done).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn puts_and_gets_are_seen_by_kind_rank_peer_range_and_key() {
    let stage = Stage::new();
    let _nodes = [stage.start(1).await, stage.start(2).await, stage.start(3).await];
    stage.found(&[1, 2, 3], Quorum::DEFAULT).await.unwrap();
    let client = stage.client(1).await;
    let bucket = client.bucket().await;
    let mut follower = Follower::new(stage.looker(1).await);
    for n in 0..30 {
        let key = if n % 3 == 0 { format!("key-{n}") } else { "hot".to_owned() };
        client.put(bucket, &key, Some("0123456789"), None).await.unwrap();
    }
    for _ in 0..20 {
        client.get(bucket, "key-0").await.unwrap();
    }
    follower
        .until("everything that was asked for", |samples| {
            let gets = samples.iter().map(|sample| sample.gets.done).sum::<u64>();
            let coordinated = samples.iter().map(|sample| sample.counters.puts).sum::<u64>();
            puts(samples) >= 30 && gets >= 20 && coordinated >= 30
        })
        .await;
    assert_eq!((puts(&follower.samples), follower.sum(|sample| sample.gets.done)), (30, 20));
    assert_eq!(follower.sum(|sample| sample.puts.latencies.count()), 30);
    assert_eq!(follower.sum(|sample| sample.puts.bytes), 300);
    let of_rank = |sample: &Sample, rank: usize| sample.puts.ranks.get(rank).map_or(0, Histogram::count);
    assert_eq!(follower.sum(|sample| of_rank(sample, 0)), 30);
    assert_eq!(follower.sum(|sample| of_rank(sample, 1)), 30);
    let decided = |sample: &Sample| sample.peers.iter().map(|peer| peer.puts.decided).sum();
    assert_eq!(follower.sum(decided), 30);
    let written = |sample: &Sample| sample.ranges.iter().map(|range| range.puts).sum();
    assert_eq!(follower.sum(written), 30);
    let is_hot = |sample: &Sample| sample.hottest.iter().any(|found| found.key == "hot");
    assert!(follower.samples.iter().any(is_hot));
    assert_eq!(follower.sum(|sample| sample.counters.puts), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_second_has_its_number_and_says_how_things_stand() {
    let stage = Stage::new();
    let _one = stage.start(1).await;
    let two = stage.start(2).await;
    let _three = stage.start(3).await;
    let mut follower = Follower::new(stage.looker(1).await);
    follower.until("a second of waiting", |samples| !samples.is_empty()).await;
    assert_eq!(follower.samples[0].state, None);
    stage.found(&[1, 2, 3], Quorum::DEFAULT).await.unwrap();
    let state_of = |sample: &Sample| sample.state.clone().filter(|state| state.partitions_owned > 0);
    follower
        .until("a second as a member", |samples| samples.iter().any(|sample| state_of(sample).is_some()))
        .await;
    let state = follower.samples.iter().find_map(state_of).unwrap();
    assert_eq!((state.state_version, state.ring_version, state.others), (1, 1, 2));
    assert_eq!(state.partitions_owned, 16);
    assert!(state.store.disk_free_bytes > 0);

    drop(two);
    let is_missed = |sample: &Sample| {
        let noted = sample.state.iter().flat_map(|state| &state.noted);
        noted.into_iter().any(|other| other.node.0 == 2 && other.liveness != Liveness::Up)
    };
    follower.until("node 2 is missed", |samples| samples.last().is_some_and(is_missed)).await;
    let steps = follower.samples.windows(2);
    for step in steps {
        let (before, after) = (&step[0], &step[1]);
        assert_eq!(before.sequence + 1 + after.gap_seconds, after.sequence);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_seconds_are_there_when_they_are_over() {
    let stage = Stage::new();
    let _one = stage.alone().await;
    let mut follower = Follower::new(stage.looker(1).await);
    follower.since.resolution = Resolution::Ten;
    follower.until("the first ten seconds", |samples| !samples.is_empty()).await;
    let ten = &follower.samples[0];
    assert!((1..=10).contains(&ten.seconds), "{ten:?}");
    assert!(ten.state.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn seconds_in_which_a_process_was_frozen_are_missing() {
    let stage = Stage::new();
    let process = stage.spawn(1);
    let mut follower = Follower::new(stage.looker(1).await);
    follower.until("a first second", |samples| !samples.is_empty()).await;
    process.signal(Signal::STOP);
    // Three seconds contain two whole ones, wherever they begin.
    tokio::time::sleep(Duration::from_secs(3)).await;
    process.signal(Signal::CONT);
    let gap = |sample: &Sample| sample.gap_seconds >= 2;
    follower.until("seconds after a gap", |samples| samples.iter().any(gap)).await;
    let place = follower.samples.iter().position(gap).unwrap();
    let (before, after) = (&follower.samples[place - 1], &follower.samples[place]);
    assert_eq!(after.sequence - before.sequence, after.gap_seconds + 1);
    assert!(before.late_us >= 2_000_000, "{before:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_may_not_look_at_telemetry() {
    let stage = Stage::new();
    let _one = stage.alone().await;
    let client = stage.caller(1, &Subject::Client(name("carl")), Plane::Look).await;
    let refused = client.ask::<_, LookResult>(&Look::Telemetry(EVERYTHING)).await;
    assert!(
        matches!(&refused, Err(Failure::NotAuthorised { reason }) if reason.contains("telemetry")),
        "{refused:?}"
    );
    for subject in [Subject::Admin(name("alice")), Subject::Operator(name("olga"))] {
        let page = ask(&stage.caller(1, &subject, Plane::Look).await, EVERYTHING).await;
        assert_eq!(page.resolution, Resolution::Second);
    }
}
