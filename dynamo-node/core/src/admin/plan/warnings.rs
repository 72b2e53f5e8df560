//! Warnings: what an operator should know of a plan, and what stands in nobody's way.

use std::collections::BTreeSet;

use shared::id::{Name, NodeId};

use super::draft::Draft;
use super::estimate::Flow;
use super::ground::Ground;
use super::survey::zone_count;

/// All of them, the gravest first.
pub(super) fn warnings(ground: &Ground<'_>, draft: &Draft<'_>, flow: &Flow) -> Vec<String> {
    let whole =
        [few_replicas(ground, draft), few_zones(ground, draft), paused(ground, flow), nothing(draft, flow)];
    let heirs = draft.heirs.iter().filter_map(|(&lost, &heir)| other_zone(ground, lost, heir));
    let zones = new_zones(ground, draft);
    whole.into_iter().flatten().chain(heirs).chain(zones).chain(unknown_sizes(ground, flow)).collect()
}

fn few_replicas(ground: &Ground<'_>, draft: &Draft<'_>) -> Option<String> {
    let (n, nodes) = (ground.quorum.n(), draft.members.len());
    (nodes < usize::from(n)).then(|| {
        format!(
            "every partition has {nodes} replicas, not N={n}: there are only {nodes} members; join more nodes"
        )
    })
}

fn few_zones(ground: &Ground<'_>, draft: &Draft<'_>) -> Option<String> {
    let (n, before, zones) = (ground.quorum.n(), zone_count(ground.members), zone_count(&draft.members));
    let fewer = if zones < before { format!("{zones}, down from {before}") } else { zones.to_string() };
    (zones < usize::from(n) && draft.members.len() >= usize::from(n)).then(|| {
        format!(
            "zones: {fewer}; N={n} replicas need {n} of them, so that partitions have several replicas in one zone"
        )
    })
}

fn paused(ground: &Ground<'_>, flow: &Flow) -> Option<String> {
    (ground.limits.is_paused && !flow.moves.is_empty())
        .then(|| "transfers are paused: nothing moves until `transfer resume`".to_owned())
}

fn nothing(draft: &Draft<'_>, flow: &Flow) -> Option<String> {
    draft.steps.is_empty().then(|| {
        if flow.moves.is_empty() {
            "nothing is staged, and the replicas lie as they should: there is nothing to do".to_owned()
        } else {
            "nothing is staged: this only evens out what is there".to_owned()
        }
    })
}

fn other_zone(ground: &Ground<'_>, lost: NodeId, heir: NodeId) -> Option<String> {
    let (lost, heir) = (ground.members.get(&lost)?, ground.waiting.get(&heir)?);
    (lost.zone != heir.zone).then(|| {
        format!(
            "{} takes the place of {} in zone {}, but its own configuration says {}: if that is where it is, stage `node \
             zone {} {}` afterwards",
            heir.name, lost.name, lost.zone, heir.zone, heir.name, heir.zone
        )
    })
}

fn new_zones(ground: &Ground<'_>, draft: &Draft<'_>) -> Vec<String> {
    let known: BTreeSet<&Name> = ground.members.values().map(|member| &member.zone).collect();
    let new = draft.members.values().filter(|member| !known.contains(&member.zone));
    new.map(|member| format!("{} brings a new zone, {}", member.name, member.zone)).collect()
}

/// Without its report a node's copies are guessed by the others', and its disk is not looked at.
fn unknown_sizes(ground: &Ground<'_>, flow: &Flow) -> Option<String> {
    let involved = flow.moves.iter().flat_map(|moved| moved.before.iter().chain(&moved.after));
    let silent: BTreeSet<NodeId> = involved.copied().filter(|&node| ground.load(node).is_none()).collect();
    let silent: Vec<String> = silent.into_iter().map(|node| ground.name_of(node)).collect();
    (!silent.is_empty()).then(|| {
        format!(
            "bytes are guessed, and disks not looked at, where nodes have not reported: {}",
            silent.join(", ")
        )
    })
}
