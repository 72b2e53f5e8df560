//! Causality (Dynamo §4.4): who wrote (actor), which write (dot), what a record has seen (clock), when (stamp), and
//! how a client carries it (context).
//!
//! The paper's vector clock alone cannot tell two clients that write through one coordinator apart: the second
//! write looks like a successor of the first. So every sibling carries its dot, the one write that made it (dotted
//! version vectors), and the clock says only what has been seen.

pub mod actor;
pub mod clock;
pub mod context;
pub mod directory;
pub mod dot;
pub mod stamp;

pub use actor::Actor;
pub use clock::{Order, VectorClock};
pub use dot::Dot;
pub use stamp::Stamp;
