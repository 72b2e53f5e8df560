//! A door: one node asked directly, so that no client goes on to the next one behind the test's back.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dynamo_transport::{Connection, Endpoint};
use shared::error::Failure;
use shared::id::{BucketId, RequestId};
use shared::key::{Key, Value};
use shared::wire;
use shared::wire::client::{Answer, Get, Got, Put, Request, Response, Verb, Written};
use tokio::time::Instant;

/// As long as a client waits.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to one node. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Door {
    connection: Connection,
    bucket: BucketId,
    // What the connection was dialled from lives as long.
    _endpoint: Arc<Endpoint>,
}

impl Door {
    pub(crate) fn new(endpoint: Endpoint, connection: Connection, bucket: BucketId) -> Self {
        Self { connection, bucket, _endpoint: Arc::new(endpoint) }
    }

    /// Reads a key: the values it has, or why it could not be read.
    pub(crate) async fn get(&self, key: &str, r: u8, strict: bool) -> Result<Vec<String>, Failure> {
        let (bucket, key) = (self.bucket, Key::new(key.to_owned()).unwrap());
        let get = Get { bucket, key, r: Some(r), strict: Some(strict) };
        match self.ask(Verb::Get(get)).await? {
            Answer::Got(got) => Ok(values(got)),
            other => panic!("{other:?}"),
        }
    }

    /// Writes a key at the cluster's W.
    pub(crate) async fn put(&self, key: &str, value: &str) -> Result<Written, Failure> {
        let put = Put {
            bucket: self.bucket,
            key: Key::new(key.to_owned()).unwrap(),
            value: Some(Value::from(value.to_owned())),
            context: None,
            w: None,
            strict: None,
            durability: None,
            time_to_live_ms: None,
        };
        match self.ask(Verb::Put(put)).await? {
            Answer::Written(written) => Ok(written),
            other => panic!("{other:?}"),
        }
    }

    async fn ask(&self, verb: Verb) -> Result<Answer, Failure> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).unwrap();
        let sent = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let request = Request {
            id: RequestId(u128::from_be_bytes(id)),
            sent_ms: u64::try_from(sent.as_millis()).unwrap(),
            timeout_ms: u32::try_from(TIMEOUT.as_millis()).unwrap(),
            verb,
        };
        // The node's own words come first, also when they come at the last moment.
        let deadline = Instant::now() + TIMEOUT * 2;
        let answer = self.connection.ask(wire::encode(&request), deadline).await.unwrap();
        wire::decode::<Response>("response", &answer).unwrap().result
    }
}

/// Every value of a key, in order; tombstones are none.
pub(crate) fn values(got: Got) -> Vec<String> {
    let values = got.siblings.into_iter().filter_map(|sibling| sibling.value);
    let mut values: Vec<String> = values.map(|value| text(&value)).collect();
    values.sort();
    values
}

/// A value as the text that it was written as.
pub(crate) fn text(value: &Value) -> String {
    String::from_utf8(value.as_bytes().to_vec()).unwrap()
}
