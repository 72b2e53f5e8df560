//! `config`: what this tool was told, and by whom.

mod show;

pub use show::ConfigShow;
