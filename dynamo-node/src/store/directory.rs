//! The data directory: who may use it, whose it is, and how often it was opened.
//!
//! Three small files beside the database. `LOCK` is locked while the store is open and names the process. `FORMAT`
//! says in text which form the store has and whose it is. `BOOT` repeats the number of the last start, so that a
//! database that was rolled back, or lost its newest journal whole, is found out.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use shared::id::{Boot, ClusterId, NodeId};

use super::engine::Unopened;
use super::error::OpenError;

/// The form of everything below a data directory. Whoever changes the layout counts this up.
const FORMAT: &str = "dynamo-store 2";

/// A data directory that this process has for itself.
pub(super) struct Directory {
    path: PathBuf,
    /// Locked until dropped; the system unlocks it too when the process dies.
    _lock: File,
}

impl Directory {
    /// Takes a directory, creating it if it is not there, and checks that it is this node's.
    pub(super) fn take(path: &Path, cluster: ClusterId, node: NodeId) -> Result<Self, OpenError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(OpenError::at(path))?;
        let directory = Self { path: path.to_owned(), _lock: lock(path)? };
        let format = path.join("FORMAT");
        match fs::read_to_string(&format) {
            Ok(text) => directory.check(&text, cluster, node)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                directory.check_empty()?;
                directory.replace("FORMAT", &format!("{FORMAT}\ncluster {cluster}\nnode {node}\n"))?;
            }
            Err(source) => return Err(OpenError::Io { path: format, source }),
        }
        Ok(directory)
    }

    /// Where the database lies.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("db")
    }

    /// Makes the directory that the database lies in, for this user alone.
    pub(super) fn make_database(&self) -> Result<(), OpenError> {
        let path = self.database();
        DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(OpenError::at(&path))
    }

    /// The number of the last start that was completed, if there was one.
    pub(super) fn boot(&self) -> Result<Option<Boot>, OpenError> {
        let path = self.path.join("BOOT");
        match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map(|boot| Some(Boot(boot))).map_err(|_| OpenError::Unreadable {
                dir: self.path.clone(),
                reason: format!("BOOT says `{}`, which is no number", text.trim()),
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OpenError::Io { path, source }),
        }
    }

    /// Notes the number of this start; the database must have it already.
    pub(super) fn note_boot(&self, boot: Boot) -> Result<(), OpenError> {
        self.replace("BOOT", &format!("{boot}\n"))
    }

    /// The error of a database in here that cannot be read.
    pub(super) fn unreadable(&self, reason: String) -> OpenError {
        OpenError::Unreadable { dir: self.path.clone(), reason }
    }

    /// The error of a database in here that was not opened.
    pub(super) fn unopened(&self, unopened: Unopened) -> OpenError {
        match unopened {
            Unopened::Refused(source) => OpenError::Io { path: self.database(), source },
            Unopened::Unreadable(reason) => self.unreadable(reason),
        }
    }

    fn check(&self, text: &str, cluster: ClusterId, node: NodeId) -> Result<(), OpenError> {
        let mut lines = text.lines();
        let found = lines.next().unwrap_or_default();
        if found != FORMAT {
            return Err(OpenError::OtherFormat {
                dir: self.path.clone(),
                found: found.to_owned(),
                known: FORMAT,
            });
        }
        let mut whose = |what: &'static str, expected: String| {
            let line = lines.next().unwrap_or_default();
            let found = line.strip_prefix(what).map_or(line, str::trim).to_owned();
            let dir = self.path.clone();
            if found == expected { Ok(()) } else { Err(OpenError::Foreign { dir, what, found, expected }) }
        };
        whose("cluster", cluster.to_string())?;
        whose("node", node.to_string())
    }

    fn check_empty(&self) -> Result<(), OpenError> {
        for entry in fs::read_dir(&self.path).map_err(OpenError::at(&self.path))? {
            let name = entry.map_err(OpenError::at(&self.path))?.file_name();
            // The lock is ours, and an unfinished FORMAT is what a crash of the very first start leaves.
            if name != "LOCK" && name != "FORMAT.new" && name != "lost+found" {
                return Err(OpenError::NotAStore { dir: self.path.clone() });
            }
        }
        Ok(())
    }

    /// Replaces a small file whole: after a crash it holds either the old text or the new one.
    fn replace(&self, name: &str, text: &str) -> Result<(), OpenError> {
        let (fresh, path) = (self.path.join(format!("{name}.new")), self.path.join(name));
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&fresh, &path)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(OpenError::at(&path))
    }
}

/// Locks the directory and writes this process into the lock file.
fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("LOCK");
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    let mut file = open.map_err(OpenError::at(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = file.read_to_string(&mut pid);
            let known = read.is_ok() && !pid.trim().is_empty();
            let pid = if known { pid.trim().to_owned() } else { "unknown".to_owned() };
            return Err(OpenError::InUse { dir: dir.to_owned(), pid });
        }
        Err(TryLockError::Error(source)) => return Err(OpenError::Io { path, source }),
    }
    let mut sign = || {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    sign().map_err(OpenError::at(&path))?;
    Ok(file)
}
