//! Coordinator: the operations that this node runs for clients (Dynamo §4.5). Each is a small machine that handles exactly
//! one request, as in section 5 of the paper; this room keeps them, wakes them, and knows nothing of their insides.

mod forward;
mod get;
mod keys;
mod put;
mod settings;
mod spread;
mod stopwatch;
pub(crate) mod tally;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared::error::Failure;
use shared::id::NodeId;
use shared::level::Durability;
use shared::wire::client::{Answer, Request, Response, Verb};

use crate::desk::{Caller, Desk, View};
use crate::ids::OpId;
use crate::message::{Body, Held, Standing};
use crate::store::{Outcome, StoreFailure};
use crate::time::Instant;

use forward::Forward;
use get::Get;
use keys::Keys;
use put::Put;

/// An operation under way.
#[derive(Debug)]
enum Operation {
    Get(Box<Get>),
    Put(Box<Put>),
    Keys(Keys),
    Forward(Box<Forward>),
}

/// What an operation wants after something has happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To be kept, and woken at this instant if nothing happens before.
    Wait(Instant),
    /// To be forgotten.
    Done,
}

/// What happened to an operation.
#[derive(Debug)]
enum Event {
    Applied(Outcome),
    Synced(Durability),
    StoreFailed(StoreFailure),
    Stored {
        from: NodeId,
        stands_in_for: Option<NodeId>,
        durability: Durability,
    },
    NotStored {
        from: NodeId,
    },
    Holding {
        from: NodeId,
        held: Held,
        standing: Standing,
    },
    Forwarded {
        from: NodeId,
        response: Box<Response>,
    },
    /// Asked under another placement than is known there: it is asked again.
    Misplaced {
        from: NodeId,
    },
    Unreachable {
        node: NodeId,
    },
    /// Another version of the declared state is in force.
    Moved,
    Woken,
}

/// All operations under way.
#[derive(Debug, Default)]
pub(crate) struct Coordinator {
    operations: BTreeMap<OpId, (Operation, Instant)>,
    wakes: BTreeSet<(Instant, OpId)>,
}

impl Coordinator {
    /// Begins a request of a client, here or forwarded by another node.
    pub(crate) fn begin(&mut self, desk: &mut Desk<'_>, view: View<'_>, caller: Caller, request: Request) {
        let version = view.state().version;
        if self.operations.len() >= desk.config.operations_max {
            let node = desk.name();
            return desk.answer(caller, version, Err(Failure::Busy { node }));
        }
        if let Verb::Map { known_version } = request.verb {
            let newer = (known_version < version).then(|| Arc::new(view.state().to_map()));
            return desk.answer(caller, version, Ok(Answer::Map(newer)));
        }
        let op = desk.ids.operation();
        match start(desk, view, op, caller, request) {
            Ok((operation, step)) => self.keep(op, operation, step),
            Err(failure) => desk.answer(caller, version, Err(failure)),
        }
    }

    /// The store has read or applied for an operation.
    pub(crate) fn applied(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, outcome: Outcome) {
        self.happen(desk, view, op, Event::Applied(outcome));
    }

    /// The store has synced for an operation.
    pub(crate) fn synced(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, durability: Durability) {
        self.happen(desk, view, op, Event::Synced(durability));
    }

    /// The store has failed an operation.
    pub(crate) fn failed(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, failure: StoreFailure) {
        self.happen(desk, view, op, Event::StoreFailed(failure));
    }

    /// Another node has said something to one of our operations. What is not addressed to a live one is late, and dropped.
    pub(crate) fn hear(&mut self, desk: &mut Desk<'_>, view: View<'_>, from: NodeId, body: Body) {
        let (op, event) = match body {
            Body::Stored { op, stands_in_for, durability } => {
                (op, Event::Stored { from, stands_in_for, durability })
            }
            Body::NotStored { op, .. } => (op, Event::NotStored { from }),
            Body::Misplaced { op } => (op, Event::Misplaced { from }),
            Body::Holding { op, held, standing } => (op, Event::Holding { from, held, standing }),
            Body::Forwarded { op, response } => (op, Event::Forwarded { from, response: Box::new(response) }),
            _ => return,
        };
        self.happen(desk, view, op, event);
    }

    /// A node is not counted on any more.
    pub(crate) fn unreachable(&mut self, desk: &mut Desk<'_>, view: View<'_>, node: NodeId) {
        let operations: Vec<OpId> = self.operations.keys().copied().collect();
        for op in operations {
            self.happen(desk, view, op, Event::Unreachable { node });
        }
    }

    /// Another version of the declared state is in force: operations go by it from now on.
    pub(crate) fn moved(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let operations: Vec<OpId> = self.operations.keys().copied().collect();
        for op in operations {
            self.happen(desk, view, op, Event::Moved);
        }
    }

    /// This node is no member any more: whoever waits is told so, and looks for another. What was written stays where it is.
    pub(crate) fn abandon(&mut self, desk: &mut Desk<'_>) {
        let failure = Failure::Left { node: desk.name() };
        for (operation, _) in std::mem::take(&mut self.operations).into_values() {
            let (caller, failure) = match operation {
                Operation::Get(get) => (get.into_caller(), failure.clone()),
                Operation::Keys(keys) => (keys.into_caller(), failure.clone()),
                Operation::Put(put) => put.into_caller(),
                Operation::Forward(forward) => forward.into_caller(),
            };
            if let Some(caller) = caller {
                desk.answer(caller, 0, Err(failure));
            }
        }
        self.wakes.clear();
    }

    /// How many puts are under way: each may still leave a hint.
    pub(crate) fn puts_under_way(&self) -> usize {
        let is_put = |(operation, _): &&(Operation, Instant)| matches!(operation, Operation::Put(_));
        self.operations.values().filter(is_put).count()
    }

    /// Wakes what wanted to be woken by now.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        while let Some(&(wake, op)) = self.wakes.first()
            && wake <= desk.now.monotonic
        {
            self.wakes.pop_first();
            self.happen(desk, view, op, Event::Woken);
        }
    }

    /// When the next operation wants to be woken.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.wakes.first().map(|&(wake, _)| wake)
    }

    fn happen(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, event: Event) {
        let Some((mut operation, wake)) = self.operations.remove(&op) else { return };
        self.wakes.remove(&(wake, op));
        if let (Operation::Get(get), Event::Moved) = (&mut operation, &event)
            && let Some((op, step)) = get.again(desk, view)
        {
            return self.keep(op, operation, step);
        }
        let step = match &mut operation {
            Operation::Get(get) => get.on(desk, view, op, event),
            Operation::Put(put) => put.on(desk, view, op, event),
            Operation::Keys(keys) => keys.on(desk, view, event),
            Operation::Forward(forward) => forward.on(desk, view, op, event),
        };
        self.keep(op, operation, step);
    }

    fn keep(&mut self, op: OpId, operation: Operation, step: Step) {
        if let Step::Wait(wake) = step {
            self.wakes.insert((wake, op));
            self.operations.insert(op, (operation, wake));
        }
    }
}

/// Starts the machine for a request; a failure means that nothing was begun.
fn start(
    desk: &mut Desk<'_>,
    view: View<'_>,
    op: OpId,
    caller: Caller,
    request: Request,
) -> Result<(Operation, Step), Failure> {
    let timeout_ms = u64::from(request.timeout_ms).min(desk.config.request_timeout_max_ms);
    let deadline = desk.now.monotonic.plus_ms(timeout_ms);
    if let Some(forward) = Forward::instead(desk, view, caller, &request, deadline)? {
        let mut forward = Box::new(forward);
        let step = forward.start(desk, view, op);
        return Ok((Operation::Forward(forward), step));
    }
    let Request { id, sent_ms, verb, .. } = request;
    match verb {
        Verb::Get(asked) => {
            let (get, step) = Get::start(desk, view, op, caller, asked, deadline)?;
            Ok((Operation::Get(Box::new(get)), step))
        }
        Verb::Put(asked) => {
            let named = put::Named { id, sent_ms };
            let (put, step) = Put::start(desk, view, op, caller, named, &asked, deadline)?;
            Ok((Operation::Put(Box::new(put)), step))
        }
        Verb::Keys(asked) => {
            let (keys, step) = Keys::start(desk, view, op, caller, asked, deadline)?;
            Ok((Operation::Keys(keys), step))
        }
        Verb::Map { .. } => Err(Failure::Malformed { reason: "a map is answered at once".to_owned() }),
    }
}
