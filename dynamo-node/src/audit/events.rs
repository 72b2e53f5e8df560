//! What stands in a line: requests, answers, refusals and notes, made into events.

use shared::error::Failure;
use shared::wire::admin::{Admin, AdminResult, Done};
use shared::wire::audit::AuditKind;

use super::{Asked, Caller, Event, Refusal, words};

/// A longer request is noted in words only; thousands of changes fit.
const REQUEST_BYTES_MAX: usize = 128 * 1024;

/// Longest description of a request, in characters.
const WORDS_MAX: usize = 2048;

fn event(kind: AuditKind, what: String) -> Event {
    Event {
        kind,
        who: None,
        serial: None,
        from: None,
        what,
        request: None,
        of: None,
        state_before: None,
        state_after: None,
        outcome: None,
        detail: None,
        times: None,
    }
}

fn of_caller(kind: AuditKind, what: String, caller: &Caller) -> Event {
    let (who, serial) = caller.known.clone().unzip();
    Event { who, serial, from: Some(caller.from.to_string()), ..event(kind, what) }
}

/// Something about the audit itself.
pub(super) fn note(words: String) -> Event {
    event(AuditKind::Note, words)
}

/// An administrator's request.
pub(super) fn asked(caller: &Caller, admin: &Admin, state_before: u64) -> Event {
    let what = clipped(words::words(admin));
    Event {
        request: Some(words::json(admin)).filter(|request| request.to_string().len() <= REQUEST_BYTES_MAX),
        state_before: Some(state_before),
        ..of_caller(AuditKind::Asked, what, caller)
    }
}

fn clipped(mut words: String) -> String {
    if let Some((end, _)) = words.char_indices().nth(WORDS_MAX) {
        words.truncate(end);
        words.push_str(" ...");
    }
    words
}

/// What came of it.
pub(super) fn answered(asked: Asked, result: &AdminResult, state_after: u64) -> Event {
    let (outcome, detail, version) = match result {
        Ok(done) => ("done", done_in_words(done), version_of(done)),
        Err(failure) => (Failure::code(failure), failure.to_string(), 0),
    };
    Event {
        kind: AuditKind::Answered,
        of: Some(asked.sequence),
        // Another member may have made the change; this node may not have heard of the version yet.
        state_after: Some(state_after.max(version)),
        outcome: Some(outcome.to_owned()),
        detail: Some(detail),
        ..*asked.event
    }
}

/// Something that was turned away; `times` says how often, if it was folded.
pub(super) fn refused(refusal: Refusal, from: String, times: Option<u64>) -> Event {
    let Refusal { caller, what, code, reason } = refusal;
    Event {
        from: Some(from),
        outcome: Some(code),
        detail: Some(reason),
        times,
        ..of_caller(AuditKind::Refused, what, &caller)
    }
}

/// Refusals of which only the number is known.
pub(super) fn refused_many(times: u64) -> Event {
    let words = "they were too many to be noted one by one".to_owned();
    Event {
        outcome: Some("refused".to_owned()),
        detail: Some(words),
        times: Some(times),
        ..event(AuditKind::Refused, "other connections and requests".to_owned())
    }
}

fn version_of(done: &Done) -> u64 {
    match done {
        Done::Initialised { version }
        | Done::Staged { version, .. }
        | Done::Cleared { version, .. }
        | Done::Committed { version, .. }
        | Done::Cancelling { version }
        | Done::Set { version } => *version,
    }
}

fn done_in_words(done: &Done) -> String {
    let numbers = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    match done {
        Done::Initialised { .. } => "the cluster is created".to_owned(),
        Done::Staged { numbers: staged, .. } => format!("staged as {}", numbers(staged)),
        Done::Cleared { numbers: cleared, .. } => format!("taken back: {}", numbers(cleared)),
        Done::Committed { operation, .. } => format!("committed; operation {operation} carries it out"),
        Done::Cancelling { .. } => "it is being taken back".to_owned(),
        Done::Set { .. } => "it is in force".to_owned(),
    }
}
