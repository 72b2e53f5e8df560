//! Propose: ways to balance, side by side. Each is a list of changes that can be staged, and the plan that they give.
//!
//! A proposal's changes are the whole list, what is staged included: where it gives staged nodes another weight, it says
//! that it takes the place of what is staged. Nothing is proposed that would lead to the same ring as another proposal.

use shared::error::Failure;
use shared::wire::plan::{Change, Objective, Plan, Proposal};

use super::draft::Draft;
use super::ground::Ground;
use super::make;
use super::weights::Weights;
use crate::ring::Ring;

/// How finely a way is cut up when only a part of it may be gone.
const STEPS: u64 = 32;

/// The weight of a node that joins when nobody has said another.
const FIRST_WEIGHT: u32 = 1;

/// Ways to balance what is there and what is staged, the best first; at least two where there is no bound on moves.
///
/// # Errors
/// As [`make`]; and [`Failure::Refused`] if nothing stays within `moves_max` replicas.
pub(crate) fn propose(
    ground: &Ground<'_>,
    staged: &[Change],
    objective: Objective,
    moves_max: Option<u32>,
) -> Result<Vec<Proposal>, Failure> {
    let first = make(ground, staged)?.plan;
    let draft =
        Draft::of(ground, staged.iter()).map_err(|misfit| misfit.into_failure("nothing was proposed"))?;
    let mut desk = Desk { ground, staged, draft: &draft, moves_max, found: Vec::new() };
    desk.as_staged();
    desk.fewest_moves();
    desk.part_of_the_way();
    desk.by_disk();
    if objective == Objective::Load {
        desk.by_load();
    }
    desk.with_who_waits();
    if desk.found.len() < 2 {
        desk.finer_weights();
    }
    let mut proposals: Vec<Proposal> = desk.found.into_iter().map(|(_, proposal)| proposal).collect();
    proposals.sort_by_cached_key(|proposal| merit(ground, &draft, objective, &proposal.plan));
    if proposals.is_empty() {
        return Err(Failure::Refused {
            reason: format!(
                "nothing was proposed: what is staged moves {} replicas, {} of them at the least, and no part of it \
                 stays within {}; allow more, or stage less at a time",
                first.replicas_moved,
                first.replicas_moved_least,
                moves_max.unwrap_or(u32::MAX)
            ),
        });
    }
    Ok(proposals)
}

/// Where proposals are gathered.
struct Desk<'a> {
    ground: &'a Ground<'a>,
    staged: &'a [Change],
    draft: &'a Draft<'a>,
    moves_max: Option<u32>,
    found: Vec<(Ring, Proposal)>,
}

impl Desk<'_> {
    fn as_staged(&mut self) {
        let (title, why) = if self.staged.is_empty() {
            ("as it is", "No weight changes; evens out what is there, as far as that is needed.")
        } else {
            ("as staged", "What is staged, with every share as even as its weight says.")
        };
        self.offer(title, why, self.staged);
    }

    /// Evening out members that stay costs moves that nobody has asked for.
    fn fewest_moves(&mut self) {
        let weights = Weights::staged(self.draft).as_held(self.ground, self.draft, self.staged);
        let Some(changes) = weights.map(|weights| self.changes(&weights)) else { return };
        let cheapest = self.found.iter().map(|(_, proposal)| proposal.plan.replicas_moved).min();
        let Ok(target) = make(self.ground, &changes) else { return };
        if cheapest.is_none_or(|cheapest| target.plan.replicas_moved < cheapest) {
            let why = "Weights follow what the members hold now, so that only what must move does; they stay as uneven as \
                       they are.";
            self.offer("fewest moves", why, &changes);
        }
    }

    /// From the shares of now to those that are staged: as far as the moves allow, or half of it.
    fn part_of_the_way(&mut self) {
        let (now, staged) = (Weights::now(self.ground, self.draft), Weights::staged(self.draft));
        if now == staged || !self.draft.heirs.is_empty() {
            return;
        }
        let step = match self.moves_max {
            Some(_) => self.furthest(&now, &staged, 1),
            None => Some(STEPS / 2),
        };
        let Some(step) = step.filter(|&step| step < STEPS) else { return };
        let why = format!(
            "Nodes that join or change weight get {} % of the way to their new share now: less to move at once; stage \
             their weights again later.",
            step * 100 / STEPS
        );
        self.offer("part of the way", &why, &self.changes(&now.towards(&staged, step, STEPS)));
    }

    fn by_disk(&mut self) {
        let Some(wanted) = Weights::staged(self.draft).by_disk(self.ground) else { return };
        let why = "Weights follow the room on the disks, so that all of them fill up at the same time.";
        self.lean("by disk", why, &wanted);
    }

    fn by_load(&mut self) {
        let Some(wanted) = Weights::staged(self.draft).by_load(self.ground, self.draft) else { return };
        let why =
            "Weights make up for what the nodes report to store: their loads differ by more than a tenth.";
        self.lean("by load", why, &wanted);
    }

    fn with_who_waits(&mut self) {
        let joins = self.ground.waiting.iter().filter(|(node, _)| !self.draft.members.contains_key(node));
        let mut members: Vec<u32> = self.draft.members.values().map(|member| member.weight).collect();
        members.sort_unstable();
        let weight = members.get(members.len() / 2).copied().unwrap_or(FIRST_WEIGHT);
        let joins: Vec<Change> = joins
            .map(|(_, newcomer)| Change::Join { node: newcomer.name.clone(), weight, zone: None })
            .collect();
        if !joins.is_empty() {
            let why = "Every node that waits joins too, with the middle weight of the members.";
            let changes: Vec<Change> = self.staged.iter().cloned().chain(joins).collect();
            self.offer("with who waits", why, &changes);
        }
    }

    /// Where everything is even there is only this to offer. A successor's weight cannot change along with its coming.
    fn finer_weights(&mut self) {
        if !self.draft.heirs.is_empty() {
            return;
        }
        let Some(weights) = Weights::staged(self.draft).finer() else { return };
        let why =
            "The same shares in larger numbers: moves nothing more, and later weights can differ by less.";
        let changes = self.changes(&weights);
        if let Ok(target) = make(self.ground, &changes)
            && self.fits(&target.plan)
        {
            self.push("finer weights", why, target.ring, target.plan);
        }
    }

    /// Offers other weights, or as much of the way there as the moves allow.
    fn lean(&mut self, title: &str, why: &str, wanted: &Weights) {
        let staged = Weights::staged(self.draft);
        match self.furthest(&staged, wanted, 1) {
            Some(STEPS) => self.offer(title, why, &self.changes(wanted)),
            Some(step) => {
                let why =
                    format!("{why} This is {} % of the way, for the bound on moves.", step * 100 / STEPS);
                self.offer(title, &why, &self.changes(&staged.towards(wanted, step, STEPS)));
            }
            None => {}
        }
    }

    /// The furthest step from one to the other that stays within the moves, no less than `least`.
    fn furthest(&self, from: &Weights, to: &Weights, least: u64) -> Option<u64> {
        let fits = |step: u64| {
            let weights = if step == STEPS { to.clone() } else { from.towards(to, step, STEPS) };
            make(self.ground, &self.changes(&weights)).is_ok_and(|target| self.fits(&target.plan))
        };
        if fits(STEPS) {
            return Some(STEPS);
        }
        let (mut good, mut bad) = (None, STEPS);
        while good.unwrap_or(least - 1) + 1 < bad {
            let middle = u64::midpoint(good.unwrap_or(least - 1), bad);
            if fits(middle) { good = Some(middle) } else { bad = middle }
        }
        good
    }

    fn changes(&self, weights: &Weights) -> Vec<Change> {
        weights.changes(self.ground, self.draft, self.staged)
    }

    fn fits(&self, plan: &Plan) -> bool {
        self.moves_max.is_none_or(|most| plan.replicas_moved <= most)
    }

    fn offer(&mut self, title: &str, why: &str, changes: &[Change]) {
        let Ok(target) = make(self.ground, changes) else { return };
        if self.fits(&target.plan) && self.found.iter().all(|(ring, _)| *ring != target.ring) {
            self.push(title, why, target.ring, target.plan);
        }
    }

    fn push(&mut self, title: &str, why: &str, ring: Ring, plan: Plan) {
        let extends = self.staged.iter().all(|change| plan.changes.contains(change));
        let instead = if extends { "" } else { " Takes the place of what is staged: clear that first." };
        let why = format!("{why}{instead}");
        self.found.push((ring, Proposal { title: title.to_owned(), why, plan }));
    }
}

/// What counts for an objective, then what it costs; less is better.
fn merit(ground: &Ground<'_>, draft: &Draft<'_>, objective: Objective, plan: &Plan) -> (u64, u64) {
    let moves = u64::from(plan.replicas_moved);
    let bytes = plan.pairs.iter().fold(0_u64, |sum, pair| sum.saturating_add(pair.bytes));
    match objective {
        Objective::Load => (unevenness_permille(ground, draft, plan), moves),
        Objective::Bytes => (bytes, moves),
        Objective::Moves => (moves, bytes),
    }
}

/// How much fuller than the average the fullest member would be for the weight that is staged for it, in thousandths of the
/// average: by bytes where all that stay have reported, otherwise by replicas.
fn unevenness_permille(ground: &Ground<'_>, draft: &Draft<'_>, plan: &Plan) -> u64 {
    let members = || plan.shares.iter().filter(|share| share.weight_after > 0);
    let stays = || members().filter(|share| share.weight_before > 0);
    let by_bytes = stays().all(|share| ground.load(share.node).is_some_and(|load| load.stored_bytes > 0));
    let loads: Vec<(u128, u128)> = members()
        .map(|share| {
            let stored = ground.load(share.node).map_or(0, |load| load.stored_bytes);
            let bytes = stored.saturating_add(share.bytes_in).saturating_sub(share.bytes_out);
            let load = if by_bytes { bytes } else { u64::from(share.replicas_after) };
            let weight = draft.members.get(&share.node).map_or(share.weight_after, |member| member.weight);
            (u128::from(load), u128::from(weight.max(1)))
        })
        .collect();
    let total: u128 = loads.iter().map(|(load, _)| load).sum();
    let weights: u128 = loads.iter().map(|(_, weight)| weight).sum();
    let fullest = loads.iter().map(|(load, weight)| load * weights * 1_000 / (weight * total.max(1)));
    u64::try_from(fullest.max().unwrap_or(0)).unwrap_or(u64::MAX)
}
