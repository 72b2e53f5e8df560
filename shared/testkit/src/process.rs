//! Processes by their id: signals, and what `/proc` tells of them.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::{Pid, kill_process};

pub(crate) use rustix::process::Signal;

/// The variable that every program started in a lab carries, and hands on to what it starts itself.
pub(crate) const MARK: &str = "DYNAMO_TESTKIT_HOME";

/// Sends a signal; `false` if there is no such process (any more).
pub(crate) fn signal(pid: i32, signal: Signal) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| kill_process(pid, signal).is_ok())
}

/// The letter that the kernel gives for a process: `R`, `S`, `T` for stopped, `Z` for ended and not yet collected;
/// `None`: there is none.
pub(crate) fn state(pid: i32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may itself hold brackets and blanks, so the state is looked for behind the last one.
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// Whether a process runs, or could: a stopped one is alive, one that has ended and was not collected is not.
///
/// Its threads are asked, each for itself: a killed process shows as ended as soon as its first thread is, while another
/// may still be on its way out and hold the port.
pub fn is_alive(pid: i32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    let ids = threads.flatten().filter_map(|thread| thread.file_name().to_str()?.parse().ok());
    ids.filter_map(state).any(|state| !matches!(state, 'Z' | 'X'))
}

/// Every live process that carries the mark of that home, whoever started it.
pub(crate) fn marked(home: &Path) -> Vec<i32> {
    let wanted = [MARK.as_bytes(), b"=", home.as_os_str().as_bytes()].concat();
    let carries = |pid: i32| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == wanted))
    };
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| is_alive(*pid) && carries(*pid))
        .collect()
}
