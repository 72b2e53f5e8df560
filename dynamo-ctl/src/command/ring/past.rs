//! The ring as it was: rebuilt from what it is and from what every change has kept of the lists before it.

use shared::id::NodeId;
use shared::wire::cluster::{ClusterView, RingView};

use crate::exit::Exit;
use crate::problem::Problem;
use crate::text::few;

/// Replica lists by partition.
pub(super) type Lists = Vec<Vec<NodeId>>;

/// The ring that is declared now: the one that moving partitions move to.
pub(super) fn present(ring: &RingView) -> Lists {
    let lists = ring.partitions.iter().map(|partition| partition.next.as_ref().unwrap_or(&partition.owners));
    lists.cloned().collect()
}

/// The version that is declared now.
pub(super) fn present_version(view: &ClusterView) -> u64 {
    view.history.first().map_or(view.ring_version, |newest| newest.ring_version)
}

/// The version before that.
pub(super) fn version_before(view: &ClusterView) -> Result<u64, Problem> {
    view.history.get(1).map(|change| change.ring_version).ok_or_else(|| {
        Problem::new(Exit::NotFound, "no-such-ring", "the ring was never changed, as far as is remembered")
    })
}

/// The ring of a version.
pub(super) fn at(view: &ClusterView, ring: &RingView, version: u64) -> Result<Lists, Problem> {
    if view.history.iter().all(|change| change.ring_version != version) && version != present_version(view) {
        let known: Vec<u64> = view.history.iter().map(|change| change.ring_version).collect();
        return Err(Problem::new(
            Exit::NotFound,
            "no-such-ring",
            format!("no ring has the version {version}"),
        )
        .because(format!("the versions of the ring are {}", few(&known, 10)))
        .try_this("`dynamo-ctl ring history` shows them all"));
    }
    let mut lists = present(ring);
    for change in view.history.iter().take_while(|change| change.ring_version > version) {
        if change.before.is_empty() && change.replicas_moved > 0 {
            return Err(Problem::new(
                Exit::NotFound,
                "no-such-ring",
                format!("the ring of version {version} is forgotten"),
            )
            .because(format!("what it was before version {} is too long ago", change.ring_version)));
        }
        for (partition, before) in &change.before {
            if let Some(list) = lists.get_mut(partition.0 as usize) {
                list.clone_from(before);
            }
        }
    }
    Ok(lists)
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
        assert_eq!(version_before(&view), Ok(1));
    }

    #[test]
    fn what_never_was_and_what_is_forgotten_is_said_to_be_so() {
        let mut view = view();
        assert_eq!(at(&view, &ring(), 2).unwrap_err().exit.code(), 4);
        view.history[0].before.clear();
        let forgotten = at(&view, &ring(), 1).unwrap_err();
        assert!(forgotten.error.contains("forgotten"), "{forgotten}");
        view.history.truncate(1);
        assert_eq!(version_before(&view).unwrap_err().exit.code(), 4);
    }
}
