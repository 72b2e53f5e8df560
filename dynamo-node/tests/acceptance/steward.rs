//! The steward: what an administrator does with `dynamo-ctl`, and what has to come of it.

use std::time::Duration;

use dynamo_client::ClientError;
use dynamo_testkit::await_until;
use shared::error::Failure;
use shared::id::NodeId;
use shared::wire::admin::{Admin, Done};
use shared::wire::cluster::{ClusterView, NodeView, Status};
use shared::wire::look::{Liveness, NodeStatus};
use shared::wire::operation::{Operation, OperationState};

use crate::ledger::told;
use crate::stage::{Stage, is_compared};

/// How long the cluster gets for what takes seconds on a machine that does nothing else.
pub(crate) const LONG: Duration = Duration::from_mins(3);

/// So slow that a transfer of some hundred kilobytes takes its time.
const SLOW: &str = "20KiB";

/// Exit codes of `op wait`, as its manual has them.
const DONE: i32 = 0;
const NOT_FINISHED: i32 = 8;
pub(crate) const CANCELLED: i32 = 14;

/// What the tool itself waits before it says that an operation goes on; less than the patience with the tool.
const ONE_WAIT: &str = "40s";

impl Stage {
    /// A node's name, as `dev` and the testkit give it.
    pub(crate) fn name(n: usize) -> String {
        format!("node-{n}")
    }

    /// Starts one more node, and waits until the others know that it waits.
    pub(crate) fn add(&mut self, zone: Option<&str>) -> usize {
        let n = self.cluster.add(zone);
        self.await_node(n, "it is seen waiting", |node| node.status == Status::Waiting);
        n
    }

    /// Runs `dynamo-ctl`, which must succeed.
    pub(crate) fn do_with_ctl(&self, arguments: &[&str]) -> String {
        let output = self.ctl(arguments);
        assert_eq!(output.code, 0, "{arguments:?}: {output:?}");
        output.text().to_owned()
    }

    /// Stages this (`node` and what follows), and commits it: the operation that carries it out, by its id.
    pub(crate) fn commit(&self, change: &[&str]) -> String {
        self.do_with_ctl(&[&["node"], change].concat());
        self.commit_staged()
    }

    /// Commits what is staged: the operation that carries it out, by its id.
    pub(crate) fn commit_staged(&self) -> String {
        self.do_with_ctl(&["plan", "commit", "--yes", "-o", "name"]).trim().to_owned()
    }

    /// Asks the first node for a change as the tool would, without what the tool checks beforehand.
    pub(crate) fn ask(&self, change: &Admin) -> Result<Done, Failure> {
        let asked = self.administrator.ask(self.cluster.addresses()[0], change);
        self.runtime.block_on(asked).map_err(|error| match error {
            ClientError::Failed { failure, .. } => failure,
            other => panic!("{}", told(&other)),
        })
    }

    /// Waits until an operation is done, as a person would.
    pub(crate) fn await_operation(&self, id: &str) {
        self.await_end(id, DONE);
    }

    /// Waits until an operation has ended, with this exit code of the tool.
    pub(crate) fn await_end(&self, id: &str, code: i32) {
        let mut last = None;
        let has_ended = await_until(LONG, || {
            let output = self.ctl(&["op", "wait", id, "--progress", "plain", "--timeout", ONE_WAIT]);
            let has_ended = output.code != NOT_FINISHED;
            last = Some(output);
            has_ended
        });
        let last = last.unwrap();
        assert!(
            has_ended && last.code == code,
            "operation {id} has not ended so: {last:?}\n{:#?}",
            self.view()
        );
    }

    /// Lets data move so slowly that an operation can be met in its midst.
    pub(crate) fn slow_down(&self) {
        self.do_with_ctl(&["transfer", "limit", "--partitions", "4", "--bytes-per-second", SLOW]);
    }

    /// Lets data move as fast as it goes, what moves already too.
    pub(crate) fn speed_up(&self) {
        self.do_with_ctl(&["transfer", "limit", "--partitions", "16", "--bytes-per-second", "none"]);
    }

    /// Waits until an operation says that it waits for a node.
    pub(crate) fn await_stall(&self, id: &str, n: usize) {
        let name = Self::name(n);
        self.await_view(&format!("operation {id} waits for {name}, and says so"), |view| {
            let operation = view.operations.iter().find(|operation| operation.id.to_string() == id);
            let stalled = operation.and_then(|operation| operation.stalled.as_ref());
            stalled.is_some_and(|reason| reason.contains(&name))
        });
    }

    /// The whole of a change, from staging it until nothing is left of it to do.
    pub(crate) fn carry_out(&self, change: &[&str]) {
        let operation = self.commit(change);
        self.await_operation(&operation);
    }

    /// Waits until an operation is in the midst of it: partitions are on the move, and others still wait for their turn.
    pub(crate) fn await_midst(&self, id: &str) {
        self.await_view(&format!("operation {id} is in the midst of it"), |view| {
            let operation = view.operations.iter().find(|operation| operation.id.to_string() == id);
            operation.is_some_and(|operation| {
                assert_eq!(operation.state, OperationState::Running, "it was over too soon: {operation:?}");
                is_in_its_midst(operation)
            })
        });
    }

    /// Waits until a node takes data in from another: the number of that other.
    pub(crate) fn await_source_of(&self, n: usize) -> usize {
        let mut source = None;
        let is_there = await_until(LONG, || {
            source = self.transfers_at(n).into_iter().find_map(|transfer| transfer.source);
            source.is_some()
        });
        assert!(is_there, "{} takes nothing in: {:#?}", Self::name(n), self.transfers_at(n));
        self.number_of(source.unwrap())
    }

    /// The member that carries operations on: the first by its id.
    pub(crate) fn conductor(&self) -> usize {
        let view = self.view().unwrap();
        let members = view.nodes.iter().filter(|node| is_member(node));
        self.number_of(members.map(|node| node.node).min().unwrap())
    }

    /// The testkit's number of a node.
    pub(crate) fn number_of(&self, node: NodeId) -> usize {
        let view = self.view().unwrap();
        let node = view.nodes.iter().find(|known| known.node == node).unwrap();
        let addresses = self.cluster.addresses();
        addresses.iter().position(|address| *address == node.address).unwrap() + 1
    }

    /// The members, by the testkit's numbers.
    pub(crate) fn members(&self) -> Vec<usize> {
        let addresses = self.cluster.addresses().to_vec();
        let view = self.view().unwrap();
        let is_there =
            |n: &usize| view.nodes.iter().any(|node| node.address == addresses[n - 1] && is_member(node));
        (1..=addresses.len()).filter(is_there).collect()
    }

    /// Looks at the cluster again and again, until it is as wanted.
    pub(crate) fn await_view(&self, what: &str, wanted: impl Fn(&ClusterView) -> bool) {
        let mut last = None;
        let come_true = await_until(LONG, || {
            last = self.view();
            last.as_ref().is_some_and(&wanted)
        });
        assert!(come_true, "not in time: {what}; the cluster is {last:#?}");
    }

    /// Looks at how the cluster has one of its nodes, until it is as wanted.
    pub(crate) fn await_node(&self, n: usize, what: &str, wanted: impl Fn(&NodeView) -> bool) {
        let name = Self::name(n);
        self.await_view(&format!("{name}: {what}"), |view| {
            view.nodes.iter().any(|node| node.name.as_str() == name && wanted(node))
        });
    }

    /// Waits until all members are well: each has the newest state, has compared everything, keeps no hints, and sees
    /// every other up.
    pub(crate) fn await_calm(&self) {
        for n in self.members() {
            let mut last = None;
            let is_calm = await_until(LONG, || {
                last = self.status(n);
                let version = self.view().map(|view| view.version);
                last.as_ref().is_some_and(|status| {
                    status.whoami.state_version.is_some()
                        && status.whoami.state_version == version
                        && is_well(status)
                })
            });
            assert!(is_calm, "{} does not come to rest: {last:#?}\n{:#?}", Self::name(n), self.view());
        }
    }

    /// Waits until as many copies of so many keys are held by the members together as there are to be: none is missing, and
    /// none that was given up is left.
    pub(crate) fn await_copies(&self, keys: usize) {
        let wanted = keys * usize::from(self.client.map().quorum.n());
        let members = self.members();
        let mut last = Vec::new();
        let are_there = await_until(LONG, || {
            let records = |n: &usize| self.status(*n).map(|status| status.store.records);
            last = members.iter().map(records).collect();
            last.iter().flatten().sum::<u64>() == wanted as u64
        });
        assert!(are_there, "of {keys} keys, {members:?} hold {last:?} copies, and {wanted} are wanted");
    }
}

fn is_member(node: &NodeView) -> bool {
    !matches!(node.status, Status::Waiting | Status::Left)
}

fn is_in_its_midst(operation: &Operation) -> bool {
    operation.joint > 0 && operation.waiting > 0
}

fn is_well(status: &NodeStatus) -> bool {
    let all_up = status.peers.iter().all(|peer| peer.liveness == Liveness::Up && peer.hints == 0);
    is_compared(status) && status.store.hints == 0 && all_up
}
