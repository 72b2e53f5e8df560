//! Draft: changes carried out on the members, on paper. Judges by what is declared alone, so that every node judges alike;
//! whether the nodes answer is `check`'s and `blockers`' business.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use shared::id::{Name, NodeId};
use shared::wire::plan::Change;

use super::ground::{Ground, Newcomer};
use super::misfit::{Misfit, THREE};
use crate::ring::Ring;
use crate::ring::placement::Candidate;
use crate::state::{Member, Status};

/// The greatest weight: fine enough for shares a thousandth apart, and sums stay small.
pub(super) const WEIGHT_MAX: u32 = 1_000;

/// A change whose nodes are found: names of nodes may be mistaken, ids are not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) enum Step {
    Join { node: NodeId, weight: u32, zone: Name },
    Leave { node: NodeId },
    Replace { node: NodeId, by: NodeId },
    Remove { node: NodeId },
    Weight { node: NodeId, weight: u32 },
    Zone { node: NodeId, zone: Name },
}

/// What the members are to become.
#[derive(Debug, Clone)]
pub(super) struct Draft<'a> {
    ground: &'a Ground<'a>,
    /// The members when all is done.
    pub(super) members: BTreeMap<NodeId, Member>,
    /// Who becomes a member, successors included.
    pub(super) joining: BTreeSet<NodeId>,
    /// Who hands over and goes.
    pub(super) leaving: BTreeSet<NodeId>,
    /// Who is replaced or removed.
    pub(super) lost: BTreeSet<NodeId>,
    /// Successors, by whom they replace.
    pub(super) heirs: BTreeMap<NodeId, NodeId>,
    /// The changes, in an order that does not depend on who was quicker.
    pub(super) steps: BTreeSet<Step>,
    said: BTreeMap<NodeId, Vec<&'a Change>>,
    zones: BTreeSet<&'a Name>,
}

impl<'a> Draft<'a> {
    /// Carries changes out, in order. The result does not depend on the order.
    pub(super) fn of(
        ground: &'a Ground<'a>,
        changes: impl Iterator<Item = &'a Change> + Clone,
    ) -> Result<Self, Misfit> {
        let mut draft = Self {
            ground,
            members: ground.members.clone(),
            joining: BTreeSet::new(),
            leaving: BTreeSet::new(),
            lost: BTreeSet::new(),
            heirs: BTreeMap::new(),
            steps: BTreeSet::new(),
            said: BTreeMap::new(),
            zones: zones(ground, changes.clone()),
        };
        for change in changes {
            draft.add(change)?;
        }
        Ok(draft)
    }

    /// Refuses what leaves fewer members than a quorum: no operator can insist on that, since nothing would be served.
    pub(super) fn with_enough_members(self) -> Result<Self, Misfit> {
        let quorum = self.ground.quorum;
        let least = usize::from(quorum.r().max(quorum.w()));
        if self.members.len() >= least {
            return Ok(self);
        }
        let gone: Vec<String> =
            self.leaving.iter().chain(&self.lost).map(|&node| self.ground.name_of(node)).collect();
        let left = self.members.len();
        let (gone, members) = (gone.join(", "), if left == 1 { "member" } else { "members" });
        Err(Misfit::refused(
            format!(
                "without {gone} there would be {left} {members} left, and {quorum} needs {least} to serve anything"
            ),
            format!("stage joins along with it, or replace nodes that are dead {THREE}"),
        ))
    }

    /// The members as placement sees them.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        candidates(&self.members)
    }

    /// The ring with every successor in the places of whom it replaces.
    pub(super) fn inherited(&self) -> Ring {
        let heir = |node: &NodeId| self.heirs.get(node).copied().unwrap_or(*node);
        Ring::new(self.ground.ring.lists().iter().map(|list| list.iter().map(heir).collect()).collect())
    }

    fn add(&mut self, change: &'a Change) -> Result<(), Misfit> {
        match change {
            Change::Join { node, weight, zone } => self.join(change, node, *weight, zone.as_ref()),
            Change::Leave { node } => self.leave(change, node),
            Change::Replace { node, by } => self.replace(change, node, by),
            Change::Remove { node } => self.remove(change, node),
            Change::Weight { node, weight } => self.weigh(change, node, *weight),
            Change::Zone { node, zone, is_new } => self.rezone(change, node, zone, *is_new),
        }
    }

    fn join(
        &mut self,
        change: &'a Change,
        name: &Name,
        weight: u32,
        zone: Option<&Name>,
    ) -> Result<(), Misfit> {
        let (node, newcomer) = self.newcomer(name)?;
        self.say(node, change)?;
        check_weight(name, weight)?;
        let zone = zone.unwrap_or(&newcomer.zone);
        if !self.zones.contains(zone) {
            return Err(Misfit::refused(
                format!("no member is in zone {zone}, and {name} itself is configured for {}", newcomer.zone),
                format!(
                    "check the zone's name against `node list`; if it is a new zone, say so in the configuration of {name}"
                ),
            ));
        }
        self.admit(node, newcomer, zone.clone(), weight);
        self.steps.insert(Step::Join { node, weight, zone: zone.clone() });
        Ok(())
    }

    fn leave(&mut self, change: &'a Change, name: &Name) -> Result<(), Misfit> {
        let (node, _) = self.member(name, change)?;
        self.members.remove(&node);
        self.leaving.insert(node);
        self.steps.insert(Step::Leave { node });
        Ok(())
    }

    fn replace(&mut self, change: &'a Change, name: &Name, by: &Name) -> Result<(), Misfit> {
        let (node, lost) = self.member(name, change)?;
        let (heir, newcomer) = self.newcomer(by)?;
        self.say(heir, change)?;
        self.admit(heir, newcomer, lost.zone.clone(), lost.weight);
        self.members.remove(&node);
        self.lost.insert(node);
        self.heirs.insert(node, heir);
        self.steps.insert(Step::Replace { node, by: heir });
        Ok(())
    }

    fn remove(&mut self, change: &'a Change, name: &Name) -> Result<(), Misfit> {
        let (node, _) = self.member(name, change)?;
        self.members.remove(&node);
        self.lost.insert(node);
        self.steps.insert(Step::Remove { node });
        Ok(())
    }

    fn weigh(&mut self, change: &'a Change, name: &Name, weight: u32) -> Result<(), Misfit> {
        check_weight(name, weight)?;
        let (node, before) = self.member(name, change)?;
        if before.weight == weight {
            return Err(Misfit::conflict(
                format!("{name} has the weight {weight} already"),
                "give another weight, or leave it",
            ));
        }
        if let Some(member) = self.members.get_mut(&node) {
            member.weight = weight;
        }
        self.steps.insert(Step::Weight { node, weight });
        Ok(())
    }

    fn rezone(&mut self, change: &'a Change, name: &Name, zone: &Name, is_new: bool) -> Result<(), Misfit> {
        let (node, before) = self.member(name, change)?;
        let inhabitant = self.ground.members.values().find(|member| member.zone == *zone);
        if before.zone == *zone {
            return Err(Misfit::conflict(
                format!("{name} is in zone {zone} already"),
                "name another zone, or leave it",
            ));
        }
        if let (true, Some(inhabitant)) = (is_new, inhabitant) {
            return Err(Misfit::refused(
                format!("{name} is to be the first in zone {zone}, but {} is in it already", inhabitant.name),
                "leave `--new` away if that very zone is meant, or name another one",
            ));
        }
        if !self.zones.contains(zone) {
            return Err(Misfit::refused(
                format!("no member is in zone {zone}, where {name} is to be"),
                "check the zone's name against `node list`; if it is a new zone, say so with `--new`",
            ));
        }
        if let Some(member) = self.members.get_mut(&node) {
            member.zone = zone.clone();
        }
        self.steps.insert(Step::Zone { node, zone: zone.clone() });
        Ok(())
    }

    fn admit(&mut self, node: NodeId, newcomer: &Newcomer, zone: Name, weight: u32) {
        let (name, address) = (newcomer.name.clone(), newcomer.address);
        self.members.insert(node, Member { name, address, zone, weight, status: Status::Active });
        self.joining.insert(node);
    }

    /// The member that a change is about, and notes that something was said of it.
    fn member(&mut self, name: &Name, change: &'a Change) -> Result<(NodeId, &'a Member), Misfit> {
        let ground = self.ground;
        let Some((node, member)) = ground.member(name) else { return Err(self.no_member(name)) };
        if member.status != Status::Active {
            return Err(Misfit::conflict(
                format!("{name} is in the middle of a change that was committed"),
                "wait until that is done (`op list`, `op wait`), or cancel it",
            ));
        }
        self.say(node, change)?;
        Ok((node, member))
    }

    fn no_member(&self, name: &Name) -> Misfit {
        let (what, hint) = if self.ground.left.values().any(|former| former == name) {
            (format!("{name} has left the cluster"), "`ring history` tells when".to_owned())
        } else if !self.ground.newcomers(name).is_empty() {
            (format!("{name} waits, and is no member yet"), format!("stage `node join {name}` to admit it"))
        } else {
            (format!("no member is called {name}"), "`node list` names them".to_owned())
        };
        Misfit::conflict(what, format!("{hint} {THREE}"))
    }

    /// The waiting node of a name, which must be fit to become a member.
    fn newcomer(&self, name: &Name) -> Result<(NodeId, &'a Newcomer), Misfit> {
        let ground = self.ground;
        let newcomers = ground.newcomers(name);
        if ground.member(name).is_some() {
            return Err(taken(name, !newcomers.is_empty()));
        }
        if ground.left.values().any(|former| former == name) {
            return Err(Misfit::conflict(
                format!("{name} was a member and has left; its name and its id are never used again"),
                "issue a certificate with another name, and start the node with an empty store",
            ));
        }
        match newcomers.as_slice() {
            [] => Err(Misfit::conflict(
                format!("no waiting node called {name} was heard of lately"),
                format!(
                    "start it with an empty store, with a certificate of this cluster ({}), and with `seeds` that reach \
                     a member; it then shows as waiting in `node list`",
                    ground.cluster
                ),
            )),
            &[(node, newcomer)]
                if !ground.members.contains_key(&node) && !ground.left.contains_key(&node) =>
            {
                Ok((node, newcomer))
            }
            [_] => Err(Misfit::conflict(
                format!("the waiting node {name} has the id of a member, or of one that left"),
                "issue a new certificate for it: ids are never used again",
            )),
            _ => Err(Misfit::conflict(
                format!("{} waiting nodes call themselves {name}", newcomers.len()),
                "stop those that are not meant, or issue a certificate with another name",
            )),
        }
    }

    /// Only a member's weight and its zone may change together; anything else said twice is a contradiction.
    fn say(&mut self, node: NodeId, change: &'a Change) -> Result<(), Misfit> {
        let said = self.said.entry(node).or_default();
        let goes_with = |other: &Change| {
            matches!(
                (other, change),
                (Change::Weight { .. }, Change::Zone { .. }) | (Change::Zone { .. }, Change::Weight { .. })
            )
        };
        if let Some(other) = said.iter().find(|other| !goes_with(other)) {
            let name = self.ground.name_of(node);
            let what = if *other == change {
                format!("`{change}` is staged already")
            } else {
                format!("`{change}` contradicts `{other}`, which is staged already")
            };
            return Err(Misfit::conflict(
                what,
                format!("take what is staged of {name} back with `plan clear` if the other is meant {THREE}"),
            ));
        }
        said.push(change);
        Ok(())
    }
}

/// Members as placement sees them.
pub(super) fn candidates(members: &BTreeMap<NodeId, Member>) -> Vec<Candidate> {
    let candidate = |(&node, member): (&NodeId, &Member)| Candidate {
        node,
        zone: member.zone.clone(),
        weight: member.weight,
    };
    members.iter().map(candidate).collect()
}

fn taken(name: &Name, is_another: bool) -> Misfit {
    if is_another {
        Misfit::conflict(
            format!("the name {name} is taken: a member has it, and another node that waits"),
            "issue a certificate with another name for the one that waits",
        )
    } else {
        Misfit::conflict(
            format!("{name} is a member already"),
            format!("to change its share, stage `node weight {name} WEIGHT`"),
        )
    }
}

fn check_weight(name: &Name, weight: u32) -> Result<(), Misfit> {
    if (1..=WEIGHT_MAX).contains(&weight) {
        return Ok(());
    }
    let hint =
        if weight == 0 { "a node that is to hold nothing has to leave" } else { "weights are relative" };
    Err(Misfit::refused(
        format!("a weight of {weight} for {name}: it lies between 1 and {WEIGHT_MAX}"),
        format!("give a weight in that range; {hint}"),
    ))
}

/// Zones that there are, or that changes bring by saying so: in any order, so that any order gives the same.
fn zones<'a>(ground: &'a Ground<'a>, changes: impl Iterator<Item = &'a Change>) -> BTreeSet<&'a Name> {
    let brought = changes.filter_map(|change| match change {
        Change::Zone { zone, is_new: true, .. } => Some(zone),
        Change::Join { node, zone, .. } => {
            let newcomer = ground.waiting.values().find(|newcomer| newcomer.name == *node)?;
            zone.as_ref().is_none_or(|zone| *zone == newcomer.zone).then_some(&newcomer.zone)
        }
        _ => None,
    });
    brought.chain(ground.members.values().map(|member| &member.zone)).collect()
}
