//! `ring`: which nodes hold what, and how that came to be.
//!
//! | room | noun |
//! |---|---|
//! | `past` | the ring as it was |
//! | `strip` | the token space unrolled |
//!
//! The others are verbs.

mod diff;
mod history;
mod owners;
mod past;
mod show;
mod strip;

pub use diff::RingDiff;
pub use history::RingHistory;
pub use owners::RingOwners;
pub use show::RingShow;

use shared::wire::cluster::Phase;

/// In one word.
fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Old => "old",
        Phase::Joint => "joint",
        Phase::Handover => "handover",
    }
}
