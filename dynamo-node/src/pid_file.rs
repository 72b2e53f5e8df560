//! A file that says which process has something, and that stops saying so when that process ends, however it ends.
//!
//! The number in it is for people; what counts is the lock on it, which the operating system takes back at once. A
//! file that nobody has locked is a leftover, whatever stands in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::trouble::{Exit, Trouble};

/// A process id.
pub type Pid = i32;

/// How often a claim is tried against a holder that has not said who it is: it may just be looking who holds the file
/// ([`holder`]), or be between taking the lock and writing its number.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

/// A pid file cannot be claimed.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", .path.display())]
pub struct ClaimError {
    /// Which file.
    pub path: PathBuf,
    /// What stands in the way.
    pub why: Unclaimed,
}

/// Why a pid file cannot be claimed.
#[derive(Debug, thiserror::Error)]
pub enum Unclaimed {
    /// Another process has it.
    #[error("process {pid} has it")]
    Held {
        /// Which one.
        pid: Pid,
    },
    /// Another process has it, and does not say which one it is.
    #[error("another process has it")]
    HeldBySomebody,
    /// The file cannot be opened, locked or written.
    #[error("{0}")]
    File(#[from] io::Error),
}

impl From<ClaimError> for Trouble {
    fn from(error: ClaimError) -> Self {
        Self {
            exit: Exit::Configuration,
            error: "the node cannot write its pid file".to_owned(),
            cause: error.to_string(),
            hint: "stop the other process, or look at `pid_file` in the configuration".to_owned(),
        }
    }
}

/// This process's claim. Dropping it removes the file.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    /// Keeps the lock.
    _file: File,
}

impl PidFile {
    /// Claims the file for this process; its folder must be there.
    pub fn claim(path: &Path) -> Result<Self, ClaimError> {
        Self::try_claim(path).map_err(|why| ClaimError { path: path.to_owned(), why })
    }

    fn try_claim(path: &Path) -> Result<Self, Unclaimed> {
        for _ in 0..TRIES {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o644)
                .open(path)?;
            match file.try_lock() {
                // Whoever had it may have removed it between the opening and the lock: then this is no longer it.
                Ok(()) if is_still(&file, path)? => {
                    file.set_len(0)?;
                    file.write_all(format!("{}\n", std::process::id()).as_bytes())?;
                    return Ok(Self { path: path.to_owned(), _file: file });
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    if let Some(pid) = read(&mut file)?.filter(|pid| is_alive(*pid)) {
                        return Err(Unclaimed::Held { pid });
                    }
                    thread::sleep(BETWEEN_TRIES);
                }
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Err(Unclaimed::HeldBySomebody)
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // A leftover says nothing, as nobody has it locked.
        let _ = fs::remove_file(&self.path);
    }
}

/// The process that has a pid file now; `None`: nobody, or nobody who has written a number.
pub fn holder(path: &Path) -> io::Result<Option<Pid>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => read(&mut file),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((ours.dev(), ours.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn read(file: &mut File) -> io::Result<Option<Pid>> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text.trim().parse().ok().filter(|pid| *pid > 0))
}

fn is_alive(pid: Pid) -> bool {
    let Some(pid) = rustix::process::Pid::from_raw(pid) else { return false };
    // Somebody else's process cannot be asked, but it is there.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_pid() -> Pid {
        std::process::id().try_into().unwrap()
    }

    #[test]
    fn a_second_claim_is_told_who_has_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        assert_eq!(holder(&path).unwrap(), None);
        let claim = PidFile::claim(&path).unwrap();
        assert_eq!(holder(&path).unwrap(), Some(own_pid()));
        match PidFile::claim(&path) {
            Err(ClaimError { why: Unclaimed::Held { pid }, .. }) => assert_eq!(pid, own_pid()),
            other => panic!("{other:?}"),
        }
        drop(claim);
        assert!(!path.exists());
        drop(PidFile::claim(&path).unwrap());
    }

    #[test]
    fn what_a_killed_process_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        fs::write(&path, "1\n").unwrap();
        assert_eq!(holder(&path).unwrap(), None, "process 1 lives, but does not have the file");
        let _claim = PidFile::claim(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", own_pid()));
    }
}
