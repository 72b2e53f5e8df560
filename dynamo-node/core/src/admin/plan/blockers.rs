//! Blockers: what stands in the way of a commit, node by node, and whether an operator may insist all the same.

use std::collections::BTreeSet;

use shared::id::{Name, NodeId};
use shared::token::PartitionId;
use shared::wire::look::Liveness;
use shared::wire::plan::Blocker;

use super::draft::Draft;
use super::estimate::Flow;
use super::ground::Ground;
use super::misfit::THREE;
use super::survey::EXAMPLES;

/// Everything that stands in the way, the cluster as a whole first, then by name.
pub(super) fn blockers(ground: &Ground<'_>, draft: &Draft<'_>, flow: &Flow) -> Vec<Blocker> {
    let whole = [transfer(ground), replicas(ground, draft), sources(ground, draft, flow)];
    let nodes: BTreeSet<NodeId> = draft.members.keys().chain(ground.members.keys()).copied().collect();
    let each = nodes.into_iter().flat_map(|node| {
        [alive(ground, draft, node), unreachable(ground, draft, flow, node), disk(ground, draft, flow, node)]
    });
    let mut blockers: Vec<Blocker> = whole.into_iter().chain(each).flatten().collect();
    blockers.sort_by(|one, other| one.node.cmp(&other.node));
    blockers
}

fn transfer(ground: &Ground<'_>) -> Option<Blocker> {
    let operation = ground.moving?;
    Some(of_cluster(
        "transfer",
        format!(
            "operation {operation} is under way, and there is one change of the ring at a time: wait for it (`op wait \
             {operation}`), or take it back (`op cancel {operation}`)"
        ),
        false,
    ))
}

fn replicas(ground: &Ground<'_>, draft: &Draft<'_>) -> Option<Blocker> {
    let (n, before, after) = (ground.quorum.n(), ground.members.len(), draft.members.len());
    (after < usize::from(n) && after < before).then(|| {
        of_cluster(
            "replicas",
            format!(
                "{after} of {before} nodes stay, and N={n} replicas need {n} distinct nodes: every partition would have \
                 {after}, and lose acknowledged writes sooner; join nodes along with it, or insist"
            ),
            true,
        )
    })
}

/// Writes that were acknowledged by W owners are met by any N-min(R,W)+1 of them; by fewer, perhaps not.
fn sources(ground: &Ground<'_>, draft: &Draft<'_>, flow: &Flow) -> Option<Blocker> {
    let least = usize::from(ground.quorum.r().min(ground.quorum.w()));
    let is_gone = |node: &NodeId| draft.lost.contains(node) || !ground.is_not_down(*node);
    let lacking = |before: &[NodeId]| {
        let left = before.iter().filter(|node| !is_gone(node)).count();
        left < (before.len() + 1).saturating_sub(least).max(1)
    };
    let short: Vec<_> = flow.moves.iter().filter(|moved| lacking(&moved.before)).collect();
    let owners = short.iter().flat_map(|moved| &moved.before);
    let gone: BTreeSet<NodeId> = owners.copied().filter(is_gone).collect();
    let gone: Vec<String> = gone.into_iter().map(|node| ground.name_of(node)).collect();
    let partitions = short.iter().map(|moved| moved.partition).take(EXAMPLES).collect();
    let reason = format!(
        "{} of the partitions that move have too few old owners left ({} lost or down): writes that only those \
         acknowledged may be gone; bring one of them back, or insist and accept that",
        short.len(),
        gone.join(", ")
    );
    (!short.is_empty()).then(|| Blocker { partitions, ..of_cluster("sources", reason, true) })
}

/// Whoever was given up for lost and answers again.
fn alive(ground: &Ground<'_>, draft: &Draft<'_>, node: NodeId) -> Option<Blocker> {
    if !draft.lost.contains(&node) || ground.liveness(node) != Liveness::Up {
        return None;
    }
    let name = name_of(ground, draft, node)?;
    let reason = format!(
        "{name} is up, and this plan gives its copy up for lost: clear that change and stage `node leave {name}`, or stop \
         {name} first, or insist {THREE}"
    );
    Some(of_node(name, "alive", reason, Vec::new(), true))
}

/// Whoever takes part and does not answer.
fn unreachable(ground: &Ground<'_>, draft: &Draft<'_>, flow: &Flow, node: NodeId) -> Option<Blocker> {
    let tally = flow.of(node);
    let joins = draft.joining.contains(&node);
    let takes_part = joins || draft.leaving.contains(&node) || tally.taken + tally.given > 0;
    if draft.lost.contains(&node) || !takes_part {
        return None;
    }
    let seen = match ground.liveness(node) {
        Liveness::Up => return None,
        Liveness::Suspect => "has missed answers",
        Liveness::Down => "is down",
    };
    let name = name_of(ground, draft, node)?;
    let reason = if joins {
        format!(
            "{name} {seen}, and a node that is not there cannot take its share in: start it, or clear its change"
        )
    } else if draft.leaving.contains(&node) {
        format!(
            "{name} {seen}, and a node that leaves hands over itself what it holds: start it; if it is lost for good, \
             clear that change and replace or remove it; or insist, and it waits for {name} to come back {THREE}"
        )
    } else {
        format!(
            "{name} {seen}, and the plan moves replicas to or from it: start it, or insist, and they wait for it"
        )
    };
    let partitions = examples(flow, node);
    Some(of_node(name, "unreachable", reason, partitions, !joins))
}

/// Whoever's disk is too small for what it takes in. A tenth of what is free is left to the store's own work.
fn disk(ground: &Ground<'_>, draft: &Draft<'_>, flow: &Flow, node: NodeId) -> Option<Blocker> {
    let free = ground.load(node)?.free_bytes;
    let room = free - free / 10;
    let bytes = flow.of(node).bytes_in;
    if bytes <= room {
        return None;
    }
    let name = name_of(ground, draft, node)?;
    let reason = format!(
        "{name} would take in about {bytes} bytes, and has room for {room} ({free} free, less a tenth): give it a smaller \
         weight or a larger disk, join more nodes, or insist"
    );
    Some(of_node(name, "disk", reason, examples(flow, node), true))
}

fn examples(flow: &Flow, node: NodeId) -> Vec<PartitionId> {
    let is_moved = |list: &[NodeId], other: &[NodeId]| list.contains(&node) && !other.contains(&node);
    let moved = flow
        .moves
        .iter()
        .filter(|moved| is_moved(&moved.before, &moved.after) || is_moved(&moved.after, &moved.before));
    moved.map(|moved| moved.partition).take(EXAMPLES).collect()
}

fn name_of(ground: &Ground<'_>, draft: &Draft<'_>, node: NodeId) -> Option<Name> {
    draft.members.get(&node).or_else(|| ground.members.get(&node)).map(|member| member.name.clone())
}

fn of_cluster(code: &str, reason: String, may_insist: bool) -> Blocker {
    Blocker { node: None, code: code.to_owned(), reason, partitions: Vec::new(), may_insist }
}

fn of_node(
    name: Name,
    code: &str,
    reason: String,
    partitions: Vec<PartitionId>,
    may_insist: bool,
) -> Blocker {
    Blocker { node: Some(name), code: code.to_owned(), reason, partitions, may_insist }
}
