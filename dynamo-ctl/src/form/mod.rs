//! The shapes of machine output that several commands share. They only grow; a field never changes its meaning.
//!
//! Ids are strings, moments are strings in RFC 3339, bytes and durations integers in base units; nodes are called by name.
//!
//! | room | noun |
//! |---|---|
//! | [`change`] | a change of the ring, staged or not |
//! | [`plan`] | a plan, which is also what a plan file holds |
//! | [`operation`] | long work of the cluster |
//! | [`node`] | a member, or a node that waits |

pub mod change;
pub mod node;
pub mod operation;
pub mod plan;
#[cfg(test)]
pub(crate) mod sample;
