//! Shoppers: clients, each with connections of its own, that read, replace and delete a few keys that all of them want,
//! and write down what they did and saw.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dynamo_client::{Client, ClientError, DeleteOptions, GetOptions, PutOptions};
use dynamo_testkit::await_until;
use shared::context::Context;
use shared::id::Name;
use shared::key::{Key, Value};
use tokio::task::JoinSet;

use crate::door::values;
use crate::history::{Act, History, Sight, Word};
use crate::ledger::told;
use crate::stage::Stage;
use crate::steward::LONG;
use crate::timeline::Timeline;

/// Of so many turns with a key, one deletes it.
const TURNS_A_DELETION: usize = 8;

/// A client stays with a key for so many turns, so that it reads what it wrote.
const TURNS_A_KEY: usize = 4;

/// How many there are, and what they want.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub(crate) clients: usize,
    pub(crate) keys: usize,
    /// From the beginning of one turn to the beginning of the next.
    pub(crate) every: Duration,
}

/// Shoppers at work.
pub(crate) struct Shoppers {
    work: Arc<Work>,
    clients: JoinSet<()>,
}

struct Work {
    crowd: Crowd,
    bucket: Name,
    is_over: AtomicBool,
    turns: AtomicUsize,
    history: Mutex<History>,
    errors: Mutex<Vec<String>>,
    timeline: Timeline,
}

impl Shoppers {
    /// Begins; waits until each has had a turn.
    pub(crate) fn start(stage: &Stage, crowd: Crowd) -> Self {
        let work = Arc::new(Work {
            crowd,
            bucket: stage.bucket.clone(),
            is_over: AtomicBool::new(false),
            turns: AtomicUsize::new(0),
            history: Mutex::default(),
            errors: Mutex::default(),
            timeline: Timeline::default(),
        });
        let mut clients = JoinSet::new();
        for (number, client) in stage.newcomers(crowd.clients).into_iter().enumerate() {
            let shopper = Shopper { number, client, work: Arc::clone(&work), own: BTreeMap::new() };
            clients.spawn_on(shopper.shop(), stage.runtime.handle());
        }
        let shoppers = Self { work, clients };
        shoppers.await_more(crowd.clients);
        shoppers
    }

    /// Says what is done to the cluster now.
    pub(crate) fn happens(&self, what: impl Into<String>) {
        self.work.timeline.happens(what.into());
    }

    /// Waits until so many further turns have come to an end, whatever that was.
    pub(crate) fn await_more(&self, turns: usize) {
        let wanted = self.work.turns.load(Relaxed) + turns;
        let come = await_until(LONG, || self.work.turns.load(Relaxed) >= wanted);
        assert!(come, "the shoppers do not get on: {:#?}", lock(&self.work.errors));
    }

    /// Lets everybody finish a turn. No request may have failed, and no read gone back behind what the reader had done.
    pub(crate) fn finish(self, stage: &Stage) -> History {
        self.work.is_over.store(true, Relaxed);
        stage.runtime.block_on(self.clients.join_all());
        self.work.timeline.print();
        let (history, errors) = (lock(&self.work.history).clone(), lock(&self.work.errors).clone());
        let wrongs = history.wrong_sights();
        assert!(errors.is_empty() && wrongs.is_empty(), "{:#?}", (&errors, &wrongs));
        let (written, deleted, read) = history.count();
        assert!(written > 0 && deleted > 0 && read > 0, "{:?}", (written, deleted, read));
        history
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One of them.
struct Shopper {
    number: usize,
    client: Client,
    work: Arc<Work>,
    /// What it did last with each key, and was told that it is done.
    own: BTreeMap<String, Act>,
}

impl Shopper {
    async fn shop(mut self) {
        let crowd = self.work.crowd;
        // One after the other, and not all at the same moment of each second.
        let share = u32::try_from(self.number).unwrap() * 1000 / u32::try_from(crowd.clients).unwrap();
        let begin = tokio::time::Instant::now() + crowd.every * share / 1000;
        let mut turns = tokio::time::interval_at(begin, crowd.every);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for turn in 0.. {
            turns.tick().await;
            if self.work.is_over.load(Relaxed) {
                return;
            }
            let key = format!("cart-{}", (self.number + turn / TURNS_A_KEY) % crowd.keys);
            let began = Instant::now();
            if let Err(error) = self.take_turn(turn, &key).await {
                let failed = format!("{key}, by client {}: {}", self.number, told(&error));
                lock(&self.work.errors).push(failed);
            }
            self.work.timeline.took(began);
            self.work.turns.fetch_add(1, Relaxed);
        }
    }

    /// Every other turn only reads; the others go on and replace what was read.
    async fn take_turn(&mut self, turn: usize, key: &str) -> Result<(), ClientError> {
        let (saw, context) = self.look(key).await?;
        match (turn + self.number) % TURNS_A_DELETION {
            turn if turn % 2 == 1 => Ok(()),
            0 => self.replace(key, None, saw, context).await,
            _ => {
                let word = format!("{}:{turn}", self.number);
                self.replace(key, Some(word), saw, context).await
            }
        }
    }

    async fn look(&mut self, key: &str) -> Result<(BTreeSet<Word>, Context), ClientError> {
        let own = self.own.get(key).cloned();
        let got = self.client.get(&self.work.bucket, &name(key), &GetOptions::default()).await?;
        let context = got.context.clone();
        let words: BTreeSet<Word> = values(got).into_iter().collect();
        let sight = Sight { client: self.number, key: key.to_owned(), words: words.clone(), own };
        lock(&self.work.history).sight(sight);
        Ok((words, context))
    }

    async fn replace(
        &mut self,
        key: &str,
        word: Option<Word>,
        saw: BTreeSet<Word>,
        context: Context,
    ) -> Result<(), ClientError> {
        let (bucket, name, context) = (&self.work.bucket, name(key), Some(context));
        let done = if let Some(word) = &word {
            let options = PutOptions { context, ..PutOptions::default() };
            self.client.put(bucket, &name, Value::from(word.clone()), &options).await
        } else {
            let options = DeleteOptions { context, ..DeleteOptions::default() };
            self.client.delete(bucket, &name, &options).await
        };
        let act = Act { key: key.to_owned(), word, saw, is_acknowledged: done.is_ok() };
        if done.is_ok() {
            self.own.insert(key.to_owned(), act.clone());
        }
        lock(&self.work.history).act(act);
        done.map(|_| ())
    }
}

fn name(key: &str) -> Key {
    Key::new(key.to_owned()).unwrap()
}
