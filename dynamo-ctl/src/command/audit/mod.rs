//! `audit`: who changed what, and who was refused.

mod line;
mod list;
mod read;

pub use list::AuditList;
