//! The ring as it was: rebuilt from what it is and from what every change has kept of the lists before it.

use shared::id::NodeId;
use shared::wire::cluster::{ClusterView, RingView};

use crate::exit::Exit;
use crate::problem::Problem;

/// So many changes nodes remember at most: where there are fewer, there never were more.
const CHANGES_REMEMBERED: usize = 32;

/// Replica lists by partition.
pub(super) type Lists = Vec<Vec<NodeId>>;

/// The ring that is declared now: the one that moving partitions move to.
pub(super) fn present(ring: &RingView) -> Lists {
    let lists = ring.partitions.iter().map(|partition| partition.next.as_ref().unwrap_or(&partition.owners));
    lists.cloned().collect()
}

/// The version in which the newest change of the ring began.
pub(super) fn newest_change(view: &ClusterView) -> Result<u64, Problem> {
    let newest = view.history.iter().find(|change| change.operation.is_some());
    newest.map(|change| change.ring_version).ok_or_else(|| {
        Problem::new(Exit::NotFound, "no-such-ring", "the ring was never changed, as far as is remembered")
    })
}

/// The ring of a version: what was declared by every change up to it.
pub(super) fn at(view: &ClusterView, ring: &RingView, version: u64) -> Result<Lists, Problem> {
    if version == 0 || version > view.ring_version {
        return Err(Problem::new(
            Exit::NotFound,
            "no-such-ring",
            format!("no ring has the version {version}"),
        )
        .because(format!("the ring has the version {} now", view.ring_version))
        .try_this("`dynamo-ctl ring history` shows with which versions its changes began"));
    }
    let oldest = view.history.last().map_or(0, |oldest| oldest.ring_version);
    if view.history.len() >= CHANGES_REMEMBERED && version + 1 < oldest {
        return Err(forgotten(version, oldest));
    }
    let mut lists = present(ring);
    for change in view.history.iter().take_while(|change| change.ring_version > version) {
        if change.before.is_empty() && change.replicas_moved > 0 {
            return Err(forgotten(version, change.ring_version));
        }
        for (partition, before) in &change.before {
            if let Some(list) = lists.get_mut(partition.0 as usize) {
                list.clone_from(before);
            }
        }
    }
    Ok(lists)
}

fn forgotten(version: u64, change: u64) -> Problem {
    Problem::new(Exit::NotFound, "no-such-ring", format!("the ring of version {version} is forgotten"))
        .because(format!("what it was before version {change} is too long ago"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample::{ring, view};

    #[test]
    fn an_older_ring_is_rebuilt_from_what_changed_since() {
        let (view, ring) = (view(), ring());
        let nodes = |numbers: &[u64]| numbers.iter().copied().map(NodeId).collect::<Vec<_>>();
        let now = at(&view, &ring, 3).unwrap();
        assert_eq!((&now[0], &now[1], &now[2]), (&nodes(&[1, 2, 4]), &nodes(&[1, 2, 4]), &nodes(&[1, 2, 3])));
        assert!(at(&view, &ring, 1).unwrap().iter().all(|list| *list == nodes(&[1, 2, 3])));
        assert_eq!(at(&view, &ring, 2), at(&view, &ring, 1), "a ring stays until it is changed");
        assert_eq!(newest_change(&view), Ok(3));
    }

    #[test]
    fn what_never_was_and_what_is_forgotten_is_said_to_be_so() {
        let mut view = view();
        for version in [0, 4] {
            assert_eq!(at(&view, &ring(), version).unwrap_err().exit.code(), 4);
        }
        view.history[0].before.clear();
        let forgotten = at(&view, &ring(), 1).unwrap_err();
        assert!(forgotten.error.contains("forgotten"), "{forgotten}");
        view.history.truncate(1);
        view.history[0].ring_version = 100;
        view.ring_version = 100;
        let full = vec![view.history[0].clone(); CHANGES_REMEMBERED];
        let long_ago = at(&ClusterView { history: full, ..view.clone() }, &ring(), 98).unwrap_err();
        assert!(long_ago.error.contains("forgotten"), "{long_ago}");
        view.history.clear();
        assert_eq!(newest_change(&view).unwrap_err().exit.code(), 4);
    }
}
