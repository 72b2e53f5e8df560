//! Keys: one page of a partition's keys, read from one owner that was compared since it started.

use shared::error::Failure;
use shared::wire::client::{self, Answer, KEYS_PAGE_MAX, KeysPage};

use super::{Event, Step};
use crate::desk::{Caller, Desk, Errand, View};
use crate::ids::OpId;
use crate::message::Standing;
use crate::row::Row;
use crate::store::{Found, Outcome, Query};
use crate::time::Instant;

/// One listing under way.
#[derive(Debug)]
pub(super) struct Keys {
    caller: Option<Caller>,
    partition: u32,
    deadline: Instant,
}

impl Keys {
    /// Begins to read, if this node's listing would be whole.
    pub(super) fn start(
        desk: &mut Desk<'_>,
        view: View<'_>,
        op: OpId,
        caller: Caller,
        asked: client::Keys,
        deadline: Instant,
    ) -> Result<(Self, Step), Failure> {
        let client::Keys { bucket, partition, after, limit } = asked;
        let state = view.state();
        if !state.buckets.contains_key(&bucket) {
            return Err(Failure::UnknownBucket);
        }
        if partition.0 >= state.partitions.count() {
            let reason =
                format!("there is no partition {partition}; the ring has {}", state.partitions.count());
            return Err(Failure::Malformed { reason });
        }
        let is_whole = state.placed(partition).readers().contains(&desk.me.node)
            && view.members.caught_up.standing(partition) == Standing::Compared;
        if !is_whole {
            return Err(Failure::PartitionUnreachable { partition: partition.0 });
        }
        let query = Query::Keys {
            arc: view.arc(partition),
            bucket,
            after: after.map(|key| Row::new(bucket, key)),
            limit: limit.clamp(1, KEYS_PAGE_MAX) as usize,
            wall: desk.now.wall,
        };
        desk.query(query, Errand::Coordinator(op));
        Ok((Self { caller: Some(caller), partition: partition.0, deadline }, Step::Wait(deadline)))
    }

    /// Who waits for it.
    pub(super) fn into_caller(self) -> Option<Caller> {
        self.caller
    }

    pub(super) fn on(&mut self, desk: &mut Desk<'_>, view: View<'_>, event: Event) -> Step {
        let result = match event {
            Event::Applied(Outcome::Query(Found::Keys { keys, next })) => {
                Ok(Answer::Keys(KeysPage { keys, next: next.map(|row| row.key().clone()) }))
            }
            Event::StoreFailed(failure) => {
                Err(Failure::StoreFailed { node: desk.name(), reason: failure.to_string() })
            }
            Event::Woken => Err(Failure::PartitionUnreachable { partition: self.partition }),
            _ => return Step::Wait(self.deadline),
        };
        if let Some(caller) = self.caller.take() {
            desk.answer(caller, view.state().version, result);
        }
        Step::Done
    }
}
