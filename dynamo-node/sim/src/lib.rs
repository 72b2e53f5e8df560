//! A cluster in one thread, from one seed: `dynamo-core` on an event heap, with a network, disks and clocks that go wrong.
//!
//! | room | noun |
//! |---|---|
//! | [`stage`] | a cluster as stories speak of it |
//! | [`run`], [`options`] | one seed from its options to its report |
//! | [`world`] | the machines, the network between them, and what happens next |
//! | [`machine`], [`clock`], [`disk`], [`contents`] | one node, what it takes the time to be, its store and what lies in it |
//! | [`network`], [`links`] | what becomes of a message; which connections stand |
//! | [`fault`] | named misfortunes and their schedule |
//! | [`workload`], [`manners`], [`history`] | clients; how they behave; what they were told |
//! | [`administrators`] | those who change the ring, meanwhile |
//! | [`register`] | which declared states came into force, and what each had to keep to |
//! | [`check`] | what must hold, judged from what clients saw |
//! | [`mutant`] | deliberate mistakes, each of which a check has to catch |
//! | [`sometimes`] | what has to happen at all in a batch of seeds |
//! | [`trace`], [`digest`], [`rng`], [`setup`], [`witness`] | a run as lines, as a number; chance; the first cluster; what is overheard |
//!
//! Invariants: the same seed gives the same run, to the last event; every message goes through the real codec; disks run
//! the core's own store functions; checks believe no clock of the cluster. Deliberately absent: threads, tokio, the
//! real time, and any source of randomness but the seed.

pub mod administrators;
pub mod check;
pub mod clock;
pub mod contents;
pub mod digest;
pub mod disk;
mod event;
pub mod fault;
pub mod history;
pub mod links;
pub mod machine;
pub mod manners;
pub mod mutant;
pub mod network;
pub mod options;
pub mod register;
pub mod rng;
pub mod run;
mod set;
pub mod setup;
pub mod sometimes;
pub mod stage;
pub mod trace;
pub mod witness;
mod words;
pub mod workload;
pub mod world;

pub use event::Alarm;
pub use stage::Cluster;
