//! The look plane: who the node is, the declared state, its status, its telemetry. Answered even while the node waits
//! for a cluster.
//!
//! A client's certificate may see what it needs to use data, and not how the cluster is doing.

use dynamo_transport::{Connection, Responder, Role};
use shared::error::Failure;
use shared::wire;
use shared::wire::look::{Look, LookResult, Seen};

use super::{Reception, Wanted, converse};
use crate::audit::Auditor;
use crate::inbox::Ask;

pub(super) async fn serve(connection: &Connection, reception: &Reception) {
    let role = connection.identity().role;
    let into_wanted = |look: Look| match look {
        Look::Status if role == Role::Client => Err(not_for_clients("status")),
        Look::Telemetry(_) if role == Role::Client => Err(not_for_clients("telemetry")),
        Look::Audit { after, limit } => may_audit(role).map(|()| Wanted::Audit { after, limit }),
        look => Ok(Wanted::Ask(Ask::Look(look))),
    };
    let refusal = |failure: Failure| wire::encode::<LookResult>(&Err(failure));
    converse(connection, reception, "look", into_wanted, refusal).await;
}

fn may_audit(role: Role) -> Result<(), Failure> {
    if matches!(role, Role::Admin | Role::Operator) {
        return Ok(());
    }
    let reason = format!("the certificate's role is {role}: the audit is for admins and operators");
    Err(Failure::NotAuthorised { reason })
}

/// Answers with lines of the audit.
pub(super) async fn show_audit(auditor: Auditor, after: u64, limit: u32, responder: Responder) {
    let lines = auditor.read(after, limit).await;
    let seen = lines.map(Seen::Audit).map_err(|error| {
        tracing::error!(%error, "the audit cannot be read");
        Failure::Refused { reason: format!("the audit cannot be read: {error}") }
    });
    responder.answer(wire::encode::<LookResult>(&seen));
}

fn not_for_clients(what: &str) -> Failure {
    let reason = format!("the certificate's role is client: {what} is for nodes, admins and operators");
    Failure::NotAuthorised { reason }
}
