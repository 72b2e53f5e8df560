//! The stage of the daemon's tests: a cluster's authority, nodes under a temporary folder, and callers without manners.
//!
//! Nodes run inside the test, over real QUIC on a loopback address that no other test uses; where it is about exit
//! codes and kill -9, the real program runs.

#![allow(dead_code, reason = "each test file uses its part of the stage")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use dynamo_node::{Config, Daemon, StartError};
use dynamo_transport::{
    Authority, Clock, Connection, Credentials, Endpoint, Issued, LinkError, Settings, Subject, Window,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::context::Context;
use shared::error::Failure;
use shared::id::{BucketId, ClusterId, Name, NodeId, RequestId};
use shared::key::{Key, Value};
use shared::level::Durability;
use shared::quorum::Quorum;
use shared::token::Partitions;
use shared::wire::admin::{Admin, AdminResult, Init, InitMember};
use shared::wire::client::{Answer, Get, Got, Put, Request, Response, Verb, Written};
use shared::wire::look::{Look, LookResult, NodeStatus, Seen, Whoami};
use shared::wire::{self, Plane};
use tempfile::TempDir;
use tokio::time::Instant;

/// How long a condition may take to come true. Far longer than it should: it is no measurement.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const DAY_S: u64 = 24 * 60 * 60;
const CLUSTER: ClusterId = ClusterId(0xc1);

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// From a year ago for two years.
pub(crate) fn long() -> Window {
    Window { not_before: now_s() - 365 * DAY_S, not_after: now_s() + 365 * DAY_S }
}

/// A year that is over.
pub(crate) fn over() -> Window {
    Window { not_before: now_s() - 400 * DAY_S, not_after: now_s() - 35 * DAY_S }
}

pub(crate) fn node_subject(n: u8) -> Subject {
    Subject::Node { node: NodeId(n.into()), name: name(&format!("node-{n}")) }
}

pub(crate) fn authority() -> Authority {
    Authority::create(CLUSTER, long()).unwrap()
}

/// A cluster's home.
pub(crate) struct Stage {
    home: TempDir,
    ip: Ipv4Addr,
    pub(crate) authority: Authority,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), ip: own_ip(), authority: authority() }
    }

    /// Where node `n` listens, whether it runs or not.
    pub(crate) fn address(&self, n: u8) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.ip), 7000 + u16::from(n))
    }

    /// The folder of node `n`.
    pub(crate) fn folder(&self, n: u8) -> PathBuf {
        self.home.path().join(format!("node-{n}"))
    }

    /// The configuration file of node `n`, written with its certificate files beside it.
    pub(crate) fn config_file(&self, n: u8) -> PathBuf {
        let folder = self.folder(n);
        self.write_certificate(n);
        let file = folder.join("node.toml");
        let more = std::fs::read_to_string(folder.join("more.toml")).unwrap_or_default();
        let listen = format!("listen = \"{}\"\n", self.address(n));
        let listen = if more.contains("listen = ") { String::new() } else { listen };
        let text = format!(
            "{listen}data_dir = \"data\"\n{more}\
             [tls]\nca = \"ca.crt\"\ncert = \"node.crt\"\nkey = \"node.key\"\n\
             [store]\ndisk_free_bytes_min = 0\n",
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    /// From now on the configuration of node `n` has these lines too, instead of those that its last ones were.
    pub(crate) fn configure(&self, n: u8, lines: &str) {
        std::fs::create_dir_all(self.folder(n)).unwrap();
        std::fs::write(self.folder(n).join("more.toml"), lines).unwrap();
    }

    /// What node `n` has logged, where the real program ran it.
    pub(crate) fn log(&self, n: u8) -> String {
        std::fs::read_to_string(self.folder(n).join("log")).unwrap_or_default()
    }

    /// Waits until node `n`, which the real program runs, has logged a line with all of these words.
    pub(crate) async fn await_log(&self, n: u8, words: &[&str]) {
        self.await_log_times(n, words, 1).await;
    }

    /// The same, for so many such lines.
    pub(crate) async fn await_log_times(&self, n: u8, words: &[&str], times: usize) {
        let deadline = Instant::now() + PATIENCE;
        let has_all = |line: &&str| words.iter().all(|word| line.contains(word));
        while self.log(n).lines().filter(has_all).count() < times {
            assert!(Instant::now() < deadline, "node {n} never said {words:?}:\n{}", self.log(n));
            pause().await;
        }
    }

    /// A new certificate for node `n`, in place of the one that it has.
    pub(crate) fn write_certificate(&self, n: u8) -> Issued {
        let folder = self.folder(n);
        let issued = self.authority.issue(&node_subject(n), long()).unwrap();
        issued.write(&folder.join("node.crt"), &folder.join("node.key")).unwrap();
        std::fs::write(folder.join("ca.crt"), self.authority.certificate_pem()).unwrap();
        issued
    }

    /// The configuration of node `n`.
    pub(crate) fn config(&self, n: u8) -> Config {
        Config::read(&self.config_file(n)).unwrap()
    }

    /// Starts node `n` inside the test. An earlier life of it may still be letting go of its port and folder.
    pub(crate) async fn start(&self, n: u8) -> Daemon {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Daemon::start(self.config(n)).await {
                Ok(daemon) => return daemon,
                Err(StartError::Address(LinkError::AddressInUse { .. }) | StartError::Store(_))
                    if Instant::now() < deadline =>
                {
                    pause().await;
                }
                Err(error) => panic!("node {n} does not start: {error}"),
            }
        }
    }

    /// Runs the real program until it ends.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    /// The real program, running node `n`. What it logs goes to a file in the node's folder.
    pub(crate) fn spawn(&self, n: u8) -> Process {
        let config = self.config_file(n);
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder(n).join("log")).unwrap();
        let mut program = self.program(&["run", "--config", config.to_str().unwrap()]);
        Process(program.stderr(log).spawn().unwrap())
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_dynamo-node"));
        program.args(arguments).env_clear().env("HOME", self.home.path());
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    /// Credentials of the cluster.
    pub(crate) fn credentials(&self, subject: &Subject, window: Window) -> Credentials {
        credentials(&self.authority, &self.authority, subject, window)
    }

    /// A dialler with the cluster's credentials.
    pub(crate) fn dialler(&self, subject: &Subject) -> Endpoint {
        Endpoint::dialer(&self.credentials(subject, long()), Settings::default()).unwrap()
    }

    /// A caller at node `n`, on that plane, as soon as the node is there.
    pub(crate) async fn caller(&self, n: u8, subject: &Subject, plane: Plane) -> Caller {
        let endpoint = self.dialler(subject);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match endpoint.dial(self.address(n), plane).await {
                Ok(connection) => return Caller { connection },
                Err(error) if Instant::now() >= deadline => panic!("node {n} is not there: {error}"),
                Err(_) => pause().await,
            }
        }
    }

    /// A client of node `n`.
    pub(crate) async fn client(&self, n: u8) -> Caller {
        self.caller(n, &Subject::Client(name("carl")), Plane::Client).await
    }

    /// An onlooker at node `n`.
    pub(crate) async fn looker(&self, n: u8) -> Caller {
        self.caller(n, &Subject::Operator(name("olga")), Plane::Look).await
    }

    /// Makes a cluster out of waiting nodes by asking the first of them.
    pub(crate) async fn found(&self, nodes: &[u8], quorum: Quorum) -> AdminResult {
        let mut members = Vec::new();
        for &n in nodes {
            members.push(self.looker(n).await.whoami().await);
        }
        self.found_with(nodes[0], &members, quorum).await
    }

    /// A cluster of one node, which runs inside the test.
    pub(crate) async fn alone(&self) -> Daemon {
        let daemon = self.start(1).await;
        self.found(&[1], Quorum::new(1, 1, 1).unwrap()).await.unwrap();
        daemon
    }

    /// Asks one node to found a cluster of nodes that may or may not be there.
    pub(crate) async fn found_with(&self, founder: u8, members: &[Whoami], quorum: Quorum) -> AdminResult {
        let member = |who: &Whoami| InitMember {
            node: who.node,
            name: who.name.clone(),
            address: who.address,
            zone: who.zone.clone(),
            weight: 1,
        };
        let init = Init {
            name: name("test"),
            quorum,
            partitions: Partitions::new(16).unwrap(),
            strict: false,
            durability: Durability::Synced,
            value_bytes_max: 64 * 1024,
            buckets: Vec::new(),
            members: members.iter().map(member).collect(),
        };
        let admin = self.caller(founder, &Subject::Admin(name("alice")), Plane::Admin).await;
        admin.ask(&Admin::Init(init)).await
    }
}

/// Credentials that this authority signed, for somebody who believes that one.
pub(crate) fn credentials(
    signed_by: &Authority,
    believes: &Authority,
    subject: &Subject,
    window: Window,
) -> Credentials {
    // Whoever is a stranger would not be told by its own credentials: they are checked at a time when they are good.
    let clock = Clock::new(move || u64::midpoint(window.not_before, window.not_after));
    let issued = signed_by.issue(subject, window).unwrap();
    let both = format!("{}{}", signed_by.certificate_pem(), believes.certificate_pem());
    Credentials::from_pem(&both, &issued.certificate_pem, &issued.key_pem, &clock).unwrap()
}

/// A loopback address that no other test uses at the same time, so that ports on it can be kept over restarts.
fn own_ip() -> Ipv4Addr {
    static TAKEN: AtomicU8 = AtomicU8::new(0);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high | 1, low, 1 + TAKEN.fetch_add(1, Relaxed))
}

pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// A real process; killed when it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// As if the machine had lost it.
    pub(crate) fn kill_9(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Its exit code, once it has ended.
    pub(crate) async fn code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            pause().await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection, with the words of its plane.
pub(crate) struct Caller {
    pub(crate) connection: Connection,
}

impl Caller {
    pub(crate) async fn try_ask<T: Serialize, R: DeserializeOwned>(
        &self,
        message: &T,
    ) -> Result<R, LinkError> {
        let answer = self.connection.ask(wire::encode(message), Instant::now() + PATIENCE).await?;
        Ok(wire::decode("answer", &answer).unwrap())
    }

    pub(crate) async fn ask<T: Serialize, R: DeserializeOwned>(&self, message: &T) -> R {
        self.try_ask(message).await.unwrap()
    }

    pub(crate) async fn whoami(&self) -> Whoami {
        match self.ask::<_, LookResult>(&Look::Whoami).await {
            Ok(Seen::Whoami(whoami)) => whoami,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn status(&self) -> NodeStatus {
        match self.ask::<_, LookResult>(&Look::Status).await {
            Ok(Seen::Status(status)) => *status,
            other => panic!("{other:?}"),
        }
    }

    /// Looks again and again, until the status is as wanted.
    pub(crate) async fn await_status(&self, what: &str, wanted: impl Fn(&NodeStatus) -> bool) -> NodeStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status().await;
            if wanted(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "not in time: {what}; {status:#?}");
            pause().await;
        }
    }

    pub(crate) async fn request(&self, verb: Verb) -> Result<Answer, Failure> {
        self.ask::<_, Response>(&request(verb)).await.result
    }

    /// The id of the bucket that every cluster has.
    pub(crate) async fn bucket(&self) -> BucketId {
        match self.request(Verb::Map { known_version: 0 }).await {
            Ok(Answer::Map(Some(map))) => map.bucket_named(&name("default")).unwrap().0,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn get(&self, bucket: BucketId, key: &str) -> Result<Got, Failure> {
        match self.request(get(bucket, key)).await? {
            Answer::Got(got) => Ok(got),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn put(
        &self,
        bucket: BucketId,
        key: &str,
        value: Option<&str>,
        context: Option<Context>,
    ) -> Result<Written, Failure> {
        match self.request(Verb::Put(put(bucket, key, value, context))).await? {
            Answer::Written(written) => Ok(written),
            other => panic!("{other:?}"),
        }
    }

    /// The one value of a key; `None`: it was never written, or is deleted.
    pub(crate) async fn value(&self, bucket: BucketId, key: &str) -> Option<String> {
        let got = self.get(bucket, key).await.unwrap();
        assert!(got.siblings.len() <= 1, "{got:?}");
        let value = got.siblings.into_iter().next()?.value?;
        Some(String::from_utf8(value.as_bytes().to_vec()).unwrap())
    }
}

/// A request of its own id.
pub(crate) fn request(verb: Verb) -> Request {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let id = u128::from(std::process::id()) << 64 | u128::from(REQUESTS.fetch_add(1, Relaxed));
    let sent_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    Request { id: RequestId(id), sent_ms, timeout_ms: 30_000, verb }
}

pub(crate) fn key(text: &str) -> Key {
    Key::new(Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

pub(crate) fn get(bucket: BucketId, of: &str) -> Verb {
    Verb::Get(Get { bucket, key: key(of), r: None, strict: None })
}

pub(crate) fn put(bucket: BucketId, of: &str, value: Option<&str>, context: Option<Context>) -> Put {
    let value = value.map(|text| Value::from(text.as_bytes().to_vec()));
    let (w, strict, durability, time_to_live_ms) = (None, None, None, None);
    Put { bucket, key: key(of), value, context, w, strict, durability, time_to_live_ms }
}
