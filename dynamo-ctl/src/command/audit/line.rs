//! One line of an audit, as it is shown.

use serde::Serialize;
use serde_json::Value;
use shared::wire::audit::{AuditEntry, AuditKind, AuditLine};

use crate::output::{Item, Tone};
use crate::text::{moment, preview};

/// Of a damaged line, so much is shown.
const DAMAGED_CHARACTERS_MAX: usize = 60;

/// One line. Every field is always there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Line {
    pub(super) node: String,
    pub(super) sequence: u64,
    pub(super) at: Option<String>,
    pub(super) at_ms: Option<u64>,
    /// `asked`, `answered`, `refused`, `note`, or `damaged`.
    pub(super) event: &'static str,
    pub(super) who: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) from: Option<String>,
    pub(super) what: String,
    pub(super) request: Option<Value>,
    pub(super) of: Option<u64>,
    pub(super) state_before: Option<u64>,
    pub(super) state_after: Option<u64>,
    pub(super) outcome: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) times: Option<u64>,
}

impl Line {
    pub(super) fn new(node: &str, line: &AuditLine, entry: Option<AuditEntry<Value>>) -> Self {
        let Some(AuditEntry { sequence, at, at_ms, event, .. }) = entry else {
            return Self::damaged(node, line);
        };
        Self {
            node: node.to_owned(),
            sequence,
            at: Some(at),
            at_ms: Some(at_ms),
            event: match event.kind {
                AuditKind::Asked => "asked",
                AuditKind::Answered => "answered",
                AuditKind::Refused => "refused",
                AuditKind::Note => "note",
            },
            who: event.who,
            serial: event.serial,
            from: event.from,
            what: event.what,
            request: event.request,
            of: event.of,
            state_before: event.state_before,
            state_after: event.state_after,
            outcome: event.outcome,
            detail: event.detail,
            times: event.times,
        }
    }

    fn damaged(node: &str, line: &AuditLine) -> Self {
        Self {
            node: node.to_owned(),
            sequence: line.sequence,
            at: None,
            at_ms: None,
            event: "damaged",
            who: None,
            serial: None,
            from: None,
            what: preview(line.text.as_bytes(), DAMAGED_CHARACTERS_MAX),
            request: None,
            of: None,
            state_before: None,
            state_after: None,
            outcome: None,
            detail: None,
            times: None,
        }
    }

    fn outcome_for_people(&self) -> (String, Tone) {
        match (self.event, self.outcome.as_deref()) {
            (_, Some("done")) => ("done".to_owned(), Tone::Good),
            (_, Some(failure)) => (failure.to_owned(), Tone::Warning),
            ("asked", None) => ("not answered".to_owned(), Tone::Warning),
            ("damaged", None) => ("damaged".to_owned(), Tone::Bad),
            (_, None) => ("-".to_owned(), Tone::Plain),
        }
    }

    fn what_for_people(&self) -> String {
        match self.times {
            Some(times) => format!("{} ({times} more times)", self.what),
            None => self.what.clone(),
        }
    }
}

impl Item for Line {
    const KIND: &'static str = "audit-line";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec!["WHEN", "NODE", "WHO", "FROM", "WHAT", "OUTCOME"];
        if wide {
            headings.extend(["DETAIL", "STATE", "SERIAL", "LINE"]);
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let plain = |text: String| (text, Tone::Plain);
        let or_dash = |text: &Option<String>| plain(text.clone().unwrap_or_else(|| "-".to_owned()));
        let when = self.at_ms.map_or_else(|| "-".to_owned(), moment);
        let mut cells = vec![plain(when), plain(self.node.clone()), or_dash(&self.who), or_dash(&self.from)];
        cells.extend([plain(self.what_for_people()), self.outcome_for_people()]);
        if wide {
            let version = |version: Option<u64>| version.map_or_else(|| "-".to_owned(), |v| v.to_string());
            let state = format!("{} > {}", version(self.state_before), version(self.state_after));
            cells.extend([or_dash(&self.detail), plain(state), or_dash(&self.serial)]);
            cells.push(plain(self.sequence.to_string()));
        }
        cells
    }

    fn name(&self) -> String {
        format!("{}/{}", self.node, self.sequence)
    }
}
