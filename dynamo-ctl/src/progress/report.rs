//! How far an operation is, as lines and as JSON.

use serde::Serialize;
use shared::wire::operation::OperationState;

use crate::form::operation::state;
use crate::text::{aligned, bytes_for_people, count, duration_for_people, percent};

/// Pairs of nodes that a plain report names.
const PAIRS_TOLD_MAX: usize = 8;

/// Parts of a whole, in which progress is measured.
pub const WHOLE: u64 = 1_000_000;

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Which.
    pub operation: String,
    /// Where it stands.
    pub state: OperationState,
    /// Whether nothing more will happen.
    pub is_over: bool,
    /// Partitions that are to move.
    pub partitions: u32,
    /// Of those: new owners answer; while it is taken back: nothing is to be moved any more.
    pub partitions_moved: u32,
    /// Of those: being copied.
    pub partitions_moving: u32,
    /// Bytes copied, as far as this tool has seen.
    pub bytes: u64,
    /// How fast; null: not known yet.
    pub bytes_per_second: Option<u64>,
    /// How long it still takes at this pace; null: not known.
    pub time_left_ms: Option<u64>,
    /// How far it is, in thousandths.
    pub permille: u64,
    /// Why it does not move on, where that is known.
    pub stalled: Option<String>,
    /// Who still has old copies to give up.
    pub dropping: Vec<String>,
    /// For how long nobody has answered.
    pub silent_ms: Option<u64>,
    /// Each pair of nodes with something to copy.
    pub pairs: Vec<PairReport>,
}

/// How far one pair of nodes is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairReport {
    /// Whose copy is given up, or who is read from.
    pub source: String,
    /// Who takes it in.
    pub target: String,
    /// Partitions to copy.
    pub partitions: u32,
    /// Of those: copied.
    pub partitions_copied: u32,
    /// Bytes copied, as far as this tool has seen.
    pub bytes: u64,
    /// How fast; null: not known yet.
    pub bytes_per_second: Option<u64>,
    /// How long it still takes at this pace; null: not known.
    pub time_left_ms: Option<u64>,
    /// How far it is, in thousandths.
    pub permille: u64,
    /// Why it does not move on, where that is known.
    pub stalled: Option<String>,
}

impl Report {
    /// For people: the operation, then the pairs that are under way.
    pub fn lines(&self) -> Vec<String> {
        let mut lines =
            vec![format!("operation {}  {}  {}", self.operation, percent(self.permille), self.text())];
        let under_way: Vec<&PairReport> =
            self.pairs.iter().filter(|pair| pair.partitions_copied < pair.partitions).collect();
        let rows: Vec<Vec<String>> = under_way.iter().take(PAIRS_TOLD_MAX).map(|pair| pair.cells()).collect();
        if !self.is_over {
            lines.extend(aligned(&rows));
            let more = under_way.len().saturating_sub(PAIRS_TOLD_MAX);
            if more > 0 {
                lines.push(format!("  and {}", count(more as u64, "more pair")));
            }
        }
        lines
    }

    /// The operation in one line, without its name, beside its bar.
    pub fn text(&self) -> String {
        let mut parts = vec![
            state(&self.state).to_owned(),
            format!("{} of {}", self.partitions_moved, count(self.partitions.into(), "partition")),
        ];
        parts.extend(self.stalled.iter().map(|reason| format!("stalled: {reason}")));
        parts.extend(pace(self.bytes_per_second, self.time_left_ms));
        if !self.dropping.is_empty() {
            parts.push(format!("old copies on {}", self.dropping.join(", ")));
        }
        parts.extend(self.silent_ms.map(|ms| format!("nobody answers for {}", duration_for_people(ms))));
        parts.join("  ")
    }
}

impl PairReport {
    /// `node-1 -> node-4`
    pub fn name(&self) -> String {
        format!("{} -> {}", self.source, self.target)
    }

    /// What stands beside its bar.
    pub fn text(&self) -> String {
        let mut parts = vec![format!("{}/{}", self.partitions_copied, self.partitions)];
        parts.push(bytes_for_people(self.bytes));
        parts.extend(pace(self.bytes_per_second, self.time_left_ms));
        parts.extend(self.stalled.iter().map(|reason| format!("stalled: {reason}")));
        parts.join("  ")
    }

    fn cells(&self) -> Vec<String> {
        vec![format!("  {}", self.name()), percent(self.permille), self.text()]
    }
}

/// How fast, and how long it still takes, where that is known.
fn pace(bytes_per_second: Option<u64>, time_left_ms: Option<u64>) -> impl Iterator<Item = String> {
    let rate = bytes_per_second.map(|bytes| format!("{}/s", bytes_for_people(bytes)));
    let left =
        time_left_ms.filter(|ms| *ms > 0).map(|ms| format!("{} left", duration_for_people(ms.max(1000))));
    rate.into_iter().chain(left)
}
