//! Acceptance: what the issue of a storage cluster promises to those who depend on it, held against three real
//! processes of `dynamo-node dev` at N=3, R=2, W=2, used through the ordinary client.
//!
//! | room | what befalls the cluster |
//! |---|---|
//! | [`under_load`] | nodes are killed, frozen or restarted one after another, or all killed at once, while clients work |
//! | [`restart`] | a node misses writes and comes back |
//! | [`lost_disk`] | a node comes back without its data |
//! | [`full_disk`] | a node has no room for writes |
//!
//! Behind them: `stage` (the cluster and who looks at it), `door` (one node asked directly, without the client's
//! help), `ledger` (what was acknowledged, and holding the cluster to it), `load` (clients at work), `timeline` (how
//! long requests took, printed and never judged).
//!
//! Deliberately absent: any bound on how long things take, beyond the client's own timeout and the patience after
//! which a test is given up. Latencies are printed: `cargo test -p dynamo-node --test acceptance -- --nocapture`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails in a test is a finding")]

mod door;
mod full_disk;
mod ledger;
mod load;
mod lost_disk;
mod restart;
mod stage;
mod timeline;
mod under_load;
