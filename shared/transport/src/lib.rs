//! Mutual-TLS QUIC between nodes, tools and clients: who is calling, and frames that travel coalesced.
//!
//! | room | noun |
//! |---|---|
//! | [`authority`] | a cluster's private certificate authority, and the certificates it issues |
//! | [`identity`] | cluster, role, node and name, out of a certificate |
//! | [`credentials`] | certificate, key and authority from files, refused before they can surprise |
//! | [`settings`] | every limit and interval of a link, with its default |
//! | [`endpoint`] | one UDP port: accept, dial, take over new credentials |
//! | [`connection`] | one live link: ask, tell, what comes in |
//! | [`incoming`] | what the other end wants, and the slip to answer it with |
//! | [`pool`] | one connection for each address and plane, dialled again when it is lost |
//! | [`turned_away`] | who was not admitted, and why |
//! | [`counters`] | what was refused and why, what is open |
//! | [`error`] | how a link can fail, in words |
//!
//! Behind them: `tls` (configurations that verify both ways), `admission` (who may hold which conversation),
//! `closing` (why a connection ended, made into an error), `link` and `stream` (the tasks of one connection),
//! `queue` (bounded by count and by bytes), `pending` (asks without an answer yet), `reset` (how a node that
//! was killed takes back the connections of its earlier life), `files` (what only its owner may read).
//!
//! Deliberately absent: what the payloads mean. They are bytes here; the conversations are in `shared::wire` and in
//! `dynamo-core`. Nothing here retries a request: whether asking again is safe is for those to say who know it.

mod admission;
pub mod authority;
mod closing;
pub mod connection;
pub mod counters;
pub mod credentials;
pub mod endpoint;
pub mod error;
mod files;
pub mod identity;
pub mod incoming;
mod link;
mod pending;
pub mod pool;
mod queue;
mod reset;
pub mod settings;
mod stream;
mod tls;
pub mod turned_away;

pub use authority::{Authority, AuthorityError, Issued, Subject, Window};
pub use connection::Connection;
pub use counters::Counters;
pub use credentials::{Credentials, CredentialsError};
pub use endpoint::{Accepted, Endpoint};
pub use error::{By, Distrust, LinkError};
pub use identity::{Identity, NotAnIdentity, Role};
pub use incoming::{Incoming, Responder};
pub use pool::Pool;
pub use settings::{Clock, Settings};
pub use turned_away::TurnedAway;
