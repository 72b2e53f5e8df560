//! Who was turned away at the door: for logs and for the audit, which want more than a number.

use std::net::SocketAddr;

use shared::wire::Plane;

use crate::identity::Identity;

/// A caller that was not admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAway {
    /// Where it called from. Anybody can write any address on a first packet; only with `identity` is it proven.
    pub remote_addr: SocketAddr,
    /// Who it is, if TLS believed its certificate and that names somebody.
    pub identity: Option<Identity>,
    /// Which conversation it wanted, if it came far enough to say so.
    pub plane: Option<Plane>,
    /// Why, in the words that it was told.
    pub reason: String,
}
