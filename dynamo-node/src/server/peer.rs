//! The peer plane: envelopes of other nodes.
//!
//! A node speaks in its own name only: the sender that an envelope names has to be the one that the certificate names.
//! Whoever breaks that, or sends what is no envelope, is told so and cut off: its other messages are worth no more.

use dynamo_core::message::{Body, Envelope};
use dynamo_transport::{Connection, Incoming};
use shared::id::{Name, NodeId};
use shared::wire;

use super::Reception;
use crate::inbox::Happened;

pub(super) async fn serve(connection: &Connection, reception: &Reception) {
    // The transport lets nobody but nodes onto this plane, and every node's certificate names it.
    let Some(caller) = connection.identity().node else { return };
    if caller == reception.node {
        return cut_off(connection, reception, "this is the same node: two processes have one certificate");
    }
    if reception.doors.done.send(Happened::Called(caller)).is_err() {
        return;
    }
    while let Some(incoming) = connection.next_incoming().await {
        let payload = match incoming {
            Incoming::Tell(payload) => payload,
            Incoming::Ask { responder, .. } => {
                let reason = "nodes tell each other, they do not ask";
                reception.refused(connection, "ask as a node", "malformed", reason);
                responder.refuse(reason);
                continue;
            }
        };
        let said = read(&payload, caller, reception.node);
        match said.and_then(|envelope| named(envelope, &connection.identity().name)) {
            Ok(envelope) => {
                if reception.doors.said.send(Happened::Said(envelope)).await.is_err() {
                    return;
                }
            }
            Err(reason) => return cut_off(connection, reception, &reason),
        }
    }
}

/// An envelope from that caller to this node, or what is wrong with it.
fn read(payload: &[u8], caller: NodeId, me: NodeId) -> Result<Envelope, String> {
    let envelope: Envelope = wire::decode("envelope", payload).map_err(|error| error.to_string())?;
    if envelope.from != caller {
        return Err(format!(
            "the envelope is from node {}, the certificate is of node {caller}",
            envelope.from
        ));
    }
    if envelope.to != me {
        return Err(format!("the envelope is for node {}, this is node {me}", envelope.to));
    }
    Ok(envelope)
}

/// The envelope, unless its sender describes itself under another name than its certificate's: administrators admit by name.
fn named(envelope: Envelope, name: &Name) -> Result<Envelope, String> {
    match &envelope.body {
        Body::Digest(digest) if digest.sender.name != *name => {
            Err(format!("the node calls itself {}, and its certificate {name}", digest.sender.name))
        }
        _ => Ok(envelope),
    }
}

fn cut_off(connection: &Connection, reception: &Reception, reason: &str) {
    reception.refused(connection, "speak as a node", "cut-off", reason);
    tracing::warn!(caller = %connection.identity(), remote = %connection.remote_addr(), reason, "a node was cut off");
    connection.close(reason);
}

#[cfg(test)]
mod tests {
    use dynamo_core::message::{ActorsKnown, Digest, Newcomer};
    use shared::id::Boot;

    use super::*;

    #[test]
    fn a_node_speaks_in_its_own_name_and_to_this_node() {
        let envelope =
            |from, to| wire::encode(&Envelope { from, boot: Boot(1), to, edition: None, body: Body::Ping });
        let (caller, me) = (NodeId(1), NodeId(2));
        assert!(read(&envelope(caller, me), caller, me).is_ok());
        assert!(
            read(&envelope(NodeId(3), me), caller, me).unwrap_err().contains("from node 0000000000000003")
        );
        assert!(
            read(&envelope(caller, NodeId(3)), caller, me).unwrap_err().contains("for node 0000000000000003")
        );
        assert!(read(b"\xff\xff", caller, me).unwrap_err().contains("malformed envelope"));
    }

    #[test]
    fn a_node_waits_under_the_name_of_its_certificate() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let address = ([127, 0, 0, 1], 7000).into();
        let digest = Digest {
            state: None,
            ancestors: Vec::new(),
            actors: ActorsKnown::Tag(0),
            sender: Newcomer { name: name("node-4"), address, zone: name("zone"), load: None },
            your_boot: Boot(0),
            waiting: Vec::new(),
        };
        let body = Body::Digest(digest);
        let envelope = Envelope { from: NodeId(4), boot: Boot(1), to: NodeId(1), edition: None, body };
        assert!(named(envelope.clone(), &name("node-4")).is_ok());
        assert!(named(envelope, &name("node-5")).unwrap_err().contains("calls itself node-4"));
    }
}
