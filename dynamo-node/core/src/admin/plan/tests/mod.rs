//! What plans promise, as stories on a small stage and as laws.

mod blocked;
mod laws;
mod plans;
mod proposals;
mod refusals;
mod stage;
