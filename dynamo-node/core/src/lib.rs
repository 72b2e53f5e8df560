//! The Dynamo paper as a value.
pub mod config;
pub mod durable;
pub mod effect;
pub mod entropy;
pub mod ids;
pub mod input;
pub mod message;
pub mod node;
pub mod record;
pub mod ring;
pub mod row;
pub mod state;
pub mod store;
pub mod time;
pub mod version;
