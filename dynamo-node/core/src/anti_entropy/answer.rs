//! The side that is asked: it reads, answers, and remembers nothing of it.

use std::sync::Arc;

use shared::id::NodeId;
use shared::key::VALUE_BYTES_MAX;
use shared::token::PartitionId;

use super::{About, Duty};
use crate::desk::{Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Compare};
use crate::record::Record;
use crate::row::Row;
use crate::store::{Found, Query};

/// Takes a question to the store; gives back what is none.
///
/// What lies here of a partition that is being filled, or given up, is no evidence of what there is.
pub(super) fn ask(
    desk: &mut Desk<'_>,
    view: View<'_>,
    from: NodeId,
    said: Compare,
    has_whole_copy: impl Fn(PartitionId) -> bool,
) -> Option<Compare> {
    let (query, op, about) = match said {
        Compare::Roots { op, roots } => {
            let (roots, absent): (Vec<_>, Vec<_>) =
                roots.into_iter().partition(|&(partition, _)| has_whole_copy(partition));
            let absent = absent.into_iter().map(|(partition, _)| partition).collect();
            let arcs = roots.iter().map(|&(partition, _)| view.arc(partition)).collect();
            let lacks_data = view.members.caught_up.lacks_data();
            (Query::Roots { arcs }, op, About::Roots { theirs: roots, lacks_data, absent })
        }
        Compare::Leaves { op, partition, leaves, after } => {
            let limit = desk.config.compare_page_rows;
            (Query::Differing { arc: view.arc(partition), leaves, after, limit }, op, About::Rows)
        }
        Compare::Fetch { op, rows } => (Query::HeldMany { rows }, op, About::Records),
        answer => return Some(answer),
    };
    desk.query(query, Errand::Exchange(Duty::Answer { to: from, op, about }));
    None
}

/// Sends what was found.
pub(super) fn found(desk: &mut Desk<'_>, to: NodeId, op: OpId, about: About, found: Found) {
    let answer = match (about, found) {
        (About::Roots { theirs, lacks_data, absent }, Found::Roots(ours)) => {
            let differ = theirs.iter().zip(ours).filter(|((_, theirs), ours)| theirs != ours);
            let partitions = differ.map(|((partition, _), _)| *partition).collect();
            Compare::Differ { op, partitions, lacks_data, absent }
        }
        (About::Rows, Found::Differing { rows, next }) => Compare::Rows { op, rows, next },
        (About::Records, Found::HeldMany(records)) => {
            Compare::Records { op, records: as_many_as_fit(records) }
        }
        _ => return,
    };
    desk.send(to, Body::Compare(answer));
}

/// The first records, up to what one message should carry; the asker asks again for the rest. One goes in any case.
fn as_many_as_fit(records: Vec<(Row, Arc<Record>)>) -> Vec<(Row, Arc<Record>)> {
    let mut bytes = 0;
    let fits = |(_, record): &(Row, Arc<Record>)| {
        let is_first = bytes == 0;
        bytes += record.value_bytes().max(1);
        is_first || bytes <= VALUE_BYTES_MAX
    };
    records.into_iter().take_while(fits).collect()
}
