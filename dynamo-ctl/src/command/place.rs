//! Where data verbs work: a bucket, a key in it, and how many replicas count.

use std::ffi::OsString;

use clap::Args;
use dynamo_client::Client;
use serde::Serialize;
use shared::id::Name;
use shared::key::Key;
use shared::level::Durability;
use shared::map::ClusterMap;
use shared::token::Token;

use crate::problem::Problem;
use crate::text::{JsonBytes, KeyEncoding};

/// The bucket, and how keys are written.
#[derive(Debug, Args)]
pub struct Place {
    /// The bucket.
    #[arg(short, long, value_name = "NAME", default_value = "default", env = "DYNAMO_BUCKET")]
    pub bucket: Name,
    /// How keys are written here: as they are, or in hexadecimal or base64.
    #[arg(long, value_name = "ENCODING", default_value = "utf8")]
    pub key_encoding: KeyEncoding,
}

impl Place {
    /// The key that an argument stands for.
    pub fn key(&self, argument: &OsString) -> Result<Key, Problem> {
        self.key_encoding.key(argument).map_err(|wrong| Problem::usage("this is no key").because(wrong))
    }
}

/// Whether fallbacks count.
#[derive(Debug, Args)]
pub struct Strictness {
    /// Only owners of the key count, never fallbacks.
    #[arg(long, conflicts_with = "sloppy")]
    pub strict: bool,
    /// Fallbacks count where owners are missing.
    #[arg(long)]
    pub sloppy: bool,
}

impl Strictness {
    /// What was asked for; `None`: what the bucket says.
    pub fn wanted(&self) -> Option<bool> {
        (self.strict || self.sloppy).then_some(self.strict)
    }
}

/// How a write counts.
#[derive(Debug, Args)]
pub struct WriteArgs {
    /// Replicas to wait for, from 1 to N [default: the bucket's].
    #[arg(long, value_name = "COUNT")]
    pub w: Option<u8>,
    /// Whether fallbacks count.
    #[command(flatten)]
    pub strictness: Strictness,
    /// What counts as written, synced or buffered [default: the bucket's].
    #[arg(long, value_name = "LEVEL")]
    pub durability: Option<Durability>,
}

/// There is no such bucket; which ones look like it.
pub fn unknown_bucket(map: &ClusterMap, bucket: &Name) -> Problem {
    let near = dynamo_client::near::near(bucket.as_str(), map.buckets.values().map(|bucket| &bucket.name));
    let known = map.buckets.values().map(|bucket| bucket.name.clone()).collect();
    dynamo_client::ClientError::UnknownBucket { name: bucket.clone(), near, known }.into()
}

/// Where a key lies.
#[derive(Debug, Serialize)]
pub struct Whereabouts {
    bucket: Name,
    key: JsonBytes,
    token: String,
    partition: u32,
    owners: Vec<String>,
}

impl Whereabouts {
    /// Where the client's map says that it lies.
    pub fn of(client: &Client, bucket: &Name, key: &Key) -> Result<Self, Problem> {
        let map = client.map();
        let Some((id, _)) = map.bucket_named(bucket) else {
            return Err(unknown_bucket(&map, bucket));
        };
        let token = Token::of(id, key);
        let partition = map.partitions.of(token);
        Ok(Self {
            bucket: bucket.clone(),
            key: key.as_bytes().into(),
            token: token.to_string(),
            partition: partition.0,
            owners: map.owners(partition).iter().map(|node| map.name_of(*node)).collect(),
        })
    }

    /// The same for people.
    pub fn line(&self) -> String {
        format!("partition {} on {}", self.partition, self.owners.join(", "))
    }
}
