//! Acceptance: what a storage cluster promises to those who depend on it, held against real processes of `dynamo-node dev`
//! at N=3, R=2, W=2, used through the ordinary client, and changed through `dynamo-ctl`.
//!
//! | room | what befalls the cluster |
//! |---|---|
//! | [`under_load`] | nodes are killed, frozen or restarted one after another, or all killed at once, while clients work |
//! | [`restart`] | a node misses writes and comes back |
//! | [`lost_disk`] | a node comes back without its data |
//! | [`full_disk`] | a node has no room for writes |
//! | [`ring`] | nodes join and leave while clients work, and nodes are killed in the middle of it |
//! | [`zone`] | one of three zones is killed as a whole |
//! | [`agreement`] | two administrators want to change it at once, or one does without a majority |
//! | [`departed`] | nodes that left, or were removed, start again with their old data |
//! | [`refusals`] | an administrator asks for what cannot be |
//!
//! Behind them: `stage` (the cluster and who looks at it), `steward` (what an administrator does, and what has to come of
//! it), `door` (one node asked directly, without the client's help), `ledger` (what was acknowledged, and holding the
//! cluster to it), `load` (clients at work), `shoppers` (clients that all want the same few keys), `history` (what those did
//! and saw, and judging the cluster by it), `timeline` (how long requests took, printed and never judged).
//!
//! Deliberately absent: any bound on how long things take, beyond the client's own timeout and the patience after
//! which a test is given up. Latencies are printed: `cargo test -p dynamo-node --test acceptance -- --nocapture`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails in a test is a finding")]

mod agreement;
mod departed;
mod door;
mod full_disk;
mod history;
mod ledger;
mod load;
mod lost_disk;
mod refusals;
mod restart;
mod ring;
mod shoppers;
mod stage;
mod steward;
mod timeline;
mod under_load;
mod zone;
