//! The Dynamo paper as a value: [`node::Node`] is told what happened and answers with what must now be done.
//!
//! | section of the paper | room |
//! |---|---|
//! | 4.2 partitioning, 6.2 strategy 3 | [`ring`] |
//! | 4.3 replication | [`ring::preference`], [`ring::placement`] |
//! | 4.4 data versioning | [`version`], [`record`] |
//! | 4.5 get and put | `coordinator`, `replica` |
//! | 4.6 handling failures: hinted handoff | `hint`, [`ring::preference`] |
//! | 4.7 permanent failures: replica synchronisation | `anti_entropy`, [`store::change`] |
//! | 4.8 membership and failure detection | [`state`], `membership`, `admin` |
//! | 6.1 durability against performance | [`store`]: two completions |
//!
//! Invariants of the crate: no input or output, no clock, no randomness of its own, no threads, ordered containers only;
//! so the same inputs give the same effects, always, and a run can be played again from its seed. Nothing here panics on
//! what comes from outside. Rooms do not call each other; [`node`] routes between them and decides nothing.

mod admin;
mod anti_entropy;
pub mod config;
mod coordinator;
mod desk;
pub mod durable;
pub mod effect;
pub mod entropy;
pub mod flaws;
mod hint;
pub mod ids;
pub mod input;
mod look;
pub mod measure;
pub mod membership;
pub mod message;
pub mod node;
pub mod record;
mod replica;
pub mod ring;
pub mod row;
pub mod state;
pub mod store;
pub mod time;
mod transfer;
pub mod version;
