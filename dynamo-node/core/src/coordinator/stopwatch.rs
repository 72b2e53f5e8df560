//! Stopwatch: how long an operation has taken, told as measures. Decides nothing.

use shared::error::{Failure, Outcome};
use shared::id::NodeId;
use shared::wire::client::Answer;

use super::tally::Verdict;
use crate::desk::Desk;
use crate::measure::{Ending, Kind, Measure};
use crate::row::Row;
use crate::time::Instant;

/// When an operation began, and how many answers have counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopwatch {
    kind: Kind,
    began: Instant,
    counted: u8,
    is_decided: bool,
}

impl Stopwatch {
    /// It begins now.
    pub(super) fn start(desk: &Desk<'_>, kind: Kind) -> Self {
        Self { kind, began: desk.now.monotonic, counted: 0, is_decided: false }
    }

    /// A replica's answer counted, and the quorum stands like this since.
    pub(super) fn counted(&mut self, desk: &mut Desk<'_>, node: NodeId, verdict: Verdict) {
        self.counted = self.counted.saturating_add(1);
        let decided = !self.is_decided && verdict == Verdict::Reached;
        self.is_decided |= decided;
        let after_us = self.elapsed_us(desk);
        desk.measure(Measure::Counted { kind: self.kind, node, rank: self.counted, decided, after_us });
    }

    /// The client is answered.
    pub(super) fn answered(
        &self,
        desk: &mut Desk<'_>,
        row: &Row,
        bytes: usize,
        result: Result<&Answer, &Failure>,
    ) {
        let ending = match result {
            Ok(_) => Ending::Done,
            Err(failure) if failure.outcome() == Outcome::Unknown => Ending::Unknown,
            Err(_) => Ending::Failed,
        };
        desk.measure(Measure::Answered {
            kind: self.kind,
            ending,
            token: row.token(),
            row: row.clone(),
            bytes: bytes as u64,
            after_us: self.elapsed_us(desk),
        });
    }

    fn elapsed_us(&self, desk: &Desk<'_>) -> u64 {
        desk.now.monotonic.0.saturating_sub(self.began.0)
    }
}
