//! Placement: who should hold what (rule P13). Deterministic: the same members give the same ring everywhere, in whatever
//! order they are named.
//!
//! Three things are always kept: a list has N distinct nodes; it spans as many zones as there can be; and every node
//! holds its weighted share, within one replica, as far as these two permit (the quota). Of all rings that keep them,
//! the one that moves least from the ring before is looked for, in steps, each with a room of its own:
//!
//! 1. the *quota* of every member;
//! 2. the *layout* keeps of the ring before whatever breaks no rule;
//! 3. empty places are *filled* with those that are short of their quotas;
//! 4. members above theirs *shed* replicas to members below;
//! 5. *chains* of members pass replicas on where the zones allow no direct hand-over; with them the quotas are met exactly;
//! 6. *heads*: first positions are balanced, for nothing.
//!
//! Steps 3 to 5 are a shortest-path minimum-cost flow whose first paths are found without a search. What this room does not
//! do: say in which order replicas travel, or how a list changes while it is in use.

mod chain;
mod fill;
mod heads;
mod layers;
mod layout;
mod members;
mod queue;
mod quota;
mod shed;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use shared::id::{Name, NodeId};
use shared::token::Partitions;

use super::Ring;
use layout::Layout;
use members::{Members, NOBODY};
use quota::Quotas;
use table::Table;

/// A member as placement sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub node: NodeId,
    /// Its failure zone.
    pub zone: Name,
    /// Its share relative to the others'; at least 1.
    pub weight: u32,
}

/// Members that cannot carry a ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlacement {
    /// Fewer nodes than replicas.
    #[error("{n} replicas need {n} distinct nodes, and there are {nodes}")]
    TooFewNodes {
        /// N.
        n: u8,
        /// How many nodes there are.
        nodes: usize,
    },
    /// A member that would hold nothing.
    #[error("node {0} has weight 0: a weight is at least 1")]
    NoWeight(NodeId),
}

/// A first ring of Q partitions with N replicas each.
pub fn place(candidates: &[Candidate], partitions: Partitions, n: u8) -> Result<Ring, NoPlacement> {
    let empty = Ring::new(vec![Vec::new(); partitions.count() as usize]);
    Ok(rearrange(&empty, candidates, n)?.ring)
}

/// A ring that members should come to, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Who is to hold what.
    pub ring: Ring,
    /// Replicas that get a new place.
    pub replicas_moved: u32,
    /// The fewest that any ring of these shares could move: the sum over nodes of what they hold afterwards beyond what
    /// they held before (rule P13).
    pub replicas_moved_least: u32,
    /// The share of Q*N replicas that is each node's by weight, in thousandths of a replica.
    pub ideal_millireplicas: BTreeMap<NodeId, u64>,
    /// The same in whole replicas: what each node should hold; they add up to Q*N.
    pub quotas: BTreeMap<NodeId, u32>,
}

/// Where replicas should lie when the members have become these: moves little from `before`.
pub fn rearrange(before: &Ring, candidates: &[Candidate], n: u8) -> Result<Placement, NoPlacement> {
    rearrange_at_most(before, candidates, n, u32::MAX)
}

/// The same, but moves at most so many replicas: first whatever must move (nodes that are no candidates any more, lists
/// that break a rule), then what helps balance most. What must move does so even if that is more.
pub fn rearrange_at_most(
    before: &Ring,
    candidates: &[Candidate],
    n: u8,
    moves_max: u32,
) -> Result<Placement, NoPlacement> {
    let members = Members::new(candidates, n)?;
    let (n, moves_max) = (usize::from(n), moves_max as usize);
    let held = held(before, &members);
    let quotas = Quotas::new(&members, before.lists().len(), n, &held);
    let mut layout = Layout::keeping(&members, before, n, &held, &quotas);
    fill::fill(&mut layout, &quotas);
    chain::pass_on(&mut layout, &quotas, moves_max, 0);
    shed::shed(&mut layout, &quotas, moves_max);
    chain::pass_on(&mut layout, &quotas, moves_max, usize::MAX);
    layout.restore_orders();
    let gained = |member: usize| layout.load(member).saturating_sub(held.at(member));
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let nodes = || members.nodes().iter().copied();
    Ok(Placement {
        ring: ring(&layout, &heads::balanced(&layout)),
        replicas_moved: number(layout.moved()),
        replicas_moved_least: number((0..members.len()).map(gained).sum()),
        ideal_millireplicas: nodes().zip(quotas.ideal_millireplicas.iter().copied()).collect(),
        quotas: nodes().zip(quotas.replicas.iter().map(number)).collect(),
    })
}

/// How many partitions each member holds a replica of.
fn held(ring: &Ring, members: &Members) -> Table<usize> {
    let mut held = Table::filled(0, members.len());
    for list in ring.lists() {
        for (position, &node) in list.iter().enumerate() {
            let member = members.number(node);
            if member != NOBODY && !list.iter().take(position).any(|&earlier| earlier == node) {
                held.set(member, held.at(member) + 1);
            }
        }
    }
    held
}

/// The ring that was laid out, with these members first on its lists and the others behind them in order.
fn ring(layout: &Layout<'_>, heads: &Table<usize>) -> Ring {
    let list = |(partition, head): (usize, usize)| {
        let others = layout.list(partition).iter().copied().filter(|&member| member != head);
        std::iter::once(head).chain(others).filter_map(|member| layout.members().node(member)).collect()
    };
    Ring::new(heads.iter().enumerate().map(list).collect())
}
