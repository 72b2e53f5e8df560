//! The Rust client of Dynamo: it knows the ring and goes to an owner directly (Dynamo §6.4), asks the next node when
//! one fails, always under the request's own name, and tells *failed* (nothing was changed) from *unknown*.
//!
//! ```no_run
//! use dynamo_client::{Client, GetOptions, Profiles, PutOptions, UpdateOptions};
//! use shared::key::{Key, Value};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let (_, profile) = Profiles::load(None)?.choose(None)?;
//! let client = Client::connect(&profile).await?;
//! let (bucket, key) = ("default".parse()?, Key::new("cart:42")?);
//!
//! // Read, and write what replaces everything that was read.
//! let got = client.get(&bucket, &key, &GetOptions::default()).await?;
//! let seen = PutOptions { context: Some(got.context), ..PutOptions::default() };
//! client.put(&bucket, &key, Value::from("milk"), &seen).await?;
//!
//! // The same in one, merging what others wrote at the same time: the cart is the union of its siblings.
//! let merged = client
//!     .update(&bucket, &key, &UpdateOptions::default(), |siblings| {
//!         let mut items: Vec<Vec<u8>> = siblings
//!             .iter()
//!             .filter_map(|sibling| sibling.value.as_ref())
//!             .flat_map(|value| value.as_bytes().split(|byte| *byte == b'\n').map(<[u8]>::to_vec))
//!             .chain([b"bread".to_vec()])
//!             .collect();
//!         items.sort();
//!         items.dedup();
//!         Some(Value::from(items.join(&b'\n')))
//!     })
//!     .await?;
//! assert!(merged.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! | room | noun |
//! |---|---|
//! | [`profile`] | which cluster, as whom, out of a file |
//! | [`client`] | get, put, delete |
//! | [`keys`] | listing keys, all partitions in parallel |
//! | [`update`] | read, merge, write |
//! | [`look`] | what nodes say of themselves |
//! | [`admin`] | changing the cluster |
//! | [`options`] | what a request may say beyond key and value |
//! | [`settings`] | how patient a client is |
//! | [`error`] | what went wrong, with code, outcome, cause and hint |
//! | [`near`] | names that look like the one that was typed |
//! | [`address`] | addresses as people write them |
//!
//! Behind them: `errand` (one request on its way to somebody who does it), `route` (whom to ask), `memory` (who failed
//! lately), `line` (one question to one node).
//!
//! Deliberately absent: any retry after the deadline, any change of a request between two attempts, and any cache of
//! values.

pub mod address;
pub mod admin;
pub mod client;
mod errand;
pub mod error;
pub mod keys;
mod line;
pub mod look;
mod memory;
pub mod near;
pub mod options;
pub mod profile;
mod route;
#[cfg(test)]
mod sample;
pub mod settings;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tests;
pub mod update;

pub use admin::Administrator;
pub use client::Client;
pub use error::{Attempt, Attempts, ClientError, Trouble};
pub use keys::{KeyStream, PartitionMissing};
pub use look::{Answers, Looker};
pub use options::{DeleteOptions, GetOptions, KeysOptions, PutOptions, UpdateOptions};
pub use profile::{Pair, Profile, ProfileError, Profiles};
pub use settings::Settings;
