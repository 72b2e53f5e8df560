//! Listing keys: every partition in parallel, one compared owner each, as they come.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use bytes::Bytes;
use shared::id::{BucketId, Name};
use shared::key::Key;
use shared::map::ClusterMap;
use shared::token::PartitionId;
use shared::wire::client::{Answer, KEYS_PAGE_MAX, Keys, KeysPage, Verb};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::client::{Client, strange};
use crate::errand::{Brought, failed};
use crate::error::ClientError;
use crate::options::KeysOptions;

/// How many partitions are asked at once.
const WORKERS: u32 = 32;

/// Pages that wait to be taken, before nothing more is asked for.
const PAGES_WAITING_MAX: usize = 8;

/// A partition whose keys could not be listed, or not all of them.
#[derive(Debug, thiserror::Error)]
#[error("partition {partition} cannot be listed: {error}")]
pub struct PartitionMissing {
    /// Which one.
    pub partition: PartitionId,
    /// Why.
    pub error: ClientError,
}

/// Keys as they come: in no order, each once, as long as nobody writes meanwhile. Dropping it stops the asking.
#[derive(Debug)]
pub struct KeyStream {
    pages: mpsc::Receiver<Result<Vec<Key>, PartitionMissing>>,
    page: VecDeque<Key>,
    // Held so that the workers end with the stream.
    _workers: JoinSet<()>,
}

impl KeyStream {
    /// The next key, if one has come already.
    pub fn next_if_there(&mut self) -> Option<Result<Key, PartitionMissing>> {
        loop {
            if let Some(key) = self.page.pop_front() {
                return Some(Ok(key));
            }
            match self.pages.try_recv().ok()? {
                Ok(page) => self.page = page.into(),
                Err(missing) => return Some(Err(missing)),
            }
        }
    }

    /// The next key, or the next partition that could not be listed; `None`: that was all.
    pub async fn next(&mut self) -> Option<Result<Key, PartitionMissing>> {
        loop {
            if let Some(key) = self.page.pop_front() {
                return Some(Ok(key));
            }
            match self.pages.recv().await? {
                Ok(page) => self.page = page.into(),
                Err(missing) => return Some(Err(missing)),
            }
        }
    }
}

/// What every worker needs.
struct Listing {
    client: Client,
    map: Arc<ClusterMap>,
    bucket: BucketId,
    options: KeysOptions,
    next_partition: AtomicU32,
}

impl Client {
    /// Lists the keys of a bucket that have a value.
    pub async fn keys(&self, bucket: &Name, options: &KeysOptions) -> Result<KeyStream, ClientError> {
        let (bucket, map) = self.bucket(bucket).await?;
        let workers_wanted = WORKERS.min(map.partitions.count());
        let listing = Arc::new(Listing {
            client: self.clone(),
            map,
            bucket,
            options: options.clone(),
            next_partition: AtomicU32::new(0),
        });
        let (sender, pages) = mpsc::channel(PAGES_WAITING_MAX);
        let mut workers = JoinSet::new();
        for _ in 0..workers_wanted {
            workers.spawn(Arc::clone(&listing).work(sender.clone()));
        }
        Ok(KeyStream { pages, page: VecDeque::new(), _workers: workers })
    }
}

impl Listing {
    /// Lists one partition after the other, as long as there are any and somebody listens.
    async fn work(self: Arc<Self>, pages: mpsc::Sender<Result<Vec<Key>, PartitionMissing>>) {
        loop {
            let partition = PartitionId(self.next_partition.fetch_add(1, Relaxed));
            if partition.0 >= self.map.partitions.count() {
                return;
            }
            let mut after = None;
            loop {
                let (keys, next) = match self.page(partition, after).await {
                    Ok(KeysPage { keys, next }) => (Ok(self.wanted(keys)), next),
                    Err(error) => (Err(PartitionMissing { partition, error }), None),
                };
                if pages.send(keys).await.is_err() {
                    return;
                }
                match next {
                    Some(key) => after = Some(key),
                    None => break,
                }
            }
        }
    }

    async fn page(&self, partition: PartitionId, after: Option<Key>) -> Result<KeysPage, ClientError> {
        if after.is_none() && self.client.avoids_all_owners(&self.map, partition) {
            // They were asked for another partition a moment ago; waiting for them again would add up.
            let failure = shared::error::Failure::PartitionUnreachable { partition: partition.0 };
            return Err(failed(failure));
        }
        let keys = Keys { bucket: self.bucket, partition, after, limit: KEYS_PAGE_MAX };
        let deadline = self.client.deadline(self.options.timeout);
        match self.client.ask_owners(&self.map, partition, Verb::Keys(keys), deadline).await? {
            Brought { answer: Answer::Keys(page), .. } => Ok(page),
            other => Err(strange(&other)),
        }
    }

    fn wanted(&self, mut keys: Vec<Key>) -> Vec<Key> {
        let prefix: &Bytes = &self.options.prefix;
        keys.retain(|key| key.as_bytes().starts_with(prefix));
        keys
    }
}
