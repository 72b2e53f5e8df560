//! What administrators declare: the founding of a cluster, and changes of the one that there is.
//!
//! `plan` says what changes would do, `draft` makes them a version to come, `agenda` has it decided, and `conductor` takes the
//! steps that follow. What is decided is the state's (`state/transition`).

pub(crate) mod agenda;
pub(crate) mod conductor;
pub(crate) mod draft;
pub(crate) mod founding;
pub(crate) mod plan;
