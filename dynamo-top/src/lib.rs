//! What the ring is doing now, in the terminal: it only looks, and says how old what it shows is.
//!
//! | room | noun |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`feed`] | asks every node, and hands over answers as they come |
//! | [`app`] | everything that is known, and how an event changes it; pure |
//! | [`model`] | what is shown of it: headline, rows, matrix; pure |
//! | [`view`] | how that looks in so many columns and rows; pure |
//! | [`screen`] | the terminal, and giving it back as it was |
//! | [`batch`] | the same model as text or JSON lines, for pipes |
//!
//! Deliberately absent: anything that changes the cluster, and a clock outside of [`screen`] and [`batch`].

pub mod app;
pub mod batch;
pub mod cli;
pub mod feed;
pub mod model;
pub mod screen;
pub mod view;
