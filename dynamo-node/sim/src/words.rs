//! Words: inputs and effects as a line of a trace each.
//!
//! Mostly what `Debug` says; what would fill a screen is cut short.

use dynamo_core::effect::Effect;
use dynamo_core::input::Input;
use dynamo_core::message::{Body, Compare, Envelope};
use dynamo_core::store::{Found, Outcome, Query, StoreOp};

/// Longest text of one line, in characters.
const LINE_MAX: usize = 600;

/// What a node is told.
pub(crate) fn of_input(input: &Input) -> String {
    match input {
        Input::Peer(envelope) => of_envelope("from", envelope.from, envelope),
        Input::Applied(ticket, Outcome::Query(Found::Leaves(_))) => format!("{ticket:?} leaves"),
        Input::Applied(ticket, Outcome::Query(found)) => cut(format!("{ticket:?} found {found:?}")),
        Input::Applied(ticket, Outcome::Lane(effected)) => cut(format!("{ticket:?} applied {effected:?}")),
        other => cut(format!("{other:?}")),
    }
}

/// What a node asks for.
pub(crate) fn of_effect(effect: &Effect) -> String {
    match effect {
        Effect::Send(envelope) => of_envelope("to", envelope.to, envelope),
        Effect::Store(ticket, StoreOp::Query(Query::Differing { .. })) => format!("{ticket:?} differing"),
        Effect::Store(ticket, StoreOp::Query(Query::Roots { .. })) => format!("{ticket:?} roots"),
        Effect::Store(ticket, StoreOp::Query(query)) => cut(format!("{ticket:?} query {query:?}")),
        Effect::Store(ticket, StoreOp::Lane(op)) => cut(format!("{ticket:?} {op:?}")),
        Effect::Store(ticket, StoreOp::Keep(_)) => format!("{ticket:?} keep"),
        other => cut(format!("{other:?}")),
    }
}

fn of_envelope(way: &str, other: shared::id::NodeId, envelope: &Envelope) -> String {
    let other = other.0 >> 48;
    match &envelope.body {
        Body::Compare(Compare::Leaves { op, partition, .. }) => {
            format!("{way} {other:04x} leaves {op:?} of {partition}")
        }
        Body::Compare(Compare::Roots { op, roots }) => {
            format!("{way} {other:04x} roots {op:?} of {} partitions", roots.len())
        }
        body => cut(format!("{way} {other:04x} {body:?}")),
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LINE_MAX) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(&text)),
        None => text,
    }
}
