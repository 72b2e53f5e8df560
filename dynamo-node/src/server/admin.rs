//! The admin plane: what changes the cluster. Whoever asks is written to the log with what was asked.

use dynamo_transport::Connection;
use shared::error::Failure;
use shared::wire;
use shared::wire::admin::{Admin, AdminResult};

use super::{Reception, converse};
use crate::inbox::Ask;

pub(super) async fn serve(connection: &Connection, reception: &Reception) {
    let (caller, remote) = (connection.identity(), connection.remote_addr());
    let into_ask = |admin: Admin| {
        let what = match &admin {
            Admin::Init(init) => format!("init cluster {} of {} members", init.name, init.members.len()),
        };
        tracing::info!(%caller, serial = caller.serial, %remote, what, "an administrator asks");
        Ok(Ask::Admin(admin))
    };
    let refusal = |failure: Failure| wire::encode::<AdminResult>(&Err(failure));
    converse(connection, reception, "admin request", into_ask, refusal).await;
}
