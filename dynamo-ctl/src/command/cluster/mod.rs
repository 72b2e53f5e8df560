//! `cluster`: the declared state as a whole.

mod init;
mod show;

pub use init::ClusterInit;
pub use show::ClusterShow;
