//! The client plane: get, put, delete, keys, map.
//!
//! Nothing is checked here but that it is a request: limits, quorums and contexts are the core's.

use std::sync::atomic::Ordering::Relaxed;

use dynamo_transport::Connection;
use shared::error::Failure;
use shared::wire;
use shared::wire::client::Response;

use super::{Reception, Wanted, converse};
use crate::inbox::Ask;

pub(super) async fn serve(connection: &Connection, reception: &Reception) {
    let refusal = |failure: Failure| {
        let state_version = reception.state_version.load(Relaxed);
        wire::encode(&Response { state_version, result: Err(failure) })
    };
    let into_wanted = |request| Ok(Wanted::Ask(Ask::Client(request)));
    converse(connection, reception, "request", into_wanted, refusal).await;
}
