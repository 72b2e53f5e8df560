//! Watching: which declared states come into force, and whether they may; whether new owners have what they answer for, and
//! old copies go when they may (invariants M1 to M5, X1 to X5). The world looks behind the scenes for all of this.

use std::collections::BTreeSet;
use std::sync::Arc;

use dynamo_core::row::Row;
use dynamo_core::state::{ClusterState, Declared, Edition};
use dynamo_core::version::Dot;
use shared::id::NodeId;
use shared::token::PartitionId;
use shared::wire::cluster::Phase;
use shared::wire::look::Liveness;
use shared::wire::operation::{Operation, OperationState};
use shared::wire::plan::Change;

use super::World;
use crate::check::Check;
use crate::machine::Machine;
use crate::register::{Acknowledged, Version};

impl World {
    /// The newest declared state that is in force anywhere.
    pub fn in_force(&self) -> &ClusterState {
        self.register.newest.as_ref().map_or(&self.declared.state, |newest| &newest.state)
    }

    /// Where the machines of all members are.
    pub fn members(&self) -> Vec<usize> {
        let members = self.in_force().members.keys();
        members.filter_map(|&member| self.position_of(member)).collect()
    }

    /// Whether N members stay without one of them, whatever is under way, or somebody waits to take its place.
    pub fn is_dispensable(&self, position: usize) -> bool {
        let state = self.in_force();
        let target = state.transition.as_ref().map_or(&state.members, |transition| &transition.target);
        let lost = self.machine(position).me.node;
        let stay = target.keys().filter(|&&node| node != lost && state.members.contains_key(&node)).count();
        let waits = |machine: &Machine| {
            let (node, is_new) = (machine.me.node, !machine.was_lost && machine.is_running());
            is_new && !state.members.contains_key(&node) && !state.left.contains_key(&node)
        };
        stay >= usize::from(state.quorum.n()) || self.machines.iter().any(waits)
    }

    /// A write was acknowledged as synced by so many owners.
    pub(crate) fn acknowledged(&mut self, row: Row, dots: Vec<Dot>, owners: u8) {
        if owners >= self.setup.quorum.w() {
            let write = Acknowledged { row, dots, at_us: self.now_us };
            if let Some(what) = self.is_out_of_sight(&write) {
                self.breaks(Check::NewOwnersWhole, what);
            }
            self.register.acknowledged.push(write);
        }
    }

    /// X1: what has just been acknowledged is met by every R of those who answer reads by now, whichever phase it was
    /// written in.
    fn is_out_of_sight(&self, write: &Acknowledged) -> Option<String> {
        if self.was_damaged || self.machines.iter().any(|machine| machine.was_wiped) {
            return None;
        }
        let state = self.in_force();
        let partition = state.partitions.of(write.row.token());
        let readers = state.placed(partition).readers();
        self.is_missed_by(state, readers, write).then(|| {
            let Acknowledged { row, dots, .. } = write;
            format!(
                "{dots:?} of {row:?} is acknowledged, and too few of {readers:?} have it, who answer for partition \
                 {partition} in version {}",
                state.version
            )
        })
    }

    /// Whether R of these nodes could be asked and none has it.
    fn is_missed_by(&self, state: &ClusterState, owners: &[NodeId], write: &Acknowledged) -> bool {
        let has_it = |node: &&NodeId| self.position_of(**node).is_some_and(|at| self.has(at, write));
        owners.iter().filter(has_it).count() + usize::from(state.quorum.r()) <= owners.len()
    }

    pub(super) fn breaks(&mut self, check: Check, what: String) {
        self.broken.push((check, what));
    }

    /// A node has started.
    pub(super) fn starts(&mut self, position: usize) {
        let machine = self.machine(position);
        let Some(kept) = &machine.disk.durable.kept else { return };
        let (state, me) = (&kept.declared.state, machine.me.node);
        if state.partitions.iter().any(|partition| state.placed(partition).is_filling(me)) {
            self.sometimes.count("transfer resumed after a crash");
        }
    }

    /// A node sees another differently.
    pub(super) fn observes(&mut self, position: usize, node: NodeId, liveness: Liveness) {
        let observer = self.machine(position).me.node;
        if liveness == Liveness::Down {
            self.register.called_down.insert(node, self.now_us);
            self.register.calls_down.insert((observer, node));
        } else {
            self.register.calls_down.remove(&(observer, node));
        }
    }

    /// Whether a node has brought another version into force.
    pub(super) fn watch(&mut self, position: usize) {
        let Some(machine) = self.machines.get_mut(position) else { return };
        let node = machine.node.as_ref().filter(|node| !node.has_left());
        let Some(declared) = node.and_then(|node| node.declared()).map(Arc::clone) else { return };
        let edition = declared.state.edition();
        if machine.edition == Some(edition) {
            return;
        }
        let before = machine.edition.replace(edition);
        let name = machine.me.name.clone();
        if let Some(before) = before.filter(|before| before.lineage == edition.lineage)
            && before.version > edition.version
        {
            self.breaks(Check::OneRing, format!("{name} goes back from {before:?} to {edition:?}"));
        }
        let hash = declared.state.hash();
        match self.register.versions.get(&edition) {
            Some(known) if known.hash != hash => {
                self.breaks(Check::OneRing, format!("{name} has another state than others as {edition:?}"));
            }
            Some(_) => {}
            None => self.comes_into_force(&declared, hash),
        }
    }

    fn comes_into_force(&mut self, declared: &Arc<Declared>, hash: u128) {
        let state = &declared.state;
        let operation = state.transition.as_ref().map(|transition| transition.operation);
        self.trace.line(self.now_us, None, || in_words(state));
        self.is_alone(state);
        self.register.versions.insert(state.edition(), Version { hash, operation });
        if let Some(operation) = operation {
            self.register.begun.entry(operation).or_insert(self.now_us);
        }
        self.has_whole_lists(state);
        self.keeps_out(state);
        self.hands_over(state);
        let ended = state.operations.first().filter(|ended| !self.register.ended.contains(&ended.id));
        if let Some(ended) = ended {
            self.register.ended.insert(ended.id);
            self.ends(state, ended);
        }
        let rank = |state: &ClusterState| (state.ancestors.len(), state.version);
        if rank(state) > rank(self.in_force()) || self.register.newest.is_none() {
            self.register.newest = Some(Arc::clone(declared));
        }
    }

    /// X5: one operation follows another only when that is over.
    fn is_alone(&mut self, state: &ClusterState) {
        let before = Edition { lineage: state.lineage, version: state.version.saturating_sub(1) };
        let before = self.register.versions.get(&before).and_then(|before| before.operation);
        let now = state.transition.as_ref().map(|transition| transition.operation);
        if let (Some(before), Some(now)) = (before, now)
            && before != now
        {
            let what =
                format!("operation {now} began in version {} while {before} was under way", state.version);
            self.breaks(Check::OneTransition, what);
        }
    }

    /// M3.
    fn has_whole_lists(&mut self, state: &ClusterState) {
        let enough = usize::from(state.quorum.n()).min(state.members.len());
        let is_wrong = |list: &[NodeId]| {
            let distinct: BTreeSet<&NodeId> = list.iter().collect();
            let are_members = list.iter().all(|node| state.members.contains_key(node));
            distinct.len() != list.len() || list.len() < enough || !are_members
        };
        let wrong = state.partitions.iter().find(|&partition| state.placed(partition).lists().any(is_wrong));
        if let Some(partition) = wrong {
            let lists: Vec<_> = state.placed(partition).lists().map(<[NodeId]>::to_vec).collect();
            self.breaks(
                Check::Distinct,
                format!("partition {partition} of version {} is on {lists:?}", state.version),
            );
        }
    }

    /// M5: nobody is a member again.
    fn keeps_out(&mut self, state: &ClusterState) {
        self.register.former.extend(state.left.keys());
        let again = state.members.keys().find(|node| self.register.former.contains(node));
        if let Some(again) = again {
            let what = format!("{} is a member again in version {}", state.name_of(*again), state.version);
            self.breaks(Check::StaysOut, what);
        }
    }

    /// X1: whoever answers for a partition from this version on has everything that was acknowledged before it was on its
    /// way there. What came since reached W of the new list by itself.
    fn hands_over(&mut self, state: &ClusterState) {
        let Some(transition) = &state.transition else { return };
        for (&partition, moving) in &transition.moves {
            if state.placed(partition).epoch != state.version {
                continue;
            }
            match moving.phase {
                Phase::Joint => {
                    self.register.joint_since.insert(partition, self.now_us);
                }
                Phase::Handover => {
                    let before = self.register.joint_since.get(&partition).copied().unwrap_or(0);
                    let current = state.ring.owners(partition);
                    let fresh = moving.next.iter().copied().filter(|node| !current.contains(node));
                    self.have_everything(state, partition, &fresh.collect::<Vec<_>>(), before);
                    self.would_be_read(state, partition, &moving.next);
                }
                Phase::Old => {}
            }
        }
    }

    /// X4: what an operation has moved lies on all its owners.
    fn ends(&mut self, state: &ClusterState, ended: &Operation) {
        if ended.state == OperationState::Cancelled {
            self.sometimes.count("change of the ring cancelled");
            return;
        }
        for change in &ended.changes {
            self.sometimes.count(match change {
                Change::Join { .. } => "join done",
                Change::Leave { .. } => "leave done",
                Change::Replace { .. } => "replace done",
                Change::Remove { .. } => "remove done",
                Change::Weight { .. } => "weight done",
                Change::Zone { .. } => "zone done",
            });
        }
        let before_us = self.register.begun.get(&ended.id).copied().unwrap_or(0);
        let change = state.history.iter().find(|change| change.operation == Some(ended.id));
        for (partition, before) in change.map(|change| change.before.clone()).unwrap_or_default() {
            let owners = state.ring.owners(partition);
            let gave_up = before.iter().filter(|node| !owners.contains(node));
            // A copy that is lost is not compared with: whoever stays is no better off by the move.
            let is_compared =
                gave_up.clone().count() > 0 && gave_up.clone().all(|node| !self.was_lost(*node));
            // Nor is one that was called down meanwhile waited for.
            let was_there = |node: &NodeId| {
                let called_down = self.register.called_down.get(node).copied().unwrap_or(0);
                called_down < before_us && self.register.calls_down.iter().all(|(_, down)| down != node)
            };
            let stayed = |node: &NodeId| before.contains(node);
            let concerned =
                owners.iter().copied().filter(|node| !stayed(node) || (is_compared && was_there(node)));
            let concerned: Vec<NodeId> = concerned.collect();
            self.have_everything(state, partition, &concerned, before_us);
        }
    }

    fn was_lost(&self, node: NodeId) -> bool {
        self.position_of(node).is_none_or(|at| self.machine(at).was_lost)
    }

    /// Whether these nodes' disks have all that was acknowledged in a partition before a time. Where disks lose anything,
    /// it is for the checks of clients to say what had to be kept.
    fn have_everything(
        &mut self,
        state: &ClusterState,
        partition: PartitionId,
        nodes: &[NodeId],
        before_us: u64,
    ) {
        if self.was_damaged || self.machines.iter().any(|machine| machine.was_wiped) {
            return;
        }
        let owed =
            self.register.acknowledged.iter().filter(|write| {
                write.at_us < before_us && state.partitions.of(write.row.token()) == partition
            });
        let mut missing = None;
        for write in owed {
            for at in nodes.iter().filter_map(|&node| self.position_of(node)) {
                let machine = self.machine(at);
                if !machine.was_lost && !self.has(at, write) {
                    missing = Some((machine.me.name.clone(), write.clone()));
                }
            }
        }
        if let Some((name, write)) = missing {
            let what = format!(
                "{name} owns partition {partition} in version {}, and lacks of {:?} {:?}, acknowledged at {} us",
                state.version, write.row, write.dots, write.at_us
            );
            self.breaks(Check::NewOwnersWhole, what);
        }
    }

    /// X1: whatever was acknowledged so far, in whichever phase, is met by every R of those who answer from now on.
    fn would_be_read(&mut self, state: &ClusterState, partition: PartitionId, next: &[NodeId]) {
        if self.was_damaged || self.machines.iter().any(|machine| machine.was_wiped) {
            return;
        }
        let of_partition = |write: &&Acknowledged| state.partitions.of(write.row.token()) == partition;
        let mut missed = self.register.acknowledged.iter().filter(of_partition);
        let missed = missed.find(|write| self.is_missed_by(state, next, write));
        if let Some(write) = missed {
            let what = format!(
                "partition {partition} is handed over in version {}, and too few of its new owners have of {:?} {:?}, \
                 acknowledged at {} us",
                state.version, write.row, write.dots, write.at_us
            );
            self.breaks(Check::NewOwnersWhole, what);
        }
    }

    fn has(&self, position: usize, write: &Acknowledged) -> bool {
        let held = self.machine(position).disk.durable.objects.get(&write.row);
        held.is_some_and(|record| write.dots.iter().any(|&dot| record.clock.contains(dot)))
    }

    /// X3: what is about to be removed must lie on all owners, as this node knows them.
    pub(super) fn about_to_sweep(&mut self, position: usize, lane: usize) {
        let Some((partition, rows)) = self.machine(position).disk.about_to_sweep(lane) else { return };
        let node = self.machine(position).node.as_ref();
        let Some(declared) = node.and_then(|node| node.declared()).map(Arc::clone) else { return };
        self.sometimes.count("old copy given up");
        let holders = declared.state.placed(partition).holders();
        for at in holders.into_iter().filter_map(|node| self.position_of(node)) {
            let owner = self.machine(at);
            if owner.was_wiped || owner.was_lost || self.was_damaged {
                continue;
            }
            let lacking = rows.iter().find(|(row, record)| !self.holds_safely(at, row, record));
            if let Some((row, _)) = lacking {
                let (name, owner) = (&self.machine(position).me.name, &owner.me.name);
                let what = format!(
                    "{name} gives up {row:?} of partition {partition}, and {owner} lacks something of it"
                );
                return self.breaks(Check::OldCopyLast, what);
            }
        }
    }

    /// M5: former members that run, with whatever they have on their disks, and serve.
    pub fn former_member_that_serves(&self) -> Option<String> {
        let serves = self.machines.iter().find(|machine| {
            let node = machine.node.as_ref();
            self.register.former.contains(&machine.me.node)
                && node.is_some_and(|node| node.declared().is_some() && !node.has_left())
        });
        serves.map(|machine| format!("{} is no member any more, and goes on as one", machine.me.name))
    }

    /// M1: members that do not have the newest version.
    pub fn member_that_is_behind(&self) -> Option<String> {
        let newest = self.in_force().edition();
        let behind = self
            .members()
            .into_iter()
            .map(|at| self.machine(at))
            .find(|machine| !machine.is_destroyed && machine.edition != Some(newest));
        behind.map(|machine| {
            format!("{} has {:?}, and {newest:?} is in force", machine.me.name, machine.edition)
        })
    }
}

fn in_words(state: &ClusterState) -> String {
    let names =
        |nodes: &[NodeId]| nodes.iter().map(|&node| state.name_of(node)).collect::<Vec<_>>().join(" ");
    let members = state.members.values().map(|member| format!("{} {:?}", member.name, member.status));
    let mut words = vec![format!("version {} in force", state.version)];
    words.extend(members);
    if let Some(transition) = &state.transition {
        let cancelled = if transition.is_cancelled { " (cancelled)" } else { "" };
        words.push(format!("operation {}{cancelled}", transition.operation));
        let moves = transition.moves.iter();
        words.extend(moves.map(|(at, moving)| format!("{at} {:?} to {}", moving.phase, names(&moving.next))));
        let dropping: Vec<NodeId> = transition.dropping.keys().copied().collect();
        words.push(format!("dropping {}", names(&dropping)));
    }
    words.join("; ")
}
