//! Why a store cannot be opened, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// A store was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by process {pid}: stop that process, or give this node a directory of its own", dir.display())]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The process that has it open, as it wrote itself into the lock file.
        pid: String,
    },
    /// There are files in it, but no store.
    #[error(
        "{} is not empty and holds no store (it has no FORMAT file): give this node an empty directory of its own",
        dir.display()
    )]
    NotAStore {
        /// The directory.
        dir: PathBuf,
    },
    /// Its form is one that this program does not know.
    #[error(
        "{} holds a store of format `{found}`, this program reads `{known}`: run the program that wrote it, or set \
         the directory aside and let the node refill from the others",
        dir.display()
    )]
    OtherFormat {
        /// The directory.
        dir: PathBuf,
        /// What its FORMAT file says.
        found: String,
        /// What it should say.
        known: &'static str,
    },
    /// It belongs to another cluster, or to another node.
    #[error(
        "{} belongs to {what} {found}, but this node's certificate says {expected}: check the data directory and the \
         certificate in the configuration",
        dir.display()
    )]
    Foreign {
        /// The directory.
        dir: PathBuf,
        /// `cluster` or `node`.
        what: &'static str,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// The database in it cannot be read.
    #[error(
        "the database in {} cannot be read ({reason}): set the directory aside (rename it, do not delete it) and start \
         the node with an empty one; it comes back under new actors and the others refill it",
        dir.display()
    )]
    Unreadable {
        /// The directory.
        dir: PathBuf,
        /// What the storage engine says.
        reason: String,
    },
    /// The operating system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was to be opened, read or written.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
}

impl OpenError {
    /// What to make of an error of the operating system at a path.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
