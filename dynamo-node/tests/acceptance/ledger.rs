//! The ledger: what was acknowledged, and holding the cluster to it.

use std::collections::BTreeMap;
use std::future::Future;

use dynamo_client::{Client, ClientError, DeleteOptions, GetOptions, PutOptions};
use shared::error::Failure;
use shared::id::Name;
use shared::key::{Key, Value};
use tokio::task::JoinSet;

use crate::door::{Door, values};

/// How many requests are under way at once.
const AT_ONCE: usize = 16;

/// What makes a value of about thirty bytes one of four kilobytes.
const LONG_REPEATS: usize = 128;

/// Keys, each written once, with their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ledger(BTreeMap<String, String>);

impl Ledger {
    /// So many keys with this prefix.
    pub(crate) fn of(prefix: &str, count: usize) -> Self {
        Self((0..count).map(|n| (format!("{prefix}-{n}"), format!("what {prefix} put under {n}"))).collect())
    }

    /// The same with values of a few kilobytes.
    pub(crate) fn of_long(prefix: &str, count: usize) -> Self {
        let Self(short) = Self::of(prefix, count);
        Self(short.into_iter().map(|(key, value)| (key, value.repeat(LONG_REPEATS))).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a key's value should be.
    pub(crate) fn value(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    /// A key's value was acknowledged.
    pub(crate) fn enter(&mut self, key: String, value: String) {
        self.0.insert(key, value);
    }

    /// Both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Writes it all through a client; nothing may fail.
    pub(crate) async fn write(&self, client: &Client, bucket: &Name) {
        self.each(|key, value| {
            let (client, bucket) = (client.clone(), bucket.clone());
            async move {
                let put = put(&client, &bucket, &key, &value).await;
                put.unwrap_or_else(|error| panic!("put {key}: {}", told(&error)));
            }
        })
        .await;
    }

    /// Reads it all through a client; nothing may fail, and nothing may be missing.
    pub(crate) async fn read_back(&self, client: &Client, bucket: &Name) {
        self.each(|key, value| {
            let (client, bucket) = (client.clone(), bucket.clone());
            async move {
                let got = get(&client, &bucket, &key).await;
                let got = got.unwrap_or_else(|error| panic!("get {key}: {}", told(&error)));
                assert_eq!(got, [value], "{key}");
            }
        })
        .await;
    }

    /// Reads it all through one node; nothing may fail, and nothing may be missing.
    pub(crate) async fn read_back_at(&self, door: &Door, r: u8, strict: bool) {
        self.each(|key, value| {
            let door = door.clone();
            async move {
                let got = door.get(&key, r, strict).await;
                let got = got.unwrap_or_else(|failure| panic!("get {key}: {failure}"));
                assert_eq!(got, [value], "{key}");
            }
        })
        .await;
    }

    /// Reads every key and deletes what was seen; nothing may fail.
    pub(crate) async fn delete(&self, client: &Client, bucket: &Name) {
        self.each(|key, _| {
            let (client, bucket, key) = (client.clone(), bucket.clone(), Key::new(key).unwrap());
            async move {
                let got = client.get(&bucket, &key, &GetOptions::default()).await.unwrap();
                let options = DeleteOptions { context: Some(got.context), ..DeleteOptions::default() };
                client.delete(&bucket, &key, &options).await.unwrap();
            }
        })
        .await;
    }

    /// Reads it all through one node, which must have none of it any more.
    pub(crate) async fn miss_at(&self, door: &Door, r: u8) {
        self.each(|key, _| {
            let door = door.clone();
            async move {
                assert_eq!(door.get(&key, r, false).await.unwrap(), Vec::<String>::new(), "{key} is back");
            }
        })
        .await;
    }

    /// Reads it all through one node, where some of it may be gone: how much is left. Nothing may fail or be another value.
    pub(crate) async fn left_at(&self, door: &Door, r: u8) -> usize {
        let mut left = 0;
        for (key, value) in &self.0 {
            let got = door.get(key, r, false).await.unwrap();
            assert!(got.is_empty() || got == [value.clone()], "{key} is {got:?}");
            left += got.len();
        }
        left
    }

    /// Reads it all through one node, up to the first failure. Whatever is answered has to be right.
    pub(crate) async fn try_read_at(&self, door: &Door, r: u8) -> Result<(), Failure> {
        for (key, value) in &self.0 {
            assert_eq!(door.get(key, r, false).await?, std::slice::from_ref(value), "{key}");
        }
        Ok(())
    }

    /// Does the same with each entry, some at once.
    async fn each<D>(&self, does: impl Fn(String, String) -> D)
    where
        D: Future<Output = ()> + Send + 'static,
    {
        let mut under_way = JoinSet::new();
        for (key, value) in &self.0 {
            if under_way.len() >= AT_ONCE {
                // A panic of one is the test's.
                under_way.join_next().await.unwrap().unwrap();
            }
            under_way.spawn(does(key.clone(), value.clone()));
        }
        under_way.join_all().await;
    }
}

/// Writes a key that nobody else writes.
pub(crate) async fn put(client: &Client, bucket: &Name, key: &str, value: &str) -> Result<(), ClientError> {
    let (key, value) = (Key::new(key.to_owned()).unwrap(), Value::from(value.to_owned()));
    client.put(bucket, &key, value, &PutOptions::default()).await.map(|_| ())
}

/// The values of a key.
pub(crate) async fn get(client: &Client, bucket: &Name, key: &str) -> Result<Vec<String>, ClientError> {
    let key = Key::new(key.to_owned()).unwrap();
    client.get(bucket, &key, &GetOptions::default()).await.map(values)
}

/// An error with its cause, in one line.
pub(crate) fn told(error: &ClientError) -> String {
    format!("{error} ({})", error.cause().unwrap_or_default())
}
