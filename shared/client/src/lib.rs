//! The client of Dynamo.

pub mod profile;

pub use profile::{Pair, Profile, ProfileError, Profiles};
