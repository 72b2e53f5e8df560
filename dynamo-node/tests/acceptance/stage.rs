//! The stage: a cluster of three real processes, a client, and an onlooker at each node.
//!
//! One stage at a time: three nodes and their clients fill two cores, and two clusters beside each other would only
//! make both slower.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use dynamo_client::{Administrator, Client, Looker, Profile, Profiles};
use dynamo_testkit::patience::PATIENCE;
use dynamo_testkit::{Cluster, Lab, Output, await_until, is_alive};
use dynamo_transport::{Credentials, Endpoint, Settings};
use rustix::process::{Pid, Signal, kill_process};
use shared::id::Name;
use shared::wire::Plane;
use shared::wire::cluster::{ClusterView, RingView};
use shared::wire::look::{Liveness, NodeStatus};
use shared::wire::operation::Transfer;
use tokio::runtime::Runtime;

use crate::door::Door;
use crate::ledger::Ledger;

/// The nodes, as the testkit numbers them.
pub(crate) const NODES: [usize; 3] = [1, 2, 3];

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A cluster and its users.
pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) runtime: Runtime,
    pub(crate) client: Client,
    pub(crate) bucket: Name,
    pub(crate) administrator: Administrator,
    looker: Looker,
    profile: Profile,
    credentials: Credentials,
    lab: Lab,
    _only: MutexGuard<'static, ()>,
}

impl Stage {
    /// Three nodes that serve.
    pub(crate) fn new() -> Self {
        Self::of(&[])
    }

    /// A cluster that serves, made with these arguments of `dynamo-node dev`.
    pub(crate) fn of(arguments: &[&str]) -> Self {
        // A test that failed has left nothing behind that would matter to the next.
        let only = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let lab = Lab::new();
        let cluster = lab.dev(arguments);
        let profiles = Profiles::load(Some(&lab.config_home().join("dynamo/config.toml"))).unwrap();
        let profile = profiles.get(&cluster.profile().parse().unwrap()).unwrap();
        let runtime = Runtime::new().unwrap();
        let (client, looker, administrator) = runtime.block_on(async {
            let looker = Looker::connect(&profile).await.unwrap();
            (
                Client::connect(&profile).await.unwrap(),
                looker,
                Administrator::connect(&profile).await.unwrap(),
            )
        });
        let quorum = client.map().quorum;
        assert_eq!((quorum.n(), quorum.r(), quorum.w()), (3, 2, 2), "what the promises are about");
        Self {
            cluster,
            runtime,
            client,
            bucket: "default".parse().unwrap(),
            administrator,
            looker,
            credentials: profile.credentials(Plane::Client).unwrap(),
            profile,
            lab,
            _only: only,
        }
    }

    /// A client that has just come, and knows no more than the profile's addresses.
    pub(crate) fn newcomer(&self) -> Client {
        self.runtime.block_on(Client::connect(&self.profile)).unwrap()
    }

    /// The same, as many as are wanted.
    pub(crate) fn newcomers(&self, count: usize) -> Vec<Client> {
        (0..count).map(|_| self.newcomer()).collect()
    }

    /// Where `dynamo-ctl` runs.
    pub(crate) fn home(&self) -> &Path {
        self.lab.path()
    }

    /// Runs `dynamo-ctl` as the cluster's administrator.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> Output {
        self.lab.ctl(arguments)
    }

    /// The newest view of the cluster that any node has which answers.
    pub(crate) fn view(&self) -> Option<ClusterView> {
        let newest = self.looker.newest_cluster(self.cluster.addresses());
        self.runtime.block_on(newest).ok().map(|(view, _)| view)
    }

    /// Which nodes answer for each partition, as any node has it.
    pub(crate) fn ring(&self) -> RingView {
        self.runtime.block_on(self.looker.ring_of_any(self.cluster.addresses())).unwrap()
    }

    /// What a node takes in or gives up at this moment; nothing, if it does not answer.
    pub(crate) fn transfers_at(&self, n: usize) -> Vec<Transfer> {
        let address = self.cluster.addresses()[n - 1];
        let answers = self.runtime.block_on(self.looker.transfers_of_all(&[address]));
        answers.into_iter().filter_map(|(_, answer)| answer.ok()).flatten().collect()
    }

    /// Asks a node to stop, as a service manager does, and waits until it has.
    pub(crate) fn stop(&self, n: usize) {
        let pid = self.cluster.pid(n);
        kill_process(Pid::from_raw(pid).unwrap(), Signal::TERM).unwrap();
        assert!(await_until(PATIENCE, || !is_alive(pid)), "node-{n} does not stop");
    }

    /// A way to ask this node, and no other.
    pub(crate) fn door(&self, n: usize) -> Door {
        let address = self.cluster.addresses()[n - 1];
        let bucket = self.client.map().bucket_named(&self.bucket).unwrap().0;
        self.runtime.block_on(async {
            let endpoint = Endpoint::dialer(&self.credentials, Settings::default()).unwrap();
            let connection = endpoint.dial(address, Plane::Client).await.unwrap();
            Door::new(endpoint, connection, bucket)
        })
    }

    /// What a node says of itself; `None`: it does not answer.
    pub(crate) fn status(&self, n: usize) -> Option<NodeStatus> {
        self.runtime.block_on(self.looker.status(self.cluster.addresses()[n - 1])).ok()
    }

    /// Looks at a node again and again, until it is as wanted.
    pub(crate) fn await_status(&self, n: usize, what: &str, wanted: impl Fn(&NodeStatus) -> bool) {
        let mut last = None;
        let come_true = await_until(PATIENCE, || {
            last = self.status(n);
            last.as_ref().is_some_and(&wanted)
        });
        assert!(come_true, "not in time: {what}; node-{n} is {last:#?}");
    }

    /// Waits until a node may say "not found" of everything that it owns.
    pub(crate) fn await_compared(&self, n: usize) {
        self.await_status(n, "every partition is compared", is_compared);
    }

    /// Waits until the other nodes count on this one.
    pub(crate) fn await_up(&self, n: usize) {
        self.await_seen(n, |seen| seen == Liveness::Up);
    }

    /// Waits until the other nodes see this one so, or worse.
    pub(crate) fn await_missed(&self, n: usize, at_least: Liveness) {
        self.await_seen(n, |seen| seen >= at_least);
    }

    fn await_seen(&self, n: usize, wanted: impl Fn(Liveness) -> bool) {
        let map = self.client.map();
        let address = self.cluster.addresses()[n - 1];
        let (node, _) = map.members.iter().find(|(_, member)| member.address == address).unwrap();
        for other in NODES.into_iter().filter(|&other| other != n) {
            self.await_status(other, &format!("how it sees node-{n} changes"), |status| {
                status.peers.iter().any(|peer| peer.node == *node && wanted(peer.liveness))
            });
        }
    }

    /// Waits until these nodes have come to rest: compared, no hints left, and each with so many records.
    pub(crate) fn await_settled(&self, nodes: &[usize], records: usize) {
        for &n in nodes {
            self.await_status(n, &format!("{records} records, all compared, no hints"), |status| {
                let store = &status.store;
                is_compared(status) && store.hints == 0 && store.records == records as u64
            });
        }
    }

    /// Writes so many keys through the client; none of them may fail.
    pub(crate) fn write(&self, prefix: &str, count: usize) -> Ledger {
        let ledger = Ledger::of(prefix, count);
        self.runtime.block_on(ledger.write(&self.client, &self.bucket));
        ledger
    }

    /// The same with values of a few kilobytes.
    pub(crate) fn write_long(&self, prefix: &str, count: usize) -> Ledger {
        let ledger = Ledger::of_long(prefix, count);
        self.runtime.block_on(ledger.write(&self.client, &self.bucket));
        ledger
    }

    /// Reads everything through the client with its usual timeout; nothing may fail, and nothing may be missing.
    pub(crate) fn read_back(&self, ledger: &Ledger) {
        self.runtime.block_on(ledger.read_back(&self.client, &self.bucket));
    }

    /// Reads everything through one node; nothing may fail, and nothing may be missing.
    pub(crate) fn read_back_at(&self, n: usize, ledger: &Ledger, r: u8, strict: bool) {
        let door = self.door(n);
        self.runtime.block_on(ledger.read_back_at(&door, r, strict));
    }
}

impl Drop for Stage {
    /// What the nodes have logged goes with their folder; after a failure it is what one wants to read.
    #[expect(clippy::print_stderr, reason = "the test has failed, and somebody looks")]
    fn drop(&mut self) {
        if thread::panicking() {
            for n in 1..=self.cluster.addresses().len() {
                eprintln!("node-{n} has logged:\n{}", self.cluster.log(n));
            }
            eprintln!("dev has said:\n{}", self.cluster.complaints());
        }
    }
}

pub(crate) fn is_compared(status: &NodeStatus) -> bool {
    status.partitions_owned > 0 && status.partitions_compared == status.partitions_owned
}
