//! A load: clients that put keys of their own, read back what they were told is there, and update a few keys that all
//! of them want at once.
//!
//! The keys that are wanted by all are sets: an update reads every sibling and writes their union with a word of its
//! own. So a word that was acknowledged is in some sibling for ever, whatever was merged with it; one that is in none
//! was lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dynamo_client::{Client, ClientError, UpdateOptions};
use dynamo_testkit::await_until;
use dynamo_testkit::patience::PATIENCE;
use shared::id::Name;
use shared::key::{Key, Value};
use shared::wire::client::Sibling;
use tokio::task::JoinSet;

use crate::door::text;
use crate::ledger::{Ledger, get, put, told};
use crate::stage::Stage;
use crate::timeline::Timeline;

/// How many clients there are.
const CLIENTS: usize = 16;

/// How many keys are wanted by all.
const HOT_KEYS: usize = 3;

/// How long a client rests between two requests, so that what it wrote can be read back in bounded time.
const REST: Duration = Duration::from_millis(25);

/// Clients at work.
pub(crate) struct Load {
    work: Arc<Work>,
    clients: JoinSet<()>,
}

struct Work {
    client: Client,
    bucket: Name,
    is_over: AtomicBool,
    done: AtomicUsize,
    report: Mutex<Report>,
    timeline: Timeline,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was acknowledged of the clients' own keys.
    pub(crate) ledger: Ledger,
    /// What was acknowledged of the keys that all of them want.
    pub(crate) words: BTreeMap<String, BTreeSet<String>>,
    /// Requests that the client said had failed, or of which it did not know.
    pub(crate) errors: Vec<String>,
    /// Answers that contradict what was acknowledged.
    pub(crate) lies: Vec<String>,
}

impl Load {
    /// Begins; waits until it has got going.
    pub(crate) fn start(stage: &Stage) -> Self {
        let work = Arc::new(Work {
            client: stage.client.clone(),
            bucket: stage.bucket.clone(),
            is_over: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            report: Mutex::default(),
            timeline: Timeline::default(),
        });
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn_on(Arc::clone(&work).work(client), stage.runtime.handle());
        }
        let load = Self { work, clients };
        load.await_more(CLIENTS * 10);
        load
    }

    /// Says what is done to the cluster now.
    pub(crate) fn happens(&self, what: String) {
        self.work.timeline.happens(what);
    }

    /// Waits until so many further requests have come to an end, whatever that was.
    pub(crate) fn await_more(&self, requests: usize) {
        let wanted = self.work.done.load(Relaxed) + requests;
        let come = await_until(PATIENCE, || self.work.done.load(Relaxed) >= wanted);
        assert!(come, "the clients do not get on: {:#?}", self.work.report());
    }

    /// Lets every client finish what it is at.
    pub(crate) fn finish(self, stage: &Stage) -> Report {
        self.work.is_over.store(true, Relaxed);
        stage.runtime.block_on(self.clients.join_all());
        self.work.timeline.print();
        std::mem::take(&mut *self.work.report())
    }

    /// Takes the clients away in the middle of what they are at.
    pub(crate) fn abandon(mut self, stage: &Stage) -> Report {
        stage.runtime.block_on(self.clients.shutdown());
        std::mem::take(&mut *self.work.report())
    }
}

impl Work {
    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(self: Arc<Self>, client: usize) {
        for n in 0.. {
            if self.is_over.load(Relaxed) {
                return;
            }
            let began = Instant::now();
            match n % 4 {
                2 => self.read_own(client, n / 2).await,
                3 => self.say_a_word(&format!("hot-{}", (client + n / 4) % HOT_KEYS), client, n).await,
                _ => self.put_own(client, n).await,
            }
            self.timeline.took(began);
            self.done.fetch_add(1, Relaxed);
            tokio::time::sleep(REST).await;
        }
    }

    async fn put_own(&self, client: usize, n: usize) {
        let (key, value) = (format!("client-{client}-{n}"), format!("what client {client} put under {n}"));
        match put(&self.client, &self.bucket, &key, &value).await {
            Ok(()) => self.report().ledger.enter(key, value),
            Err(error) => self.failed("put", &key, &error),
        }
    }

    async fn read_own(&self, client: usize, n: usize) {
        let key = format!("client-{client}-{n}");
        let Some(acknowledged) = self.report().ledger.value(&key) else { return };
        match get(&self.client, &self.bucket, &key).await {
            Ok(got) if got == [acknowledged.clone()] => {}
            Ok(got) => self.report().lies.push(format!("{key} is {got:?}, not {acknowledged}")),
            Err(error) => self.failed("get", &key, &error),
        }
    }

    async fn say_a_word(&self, hot: &str, client: usize, n: usize) {
        let word = format!("{client}:{n}");
        let key = Key::new(hot.to_owned()).unwrap();
        let merge = |siblings: Vec<Sibling>| {
            let values = siblings.into_iter().filter_map(|sibling| sibling.value).map(|value| text(&value));
            let mut all = words(values);
            all.insert(word.clone());
            Some(Value::from(all.into_iter().collect::<Vec<_>>().join(" ")))
        };
        match self.client.update(&self.bucket, &key, &UpdateOptions::default(), merge).await {
            Ok(_) => {
                self.report().words.entry(hot.to_owned()).or_default().insert(word);
            }
            Err(error) => self.failed("update", hot, &error),
        }
    }

    fn failed(&self, what: &str, key: &str, error: &ClientError) {
        self.report().errors.push(format!("{what} {key}: {}", told(error)));
    }
}

/// All words of all these values.
pub(crate) fn words(values: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    values.into_iter().flat_map(|value| value.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect()
}

impl Report {
    /// How many keys were written.
    pub(crate) fn keys(&self) -> usize {
        self.ledger.len() + self.words.len()
    }

    /// Reads everything at r=2 through one node: nothing that was acknowledged may be missing.
    pub(crate) fn read_back_at(&self, stage: &Stage, n: usize) {
        stage.read_back_at(n, &self.ledger, 2, false);
        let door = stage.door(n);
        for (key, acknowledged) in &self.words {
            let values = stage.runtime.block_on(door.get(key, 2, false)).unwrap();
            let found = words(values);
            let lost: Vec<&String> = acknowledged.difference(&found).collect();
            assert!(lost.is_empty(), "of {} words of {key}, node-{n} lost {lost:?}", acknowledged.len());
        }
    }
}
