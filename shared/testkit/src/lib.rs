//! Starts the real binaries on free ports under a temporary home, for the tests of all three programs.
//!
//! | room | noun |
//! |---|---|
//! | [`lab`] | a home of its own for a test: nothing outside is read or written, nothing started in it outlives it |
//! | [`cluster`] | a `dynamo-node dev` that runs, and what may befall its nodes |
//! | [`output`] | what a program that ended has said |
//! | [`handout`] | completions and manual pages, compared with what the command line says |
//! | [`patience`] | waiting for a condition; the only place that pauses |
//!
//! Behind them: `addition` (one more node for a cluster that runs), `binaries` (finds the programs, and builds them where
//! they are missing or old) and `process` (signals, and what `/proc` tells of processes; the tests run on Linux).
//!
//! Deliberately absent: everything about the protocol. What is known here of the programs is their command lines, the
//! `ready` line of `dev`, and the files it documents.
//!
//! A room that finds the programs not doing what they should panics: it is called by tests only.

mod addition;
mod binaries;
pub mod cluster;
pub mod handout;
pub mod lab;
pub mod output;
pub mod patience;
mod process;

pub use cluster::Cluster;
pub use lab::Lab;
pub use output::Output;
pub use patience::await_until;
pub use process::is_alive;
