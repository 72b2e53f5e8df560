//! The ring on the stage: who is a member, what administrators ask for, how far an operation is.

use std::collections::BTreeMap;

use dynamo_core::effect::Reply;
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::row::Row;
use shared::error::Failure;
use shared::id::{OperationId, PlanId, RequestId};
use shared::wire::admin::{Admin, AdminResult, Commit, Done};
use shared::wire::client::{Answer, Request, Response, Verb};
use shared::wire::look::{Look, Seen};
use shared::wire::operation::OperationState;
use shared::wire::plan::Change;

use super::{At, Cluster, PATIENCE_MS, Wish, row, somebody};
use crate::clock::EPOCH_MS;
use crate::event::Alarm;
use crate::setup::Setup;
use crate::trace::Trace;
use crate::world::{Happening, World};

impl Cluster {
    /// So many members, all of them up and compared, and so many nodes more that wait to become members.
    pub fn with_spares(nodes: usize, spares: usize) -> Self {
        Self::made_of(Setup { spares, ..Setup::of(nodes) })
    }

    /// A cluster made of exactly this, all of its nodes up and compared.
    pub fn made_of(setup: Setup) -> Self {
        let mut world = World::new(7, setup, None, Trace::default());
        (0..world.machines.len()).for_each(|position| world.start(position));
        let mut cluster = Self { world };
        cluster.settle();
        cluster
    }

    /// Puts to many keys through one node, ten keys each millisecond from now on, without waiting for answers in between. How
    /// many were acknowledged; where one was whom too few of those have who answer reads by then, the world says so
    /// ([`World::broken`]).
    pub fn puts(&mut self, number: usize, keys: &[String]) -> usize {
        let mut asked: BTreeMap<CallId, (Row, RequestId)> = BTreeMap::new();
        let mut acknowledged = 0;
        for (key, wait_us) in keys.iter().map(|key| (Some(key), 100)).chain([(None, 5_000_000)]) {
            if let Some(key) = key {
                let wish = Wish { strict: Some(true), ..Wish::default() };
                let verb = Verb::Put(super::at::put(key, Some(key), wish));
                let id = RequestId(self.world.rng.draw_u128());
                let sent_ms = EPOCH_MS + self.world.now_us / 1_000;
                let request = Request { id, sent_ms, timeout_ms: 1_000, verb };
                let call = self.world.ask(number - 1, |call| Input::Client(call, request));
                asked.insert(call, (row(key), id));
            }
            let until_us = self.world.now_us + wait_us;
            self.world.alarm(wait_us, Alarm::Pause);
            while self.world.now_us < until_us {
                if let Some(Happening::Replied(call, reply)) = self.world.step()
                    && let Reply::Client(Response { result: Ok(Answer::Written(written)), .. }) = *reply
                    && let Some((row, id)) = asked.remove(&call)
                {
                    acknowledged += 1;
                    let dots = self.world.witness.dots.get(&id).cloned().unwrap_or_default();
                    self.world.acknowledged(row, dots, written.replicas.saturating_sub(written.fallbacks));
                }
            }
        }
        acknowledged
    }

    /// The world's time, in milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.world.now_us / 1_000
    }

    /// The members, by the newest declared state that is in force anywhere.
    pub fn members(&self) -> Vec<usize> {
        let mut members: Vec<usize> = self.world.members().into_iter().map(|at| at + 1).collect();
        members.sort_unstable();
        members
    }

    /// The voter who conducts a change of the ring while it is up.
    ///
    /// # Panics
    /// If nobody votes.
    pub fn first_voter(&self) -> usize {
        let first = self.world.in_force().voters().next().expect("a voter");
        self.world.position_of(first).expect("a machine") + 1
    }

    /// Asks a node as an administrator.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn admin(&mut self, number: usize, admin: Admin) -> AdminResult {
        match self.call(number - 1, |call| Input::Admin(call, somebody(), admin)) {
            Some(Reply::Admin(result)) => result,
            other => panic!("an administrator was answered with {other:?}"),
        }
    }

    /// Asks several nodes at once, and returns the answers in the order of the questions.
    ///
    /// # Panics
    /// If one does not answer.
    pub fn admins(&mut self, asked: impl IntoIterator<Item = (usize, Admin)>) -> Vec<AdminResult> {
        let ask = |(number, admin): (usize, Admin)| {
            self.world.ask(number - 1, |call| Input::Admin(call, somebody(), admin))
        };
        let calls: Vec<CallId> = asked.into_iter().map(ask).collect();
        self.world.alarm(PATIENCE_MS * 1_000, Alarm::Pause);
        let mut told: BTreeMap<CallId, AdminResult> = BTreeMap::new();
        while told.len() < calls.len() {
            match self.world.step() {
                Some(Happening::Replied(call, reply)) => {
                    if let Reply::Admin(result) = *reply {
                        told.insert(call, result);
                    }
                }
                None | Some(Happening::Alarm(Alarm::Pause)) => panic!("an administrator was not answered"),
                Some(_) => {}
            }
        }
        calls.iter().filter_map(|call| told.remove(call)).collect()
    }

    /// The plan of what is staged, as a node sees it.
    pub fn plan(&mut self, number: usize) -> PlanId {
        self.plan_of(number, Vec::new())
    }

    /// The plan of what is staged and of these.
    ///
    /// # Panics
    /// If there is none.
    pub fn plan_of(&mut self, number: usize, changes: Vec<Change>) -> PlanId {
        match self.call(number - 1, |call| Input::Look(call, Look::Plan { changes })) {
            Some(Reply::Look(Ok(Seen::Plan(plan)))) => plan.id,
            other => panic!("whoever asked for a plan was answered with {other:?}"),
        }
    }

    /// Stages these, reads the plan and commits it, through one node.
    pub fn change(&mut self, number: usize, changes: Vec<Change>) -> Result<OperationId, Failure> {
        self.commit(number, changes, false)
    }

    /// The same, whatever stands in the way that may be insisted on.
    pub fn change_insisting(&mut self, number: usize, changes: Vec<Change>) -> Result<OperationId, Failure> {
        self.commit(number, changes, true)
    }

    fn commit(&mut self, number: usize, changes: Vec<Change>, insist: bool) -> Result<OperationId, Failure> {
        self.admin(number, Admin::Stage { changes })?;
        let plan = self.plan(number);
        match self.admin(number, Admin::Commit(Commit { plan, insist, without_majority: None }))? {
            Done::Committed { operation, .. } => Ok(operation),
            other => panic!("a commit was answered with {other:?}"),
        }
    }

    /// Lets so many partitions move at once.
    ///
    /// # Panics
    /// If that is refused.
    pub fn limit(&mut self, number: usize, partitions_at_once: u32) {
        let limit = Admin::Limit { bytes_per_second: None, partitions_at_once: Some(partitions_at_once) };
        self.admin(number, limit).expect("limits are set");
    }

    /// The members that run.
    pub fn running(&self) -> Vec<usize> {
        let runs = |number: &usize| self.world.machine(number - 1).is_running();
        self.members().into_iter().filter(runs).collect()
    }

    /// Another member that runs and has the newest declared state.
    ///
    /// # Panics
    /// If there is none.
    pub fn another(&mut self, number: usize) -> At<'_> {
        let newest = Some(self.world.in_force().edition());
        let is_another = |other: &usize| *other != number && self.world.machine(other - 1).edition == newest;
        let other = self.running().into_iter().find(is_another).expect("another member");
        self.node(other)
    }

    /// How an operation stands, as a member tells it that has the newest declared state.
    ///
    /// # Panics
    /// If it knows nothing of it.
    pub fn operation(&mut self, operation: OperationId) -> OperationState {
        let newest = Some(self.world.in_force().edition());
        let has_it = |number: &usize| self.world.machine(number - 1).edition == newest;
        let number = self.running().into_iter().find(has_it).expect("a member with the newest state runs");
        self.operation_at(number, operation)
    }

    /// How an operation stands, as a node tells it.
    ///
    /// # Panics
    /// If it knows nothing of it.
    pub fn operation_at(&mut self, number: usize, operation: OperationId) -> OperationState {
        match self.call(number - 1, |call| Input::Look(call, Look::Cluster)) {
            Some(Reply::Look(Ok(Seen::Cluster(cluster)))) => {
                let known = cluster.operations.into_iter().find(|known| known.id == operation);
                known.expect("a known operation").state
            }
            other => panic!("an onlooker was answered with {other:?}"),
        }
    }

    /// Lets time pass until an operation is over everywhere, a minute at most. Says whether it is.
    pub fn ends(&mut self, operation: OperationId) -> bool {
        (0..120).any(|_| {
            self.pass(500);
            let is_over = self.operation(operation).is_over();
            is_over && self.world.in_force().transition.is_none()
        })
    }
}
