//! Agenda: what this node wants the cluster to decide, one thing at a time: administrators' changes, and the steps of a
//! transition that it conducts.
//!
//! A wish is drafted anew on every version that it meets: what was decided meanwhile may make it needless, or forbid it. So
//! of two administrators one is told what stands in the way (rule P12).

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use shared::error::Failure;
use shared::id::NodeId;
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::plan::{Author, Change, Staged};

use super::draft::{self, Drafted};
use crate::desk::{Desk, View};
use crate::effect::{Notice, Reply};
use crate::ids::CallId;
use crate::message::{Body, Delta};
use crate::state::consensus::proposer::{Proposer, Verdict};
use crate::state::consensus::{Answer, Ballot, Base};
use crate::state::gossip::farewell;
use crate::state::{ClusterState, Declared, Edition};
use crate::time::Instant;

/// How often a wish is drafted anew on a newer version before its administrator is told to try again.
const TRIES_MAX: usize = 20;

/// Most wishes of administrators that wait.
const WISHES_MAX: usize = 64;

/// How long a wish waits for the version that overtook it, in milliseconds.
const CATCH_UP_MS: u64 = 50;

/// What is wanted.
#[derive(Debug)]
enum Wish {
    Admin {
        call: CallId,
        author: Author,
        admin: Admin,
        tried: Vec<Tried>,
    },
    /// A step of the transition.
    Step,
}

/// A version that was put to the vote for a wish. Losing sight of it is not losing: another proposer may have finished it.
#[derive(Debug, Clone)]
struct Tried {
    version: Base,
    done: Done,
}

/// A wish that is being put to the vote.
#[derive(Debug)]
struct Motion {
    wish: Wish,
    /// What is put to the vote, and what its administrator is told; `None`: nobody waits for it.
    tried: Option<Tried>,
    proposer: Proposer,
}

/// An administrator who is answered when a version is in force here.
#[derive(Debug)]
struct Waiting {
    call: CallId,
    done: Done,
    edition: Edition,
}

/// What waits, and what is under way.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    wishes: VecDeque<Wish>,
    motion: Option<Motion>,
    waiting: Vec<Waiting>,
    /// The last versions that were in force here.
    past: VecDeque<Base>,
    not_before: Instant,
}

/// How many versions are remembered: more than can come into force while a wish is tried.
const PAST_MAX: usize = 256;

/// A version that was decided, and is to be kept and told.
pub(crate) type Decision = Arc<Declared>;

impl Agenda {
    /// An administrator wants a change.
    pub(crate) fn ask(&mut self, desk: &mut Desk<'_>, call: CallId, author: Author, admin: Admin) {
        if self.wishes.len() >= WISHES_MAX {
            let node = desk.name();
            return desk.reply(call, Reply::Admin(Err(Failure::Busy { node })));
        }
        self.wishes.push_back(Wish::Admin { call, author, admin, tried: Vec::new() });
    }

    /// A step of the transition is due.
    pub(crate) fn step(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        above: Option<Ballot>,
        next: ClusterState,
    ) {
        if self.is_free() {
            let voters: BTreeSet<NodeId> = view.state().voters().collect();
            let needed = view.state().majority();
            let proposer = Proposer::begin(desk, view.base, voters, needed, above, next);
            self.motion = Some(Motion { wish: Wish::Step, tried: None, proposer });
        }
    }

    /// Whether nothing is under way or waits.
    pub(crate) fn is_free(&self) -> bool {
        self.motion.is_none() && self.wishes.is_empty()
    }

    /// Puts the next wish to the vote, and says again what was not answered. `above`: the highest ballot that is promised.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, view: View<'_>, above: Option<Ballot>) {
        if let Some(motion) = &mut self.motion
            && let Some(verdict) = motion.proposer.tick(desk, view.base)
        {
            self.end(desk, view, verdict);
        }
        while self.motion.is_none()
            && desk.now.monotonic >= self.not_before
            && let Some(wish) = self.wishes.pop_front()
        {
            self.begin(desk, view, above, wish);
        }
    }

    /// When this room next wants to look.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let motion = self.motion.as_ref().map(|motion| motion.proposer.deadline());
        motion.or_else(|| (!self.wishes.is_empty()).then_some(self.not_before))
    }

    /// An acceptor has answered. Returns a version that is decided.
    pub(crate) fn hear(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        from: NodeId,
        answer: Answer,
    ) -> Option<Decision> {
        let motion = self.motion.as_mut()?;
        let verdict = motion.proposer.hear(desk, from, answer)?;
        self.end(desk, view, verdict)
    }

    /// A version is in force here: whoever waited for it is answered.
    pub(crate) fn entered(&mut self, desk: &mut Desk<'_>, base: Base) {
        let edition = base.edition;
        self.past.push_back(base);
        if self.past.len() > PAST_MAX {
            self.past.pop_front();
        }
        let is_due = |waiting: &mut Waiting| {
            edition == waiting.edition
                || (edition.lineage == waiting.edition.lineage && edition.version > waiting.edition.version)
        };
        for waiting in self.waiting.extract_if(.., is_due) {
            desk.reply(waiting.call, Reply::Admin(Ok(waiting.done)));
        }
    }

    fn begin(&mut self, desk: &mut Desk<'_>, view: View<'_>, above: Option<Ballot>, wish: Wish) {
        let Wish::Admin { call, author, admin, tried } = &wish else { return };
        let has_come_true = |tried: &&Tried| self.has_come_true(view.state(), author, admin, tried);
        if let Some(came_true) = tried.iter().find(has_come_true) {
            return desk.reply(*call, Reply::Admin(Ok(came_true.done.clone())));
        }
        let drafted = match draft::draft(desk, view, author, admin) {
            Ok(drafted) => drafted,
            Err(failure) => return desk.reply(*call, Reply::Admin(Err(failure))),
        };
        let Drafted { next, done } = drafted;
        let mut voters: BTreeSet<NodeId> = view.state().voters().collect();
        let mut needed = view.state().majority();
        if let Admin::Commit(Commit { without_majority: Some(_), .. }) = admin {
            // Whoever can be reached has to agree, all of them: a majority of those left would be no majority of anything.
            voters.retain(|&voter| view.members.is_up(voter) && next.members.contains_key(&voter));
            needed = voters.len();
        }
        let tried = Tried { version: Base { edition: next.edition(), hash: next.hash() }, done };
        let proposer = Proposer::begin(desk, view.base, voters, needed, above, next);
        self.motion = Some(Motion { wish, tried: Some(tried), proposer });
    }

    fn end(&mut self, desk: &mut Desk<'_>, view: View<'_>, verdict: Verdict) -> Option<Decision> {
        let Motion { wish, tried, .. } = self.motion.take()?;
        match verdict {
            Verdict::Decided { state, is_own } => {
                let edition = state.edition();
                let declared = Arc::new(Declared { state: *state, secret: view.declared.secret.clone() });
                tell_everybody(desk, view, &declared);
                match (is_own, wish, tried) {
                    (true, Wish::Admin { call, .. }, Some(Tried { done, .. })) => {
                        self.waiting.push(Waiting { call, done, edition });
                    }
                    (false, wish, tried) => self.again(desk, wish, tried),
                    _ => {}
                }
                Some(declared)
            }
            Verdict::Overtaken => {
                self.again(desk, wish, tried);
                None
            }
            Verdict::NoMajority { silent, needed, voters } => {
                let silent: Vec<String> = silent.iter().map(|&node| view.state().name_of(node)).collect();
                let failure = Failure::NoMajority {
                    needed: u32::try_from(needed).unwrap_or(u32::MAX),
                    voters: u32::try_from(voters).unwrap_or(u32::MAX),
                    silent: silent.join(", "),
                };
                match wish {
                    Wish::Admin { call, .. } => desk.reply(call, Reply::Admin(Err(failure))),
                    Wish::Step => {
                        desk.publish(Notice::Warning(format!("the ring cannot move on: {failure}")));
                    }
                }
                None
            }
        }
    }

    /// A wish that lost is drafted anew on what won. Steps are found anew anyway.
    fn again(&mut self, desk: &mut Desk<'_>, wish: Wish, last: Option<Tried>) {
        let Wish::Admin { call, author, admin, mut tried } = wish else { return };
        self.not_before = desk.now.monotonic.plus_ms(CATCH_UP_MS);
        tried.extend(last);
        if tried.len() >= TRIES_MAX {
            let reason = "other changes were decided before this one, again and again; nothing was changed, \
                          try again"
                .to_owned();
            return desk.reply(call, Reply::Admin(Err(Failure::Conflict { reason })));
        }
        self.wishes.push_front(Wish::Admin { call, author, admin, tried });
    }

    /// Whether a version that was put to the vote was decided after all, by somebody else: it was in force here, or what is in
    /// force follows it, or shows what it did.
    fn has_come_true(&self, state: &ClusterState, author: &Author, admin: &Admin, tried: &Tried) -> bool {
        let shows_it = match (&tried.done, admin) {
            (Done::Committed { operation, .. }, _) => {
                state.history.iter().any(|change| change.operation == Some(*operation))
                    || state.operations.iter().any(|ended| ended.id == *operation)
            }
            (Done::Staged { numbers, .. }, Admin::Stage { changes }) => {
                let is_there = |(number, change): (&u64, &Change)| {
                    let is_it = |staged: &Staged| {
                        staged.number == *number && staged.change == *change && staged.author == *author
                    };
                    state.staged.iter().any(is_it)
                };
                numbers.iter().zip(changes).all(is_there)
            }
            _ => false,
        };
        shows_it || state.parent == tried.version.hash || self.past.contains(&tried.version)
    }
}

/// Whoever is not reached now learns it by gossip. Members of either version are told: a joiner knows of it first by this.
fn tell_everybody(desk: &mut Desk<'_>, view: View<'_>, declared: &Arc<Declared>) {
    let (before, after) = (&view.state().members, &declared.state.members);
    let me = desk.me.node;
    for (&node, member) in after.iter().filter(|(node, _)| **node != me) {
        if !before.contains_key(&node) {
            desk.effects.push(crate::effect::Effect::Introduce(node, member.address));
        }
        let delta = Delta { declared: Some(Arc::clone(declared)), actors: Vec::new() };
        desk.send(node, Body::Delta(delta));
    }
    for &node in before.keys().filter(|node| !after.contains_key(node)) {
        desk.send(node, farewell(&declared.state, node));
    }
}

/// The version that is in force, as consensus names it.
pub(crate) fn base_of(declared: &Declared) -> Base {
    Base { edition: declared.state.edition(), hash: declared.state.hash() }
}
