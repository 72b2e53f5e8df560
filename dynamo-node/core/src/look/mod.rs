//! What a node says of itself and of the cluster to an onlooker. Changes nothing.

mod cluster;

use shared::error::Failure;
use shared::id::NodeId;
use shared::wire::look::{Look, NodeStatus, PeerStatus, Seen, StoreStatus, Whoami};
use shared::wire::plan::Change;

use crate::admin::conductor::Conductor;
use crate::admin::draft::Surroundings;
use crate::admin::plan;
use crate::desk::{Desk, Errand, View};
use crate::effect::Reply;
use crate::ids::CallId;
use crate::store::Query;
use crate::time::Instant;
use crate::transfer::Transfers;

/// Rooms that have something to show.
pub(crate) struct Rooms<'a> {
    pub(crate) transfers: &'a Transfers,
    pub(crate) conductor: &'a Conductor,
    pub(crate) has_left: bool,
}

/// Answers what can be answered at once; a status first asks the store for whom hints are kept.
pub(crate) fn ask(desk: &mut Desk<'_>, view: Option<View<'_>>, rooms: &Rooms<'_>, call: CallId, look: &Look) {
    let seen = match (look, view) {
        (Look::Whoami, view) => Ok(Seen::Whoami(whoami(desk, view))),
        (_, None) if rooms.has_left => Err(Failure::Left { node: desk.name() }),
        (_, None) => Err(Failure::Waiting { node: desk.name() }),
        (Look::Status, Some(_)) => return desk.query(Query::HintedOwners, Errand::Look(call)),
        (look, Some(view)) => show(desk, view, rooms, look),
    };
    desk.reply(call, Reply::Look(seen));
}

fn show(desk: &Desk<'_>, view: View<'_>, rooms: &Rooms<'_>, look: &Look) -> Result<Seen, Failure> {
    let state = view.state();
    let (me, now) = (desk.me.node, desk.now);
    let surroundings = || Surroundings::of(view, me, now);
    let staged = || -> Vec<Change> { state.staged.iter().map(|staged| staged.change.clone()).collect() };
    Ok(match look {
        Look::Map => Seen::Map(Box::new(state.to_map())),
        Look::Cluster => Seen::Cluster(Box::new(cluster::show(desk, view, rooms.conductor))),
        Look::Ring => Seen::Ring(Box::new(cluster::ring(state))),
        Look::Plan { changes } => {
            let surroundings = surroundings();
            let ground = surroundings.ground(state);
            let mut all = staged();
            if !changes.is_empty() {
                plan::check(&ground, &all, changes)?;
                all.extend(changes.iter().cloned());
            }
            Seen::Plan(Box::new(plan::make(&ground, &all)?.plan))
        }
        Look::Propose { objective, moves_max } => {
            let surroundings = surroundings();
            Seen::Proposals(plan::propose(&surroundings.ground(state), &staged(), *objective, *moves_max)?)
        }
        Look::Transfers => {
            let expected = cluster::bytes_per_partition(view);
            Seen::Transfers(rooms.transfers.show(view, me, now.monotonic, expected))
        }
        _ => {
            let reason = "this is answered elsewhere in the node".to_owned();
            return Err(Failure::Malformed { reason });
        }
    })
}

/// A status, now that the store has said for whom hints are kept. What only the store knows is filled in by whoever holds it.
pub(crate) fn status(
    desk: &mut Desk<'_>,
    view: View<'_>,
    call: CallId,
    started: Instant,
    hints: &[(NodeId, u64)],
) {
    let now = desk.now.monotonic;
    let hints_for = |node| hints.iter().find(|(owner, _)| *owner == node).map_or(0, |&(_, count)| count);
    let peers = view.members.liveness.iter().map(|seen| PeerStatus {
        node: seen.node,
        liveness: seen.liveness,
        since_ms: now.since_ms(seen.since),
        hints: hints_for(seen.node),
        state_version: seen.edition.map(|edition| edition.version),
    });
    let status = NodeStatus {
        whoami: whoami(desk, Some(view)),
        uptime_ms: now.since_ms(started),
        peers: peers.collect(),
        partitions_owned: view.members.caught_up.owned(),
        partitions_compared: view.members.caught_up.compared(),
        store: StoreStatus::default(),
        counters: desk.counters.clone(),
    };
    desk.reply(call, Reply::Look(Ok(Seen::Status(Box::new(status)))));
}

fn whoami(desk: &Desk<'_>, view: Option<View<'_>>) -> Whoami {
    Whoami {
        cluster: desk.me.cluster,
        node: desk.me.node,
        name: desk.me.name.clone(),
        address: desk.me.address,
        zone: desk.me.zone.clone(),
        boot: desk.boot,
        state_version: view.map(|view| view.state().version),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
