//! The client: knows the ring, goes to an owner directly, and keeps its map new.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dynamo_transport::{Credentials, Endpoint, Pool};
use shared::error::Failure;
use shared::id::{BucketId, Name, RequestId};
use shared::key::{Key, Value};
use shared::map::ClusterMap;
use shared::token::{PartitionId, Token};
use shared::wire::Plane;
use shared::wire::client::{Answer, Get, Got, Put, Verb, Written};
use tokio::time::Instant;

use crate::address::resolve;
use crate::errand::{Brought, Errand, Messenger, deadline_after, failed};
use crate::error::ClientError;
use crate::memory::Memory;
use crate::near::near;
use crate::options::{DeleteOptions, GetOptions, PutOptions};
use crate::profile::Profile;
use crate::route::{self, Candidate};
use crate::settings::Settings;

/// A client of one cluster. Cheap to clone; all clones share links and map.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    messenger: Messenger,
    /// Where the first map came from; asked again when no member of the map is there any more.
    seeds: Vec<SocketAddr>,
    map: RwLock<Arc<ClusterMap>>,
    /// The newest version of the declared state that any reply spoke of.
    newest_version: AtomicU64,
    refreshing: tokio::sync::Mutex<()>,
}

impl Client {
    /// Connects as the profile says, with the usual [`Settings`].
    pub async fn connect(profile: &Profile) -> Result<Self, ClientError> {
        let credentials = profile.credentials(Plane::Client)?;
        Self::connect_with(&profile.addresses, &credentials, Settings::default()).await
    }

    /// Connects to the cluster that one of the addresses (`host:port`) belongs to, and fetches its map.
    pub async fn connect_with(
        addresses: &[String],
        credentials: &Credentials,
        settings: Settings,
    ) -> Result<Self, ClientError> {
        let seeds = resolve(addresses).await?;
        let endpoint = Endpoint::dialer(credentials, settings.link.clone()).map_err(ClientError::Endpoint)?;
        let messenger = Messenger { pool: Pool::new(endpoint), memory: Memory::default(), settings };
        let deadline = deadline_after(messenger.settings.timeout);
        let candidates = seeds.iter().copied().map(Candidate::unnamed).collect();
        let map = fetch_map(&messenger, 0, candidates, deadline).await?;
        let map = map.ok_or_else(|| ClientError::Strange {
            address: seeds.first().copied().unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0))),
            reason: "it has no map for a client that has none".to_owned(),
        })?;
        let newest_version = AtomicU64::new(map.version);
        let map = RwLock::new(map);
        let refreshing = tokio::sync::Mutex::default();
        Ok(Self { inner: Arc::new(Inner { messenger, seeds, map, newest_version, refreshing }) })
    }

    /// The newest map that this client has.
    pub fn map(&self) -> Arc<ClusterMap> {
        Arc::clone(&self.inner.map.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says goodbye to the nodes, so that they need not find out; waits at most so long for that to be sent.
    pub async fn close(&self, limit: Duration) {
        self.inner.messenger.pool.endpoint().shutdown("done", limit).await;
    }

    /// Asks for a newer map and returns the newest.
    pub async fn refresh(&self) -> Result<Arc<ClusterMap>, ClientError> {
        self.inner.refresh(None).await?;
        Ok(self.map())
    }

    /// Reads every sibling of a key. An absent key has none, and a context all the same.
    pub async fn get(&self, bucket: &Name, key: &Key, options: &GetOptions) -> Result<Got, ClientError> {
        let deadline = self.deadline(options.timeout);
        let (bucket, map) = self.bucket(bucket).await?;
        map.quorum.with(options.r, None).map_err(|wrong| failed(wrong.into()))?;
        let get = Get { bucket, key: key.clone(), r: options.r, strict: options.strict };
        match self.ask(&map, Token::of(bucket, key), Verb::Get(get), deadline).await? {
            Brought { answer: Answer::Got(got), .. } => Ok(got),
            other => Err(strange(&other)),
        }
    }

    /// Writes a value.
    pub async fn put(
        &self,
        bucket: &Name,
        key: &Key,
        value: Value,
        options: &PutOptions,
    ) -> Result<Written, ClientError> {
        self.write(bucket, key, Some(value), options).await
    }

    /// Writes a tombstone over what the context saw.
    pub async fn delete(
        &self,
        bucket: &Name,
        key: &Key,
        options: &DeleteOptions,
    ) -> Result<Written, ClientError> {
        let DeleteOptions { context, w, strict, durability, timeout } = options.clone();
        let options = PutOptions { context, w, strict, durability, timeout, time_to_live: None };
        self.write(bucket, key, None, &options).await
    }

    async fn write(
        &self,
        bucket: &Name,
        key: &Key,
        value: Option<Value>,
        options: &PutOptions,
    ) -> Result<Written, ClientError> {
        let deadline = self.deadline(options.timeout);
        let (bucket, map) = self.bucket(bucket).await?;
        map.quorum.with(None, options.w).map_err(|wrong| failed(wrong.into()))?;
        let (bytes, max) = (value.as_ref().map_or(0, Value::len) as u64, map.value_bytes_max);
        if bytes > max {
            return Err(failed(Failure::ValueTooLong { bytes, max }));
        }
        let put = Put {
            bucket,
            key: key.clone(),
            value,
            context: options.context.clone(),
            w: options.w,
            strict: options.strict,
            durability: options.durability,
            time_to_live_ms: options.time_to_live.map(in_ms),
        };
        match self.ask(&map, Token::of(bucket, key), Verb::Put(put), deadline).await? {
            Brought { answer: Answer::Written(written), .. } => Ok(written),
            other => Err(strange(&other)),
        }
    }

    /// The id of a bucket, and the map that knows it. A bucket that is not in the map may be newer than it.
    pub(crate) async fn bucket(&self, name: &Name) -> Result<(BucketId, Arc<ClusterMap>), ClientError> {
        let map = self.map();
        if let Some((id, _)) = map.bucket_named(name) {
            return Ok((id, map));
        }
        let map = self.refresh().await?;
        if let Some((id, _)) = map.bucket_named(name) {
            return Ok((id, map));
        }
        let known: Vec<Name> = map.buckets.values().map(|bucket| bucket.name.clone()).collect();
        Err(ClientError::UnknownBucket { name: name.clone(), near: near(name.as_str(), &known), known })
    }

    async fn ask(
        &self,
        map: &ClusterMap,
        token: Token,
        verb: Verb,
        deadline: Instant,
    ) -> Result<Brought, ClientError> {
        let candidates = route::owners_and_others(map, map.partitions.of(token));
        let rounds_max = self.inner.messenger.settings.rounds_max;
        self.run(Errand { rounds_max, ..errand(verb)? }, candidates, deadline).await
    }

    /// Asks the owners of one partition, each once.
    pub(crate) async fn ask_owners(
        &self,
        map: &ClusterMap,
        partition: PartitionId,
        verb: Verb,
        deadline: Instant,
    ) -> Result<Brought, ClientError> {
        self.run(errand(verb)?, route::owners(map, partition), deadline).await
    }

    /// Whether every owner of a partition failed a moment ago.
    pub(crate) fn avoids_all_owners(&self, map: &ClusterMap, partition: PartitionId) -> bool {
        let (memory, now) = (&self.inner.messenger.memory, Instant::now());
        route::owners(map, partition).iter().all(|owner| memory.avoids(owner.address, now))
    }

    pub(crate) fn deadline(&self, timeout: Option<Duration>) -> Instant {
        deadline_after(timeout.unwrap_or(self.inner.messenger.settings.timeout))
    }

    async fn run(
        &self,
        errand: Errand,
        candidates: Vec<Candidate>,
        deadline: Instant,
    ) -> Result<Brought, ClientError> {
        let brought = self.inner.messenger.run(&errand, candidates, deadline).await?;
        self.follow(&brought);
        Ok(brought)
    }

    /// A reply that speaks of a newer state than the map has it fetched, behind the caller's back.
    fn follow(&self, brought: &Brought) {
        let before = self.inner.newest_version.fetch_max(brought.state_version, Relaxed);
        if brought.state_version > before {
            let (inner, from) = (Arc::clone(&self.inner), brought.from.clone());
            tokio::spawn(async move {
                if let Err(error) = inner.refresh(Some(from)).await {
                    tracing::debug!(%error, "the newer map cannot be had yet");
                    // The next reply tries again.
                    inner.newest_version.store(inner.version(), Relaxed);
                }
            });
        }
    }
}

impl Inner {
    fn version(&self) -> u64 {
        self.map.read().unwrap_or_else(PoisonError::into_inner).version
    }

    /// Fetches the map if there is a newer one: from whoever spoke of it, else from any member, else from a seed.
    async fn refresh(&self, first: Option<Candidate>) -> Result<(), ClientError> {
        let _only_one = self.refreshing.lock().await;
        let map = Arc::clone(&self.map.read().unwrap_or_else(PoisonError::into_inner));
        let seeds = self.seeds.iter().copied().map(Candidate::unnamed);
        let mut candidates: Vec<Candidate> = first.into_iter().chain(route::members(&map)).collect();
        for seed in seeds {
            if candidates.iter().all(|candidate| candidate.address != seed.address) {
                candidates.push(seed);
            }
        }
        let deadline = deadline_after(self.messenger.settings.timeout);
        if let Some(newer) = fetch_map(&self.messenger, map.version, candidates, deadline).await? {
            let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
            if newer.version > map.version {
                self.newest_version.fetch_max(newer.version, Relaxed);
                *map = newer;
            }
        }
        Ok(())
    }
}

async fn fetch_map(
    messenger: &Messenger,
    known_version: u64,
    candidates: Vec<Candidate>,
    deadline: Instant,
) -> Result<Option<Arc<ClusterMap>>, ClientError> {
    match messenger.run(&errand(Verb::Map { known_version })?, candidates, deadline).await? {
        Brought { answer: Answer::Map(map), .. } => Ok(map),
        other => Err(strange(&other)),
    }
}

/// A new request: named once, dated once, for one round.
fn errand(verb: Verb) -> Result<Errand, ClientError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(ClientError::NoRandomness)?;
    let sent_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, in_ms);
    Ok(Errand { id: RequestId(u128::from_be_bytes(id)), sent_ms, verb, rounds_max: 1 })
}

fn in_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// An answer that is to another question.
pub(crate) fn strange(brought: &Brought) -> ClientError {
    let reason = "the answer is to another question".to_owned();
    ClientError::Strange { address: brought.from.address, reason }
}
