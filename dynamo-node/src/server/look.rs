//! The look plane: who the node is, the declared state, its status. Answered even while the node waits for a cluster.
//!
//! A client's certificate may see what it needs to use data, and not how the cluster is doing.

use dynamo_transport::{Connection, Role};
use shared::error::Failure;
use shared::wire;
use shared::wire::look::{Look, LookResult};

use super::{Reception, converse};
use crate::inbox::Ask;

pub(super) async fn serve(connection: &Connection, reception: &Reception) {
    let role = connection.identity().role;
    let into_ask = |look: Look| match look {
        Look::Status if role == Role::Client => {
            reception.refused();
            let reason = "the certificate's role is client: status is for nodes, admins and operators".into();
            Err(Failure::NotAuthorised { reason })
        }
        look => Ok(Ask::Look(look)),
    };
    let refusal = |failure: Failure| wire::encode::<LookResult>(&Err(failure));
    converse(connection, reception, "look", into_ask, refusal).await;
}
