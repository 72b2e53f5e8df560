//! Long work of the cluster, for programs and in a table.

use serde::Serialize;
use shared::wire::cluster::ClusterView;
use shared::wire::operation::{Operation, OperationState};

use crate::form::change::{ChangeForm, in_words};
use crate::members::name_of;
use crate::output::{Item, Tone};
use crate::text::{count, duration_for_people, moment, percent};

/// An operation, as one member tells it.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "as in `shared::wire::operation::Operation`, with names and ids as text")]
pub struct OperationForm {
    pub operation: String,
    pub plan: String,
    pub state: OperationState,
    pub changes: Vec<ChangeForm>,
    pub author: String,
    pub author_serial: String,
    pub started: String,
    pub ended: Option<String>,
    pub partitions: u32,
    pub waiting: u32,
    pub joint: u32,
    pub handed_over: u32,
    pub settled: u32,
    pub dropping: Vec<String>,
    pub stalled: Option<String>,
    #[serde(skip)]
    took_ms: Option<u64>,
}

impl OperationForm {
    /// The operation, with the names that the view has for nodes.
    pub fn new(operation: &Operation, view: &ClusterView) -> Self {
        Self {
            operation: operation.id.to_string(),
            plan: operation.plan.to_string(),
            state: operation.state.clone(),
            changes: operation.changes.iter().map(ChangeForm::from).collect(),
            author: operation.author.name.clone(),
            author_serial: operation.author.serial.clone(),
            started: moment(operation.started_ms),
            ended: operation.ended_ms.map(moment),
            partitions: operation.partitions,
            waiting: operation.waiting,
            joint: operation.joint,
            handed_over: operation.handed_over,
            settled: operation.settled,
            dropping: operation.dropping.iter().map(|node| name_of(view, *node)).collect(),
            stalled: operation.stalled.clone(),
            took_ms: operation.ended_ms.map(|ended_ms| ended_ms.saturating_sub(operation.started_ms)),
        }
    }

    /// For people, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("operation {}  {}  {}", self.operation, state(&self.state), in_words(&self.changes)),
            format!("plan {}, committed by {} at {}", self.plan, self.author, self.started),
            format!(
                "{}: {} waiting, {} joint, {} handed over, {} settled",
                count(self.partitions.into(), "partition"),
                self.waiting,
                self.joint,
                self.handed_over,
                self.settled
            ),
        ];
        if !self.dropping.is_empty() {
            lines.push(format!("old copies are still to go from {}", self.dropping.join(", ")));
        }
        if let Some(ended) = &self.ended {
            let took =
                self.took_ms.map_or_else(String::new, |ms| format!(" after {}", duration_for_people(ms)));
            lines.push(format!("ended at {ended}{took}"));
        }
        lines.extend(self.stalled.iter().map(|reason| format!("! stalled: {reason}")));
        lines
    }

    /// The same in one line.
    pub fn line(&self) -> String {
        let stalled = self.stalled.as_ref().map_or_else(String::new, |reason| format!("  stalled: {reason}"));
        format!(
            "operation {}  {}  {}  {}{stalled}",
            self.operation,
            state(&self.state),
            self.progress(),
            in_words(&self.changes)
        )
    }

    fn progress(&self) -> String {
        let moved = u64::from(self.handed_over) + u64::from(self.settled);
        match (moved * 1000).checked_div(self.partitions.into()) {
            Some(permille) => format!("{} ({moved} of {})", percent(permille), self.partitions),
            None => "nothing to move".to_owned(),
        }
    }
}

/// In one word.
pub fn state(state: &OperationState) -> &'static str {
    match state {
        OperationState::Running => "running",
        OperationState::Cancelling => "cancelling",
        OperationState::Done => "done",
        OperationState::Cancelled => "cancelled",
    }
}

impl Item for OperationForm {
    const KIND: &'static str = "operation";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec!["OPERATION", "STATE", "MOVED", "STARTED", "BY", "CHANGES"];
        if wide {
            headings.extend(["PLAN", "ENDED", "WAITING", "JOINT", "HANDED OVER", "SETTLED", "STALLED"]);
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let tone = match (&self.state, &self.stalled) {
            (_, Some(_)) | (OperationState::Cancelling | OperationState::Cancelled, None) => Tone::Warning,
            (OperationState::Done, None) => Tone::Good,
            (OperationState::Running, None) => Tone::Plain,
        };
        let plain = |text: String| (text, Tone::Plain);
        let mut cells = vec![
            plain(self.operation.clone()),
            (state(&self.state).to_owned(), tone),
            plain(self.progress()),
            plain(self.started.clone()),
            plain(self.author.clone()),
            plain(in_words(&self.changes)),
        ];
        if wide {
            let or_dash = |text: &Option<String>| plain(text.clone().unwrap_or_else(|| "-".to_owned()));
            cells.extend([plain(self.plan.clone()), or_dash(&self.ended)]);
            cells.extend(
                [self.waiting, self.joint, self.handed_over, self.settled].map(|n| plain(n.to_string())),
            );
            cells.push(or_dash(&self.stalled));
        }
        cells
    }

    fn name(&self) -> String {
        self.operation.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn an_operation_tells_how_far_it_is_and_why_it_is_not_further() {
        let view = sample::view();
        let mut operation = view.operations[0].clone();
        operation.stalled = Some("node-2 does not answer".into());
        insta::assert_snapshot!(OperationForm::new(&operation, &view).lines().join("\n"));
    }
}
