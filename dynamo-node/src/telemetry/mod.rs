//! Telemetry: what the node tells whoever keeps watch over it.
//!
//! | room | noun |
//! |---|---|
//! | [`log`] | log lines on standard error |
//! | [`recorder`] | counts what is measured; hands over each second when it is over |
//! | `live` | what is counted in the second that runs |
//! | `hottest` | a sketch of the keys that are asked for most |
//! | `keeper` | the thread that has the archive |
//! | [`archive`] | makes samples of seconds and of tens, and hands out pages of them |
//! | `state` | how things stand at the end of a second |
//! | `history` | the samples of one resolution, bounded |
//!
//! The runtime owns the recorder and tells it each measure that the core tells; nothing is shared, so nothing is
//! locked. What a measure and a second cost is found by `cargo run --release -p dynamo-node --example telemetry_cost`;
//! [`recorder`] and [`archive`] say what it found.
//!
//! Deliberately absent: any decision of what to do about what is seen. And a subscription: see
//! [`shared::wire::telemetry`].

pub mod archive;
mod history;
mod hottest;
mod keeper;
mod live;
pub mod log;
pub mod recorder;
mod state;

pub use archive::Archive;
pub(crate) use keeper::Keeper;
pub(crate) use log::filter;
pub use log::{NotALevel, VARIABLE, start};
pub use recorder::Recorder;
pub use state::Observed;
