//! The admin plane: what changes the cluster. Whoever asks is written to the log with what was asked, and to the audit
//! before anything is done about it.

use dynamo_transport::Connection;
use shared::error::Failure;
use shared::wire;
use shared::wire::admin::{Admin, AdminResult};
use shared::wire::plan::Author;

use super::{Reception, Wanted, converse};

pub(super) async fn serve(connection: &Connection, reception: &Reception) {
    let (caller, remote) = (connection.identity(), connection.remote_addr());
    let into_wanted = |admin: Admin| {
        tracing::info!(%caller, serial = caller.serial, %remote, ?admin, "an administrator asks");
        let author = Author { name: caller.to_string(), serial: caller.serial.clone() };
        Ok(Wanted::Change(author, admin))
    };
    let refusal = |failure: Failure| wire::encode::<AdminResult>(&Err(failure));
    converse(connection, reception, "admin request", into_wanted, refusal).await;
}
