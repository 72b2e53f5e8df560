//! Forward: a request that this node should not coordinate goes to one that should, and its answer comes back.
//!
//! The request keeps its own id, so that trying the next owner after a silence cannot write twice (rule P3). A
//! forwarded request is never forwarded again.

use std::collections::BTreeSet;

use shared::error::{Failure, Outcome};
use shared::id::NodeId;
use shared::wire::client::{Request, Response, Verb};

use super::settings::{Own, Settings};
use super::{Event, Step};
use crate::desk::{Caller, Desk, View};
use crate::ids::OpId;
use crate::message::Body;
use crate::row::Row;
use crate::time::Instant;

/// One forwarded request under way.
#[derive(Debug)]
pub(super) struct Forward {
    caller: Option<Caller>,
    request: Request,
    /// Whom it may go to, the next one last.
    ahead: Vec<NodeId>,
    asked: BTreeSet<NodeId>,
    current: Option<NodeId>,
    /// Whether somebody may have written it.
    maybe_done: bool,
    last_failure: Option<Failure>,
    next_at: Instant,
    deadline: Instant,
}

impl Forward {
    /// Whether a request goes to another node, and to whom in turn; `None`: it is coordinated here.
    pub(super) fn instead(
        desk: &Desk<'_>,
        view: View<'_>,
        caller: Caller,
        request: &Request,
        deadline: Instant,
    ) -> Result<Option<Self>, Failure> {
        let (Caller::Client(_), Some(mut ahead)) = (caller, whom(desk, view, request)?) else {
            return Ok(None);
        };
        ahead.reverse();
        Ok(Some(Self {
            caller: Some(caller),
            request: request.clone(),
            ahead,
            asked: BTreeSet::new(),
            current: None,
            maybe_done: false,
            last_failure: None,
            next_at: desk.now.monotonic,
            deadline,
        }))
    }

    /// Who waits for it, and what they can be told: a put may have been written.
    pub(super) fn into_caller(self) -> (Option<Caller>, Failure) {
        (self.caller, Failure::OutcomeUnknown { needed: 1, reached: 0 })
    }

    /// Asks the first.
    pub(super) fn start(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) -> Step {
        self.ask_next(desk, view, op)
    }

    pub(super) fn on(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, event: Event) -> Step {
        let now = desk.now.monotonic;
        match event {
            Event::Forwarded { from, response } if self.asked.contains(&from) => {
                self.answered(desk, view, op, from, *response)
            }
            Event::Unreachable { node } if self.current == Some(node) => self.ask_next(desk, view, op),
            Event::Woken if now >= self.deadline => self.give_up(desk, view),
            Event::Woken => self.ask_next(desk, view, op),
            _ => Step::Wait(self.next_at.min(self.deadline)),
        }
    }

    fn answered(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        op: OpId,
        from: NodeId,
        response: Response,
    ) -> Step {
        match response.result {
            Err(failure) if failure.is_worth_retrying() && !self.ahead.is_empty() => {
                self.note(failure);
                if self.current == Some(from) {
                    return self.ask_next(desk, view, op);
                }
                Step::Wait(self.next_at.min(self.deadline))
            }
            Err(failure) => {
                self.note(failure);
                self.give_up(desk, view)
            }
            result => {
                if let Some(caller) = self.caller.take() {
                    desk.answer(caller, response.state_version, result);
                }
                Step::Done
            }
        }
    }

    fn note(&mut self, failure: Failure) {
        self.maybe_done |= failure.outcome() == Outcome::Unknown;
        self.last_failure = Some(failure);
    }

    /// A silent one may have written it; the next one will recognise the request if it has come that far.
    fn ask_next(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) -> Step {
        self.maybe_done |= self.current.is_some() && matches!(self.request.verb, Verb::Put(_));
        let Some(node) = self.ahead.pop() else {
            // Everybody was asked. The last one may still answer.
            self.next_at = self.deadline;
            return if self.current.is_some_and(|node| view.members.is_not_down(node)) {
                Step::Wait(self.deadline)
            } else {
                self.give_up(desk, view)
            };
        };
        let now = desk.now.monotonic;
        self.current = Some(node);
        self.asked.insert(node);
        let mut request = self.request.clone();
        request.timeout_ms = u32::try_from(self.deadline.since_ms(now)).unwrap_or(u32::MAX);
        desk.send(node, Body::Forward { op, request });
        self.next_at = now.plus_ms(desk.config.forward_after_ms);
        Step::Wait(self.next_at.min(self.deadline))
    }

    fn give_up(&mut self, desk: &mut Desk<'_>, view: View<'_>) -> Step {
        let Some(caller) = self.caller.take() else { return Step::Done };
        let is_put = matches!(self.request.verb, Verb::Put(_));
        let silence = Failure::QuorumNotMet { needed: 1, reached: 0, uncompared: 0 };
        let failure = match self.last_failure.take() {
            Some(failure) if failure.outcome() == Outcome::Unknown => failure,
            _ if is_put && self.maybe_done => Failure::OutcomeUnknown { needed: 1, reached: 0 },
            Some(failure) => failure,
            None => silence,
        };
        desk.answer(caller, view.state().version, Err(failure));
        Step::Done
    }
}

/// The nodes that may coordinate a request instead of this one, in order; `None`: this node may.
fn whom(desk: &Desk<'_>, view: View<'_>, request: &Request) -> Result<Option<Vec<NodeId>>, Failure> {
    let state = view.state();
    let me = desk.me.node;
    let reachable = |nodes: &[NodeId]| -> Vec<NodeId> {
        let (up, suspect): (Vec<_>, Vec<_>) = nodes
            .iter()
            .copied()
            .filter(|&node| node != me && view.members.is_not_down(node))
            .partition(|&node| view.members.is_up(node));
        up.into_iter().chain(suspect).collect()
    };
    match &request.verb {
        // Any node asks the replicas of a key itself.
        Verb::Get(_) | Verb::Map { .. } => Ok(None),
        Verb::Keys(asked) => {
            let owners = state.placed(asked.partition).readers();
            let owners = if owners.contains(&me) { Vec::new() } else { reachable(owners) };
            Ok((!owners.is_empty()).then_some(owners))
        }
        Verb::Put(asked) => {
            let own = Own { w: asked.w, strict: asked.strict, ..Own::default() };
            let settings = Settings::of(state, asked.bucket, own)?;
            let row = Row::new(asked.bucket, asked.key.clone());
            let list = view.preference_list(&row);
            if list.readers.contains(&me) {
                return Ok(None);
            }
            let is_any_up = list.readers.iter().any(|&owner| view.members.is_up(owner));
            if is_any_up || settings.strict {
                return Ok(Some(reachable(&list.readers)));
            }
            // No owner answers: the first fallback mints, and that may be this node (rule P8).
            let first = list.fallbacks(&state.ring).find(|&node| view.members.is_up(node));
            Ok(first.filter(|&node| node != me).map(|node| vec![node]))
        }
    }
}
