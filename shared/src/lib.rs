//! The words every part of Dynamo speaks.
//!
//! | room | noun |
//! |---|---|
//! | [`id`] | who: nodes, clusters, buckets, requests, starts of a node |
//! | [`key`] | key and value, and how long they may be |
//! | [`token`] | a point on the ring, and the partition it lies in |
//! | [`quorum`] | N, R and W, valid by construction |
//! | [`level`] | how durable a write has to be before it counts |
//! | [`context`] | the opaque receipt that get returns and put takes |
//! | [`error`] | what a caller may be told went wrong, and whether asking again helps |
//! | [`map`] | the cluster as a client needs it: members, replica lists, buckets |
//! | [`wire`] | the conversations: frames, client, admin, status |
//!
//! Deliberately absent: input and output, clocks, randomness, async. What nodes say to each other is not here
//! either; that is the protocol itself and lives in `dynamo-core`.

pub mod context;
pub mod error;
pub mod id;
pub mod key;
pub mod level;
pub mod map;
pub mod quorum;
pub mod token;
pub mod wire;
