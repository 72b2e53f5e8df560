//! What a node says of itself to an onlooker. Changes nothing.

use shared::error::Failure;
use shared::id::NodeId;
use shared::wire::look::{Look, NodeStatus, PeerStatus, Seen, StoreStatus, Whoami};

use crate::desk::{Desk, Errand, View};
use crate::effect::Reply;
use crate::ids::CallId;
use crate::store::Query;
use crate::time::Instant;

/// Answers what can be answered at once; a status first asks the store for whom hints are kept.
pub(crate) fn ask(desk: &mut Desk<'_>, view: Option<View<'_>>, call: CallId, look: &Look) {
    let seen = match (look, view) {
        (Look::Whoami, view) => Ok(Seen::Whoami(whoami(desk, view))),
        (_, None) => Err(Failure::Waiting { node: desk.name() }),
        (Look::Map, Some(view)) => Ok(Seen::Map(Box::new(view.state().to_map()))),
        (Look::Status, Some(_)) => return desk.query(Query::HintedOwners, Errand::Look(call)),
        (_, Some(_)) => Err(Failure::Refused { reason: "this node cannot show that".to_owned() }),
    };
    desk.reply(call, Reply::Look(seen));
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
    let peers = view.members.liveness.iter().map(|(node, liveness, since, state_version)| PeerStatus {
        node,
        liveness,
        since_ms: now.since_ms(since),
        hints: hints_for(node),
        state_version,
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
