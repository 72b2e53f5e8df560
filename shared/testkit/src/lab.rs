//! A home of its own for one test: configuration, state and data live in a temporary folder, and whatever is started
//! in it is killed with it, also when the test panics, also what a killed program left behind.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::binaries;
use crate::cluster::Cluster;
use crate::output::{Output, run};
use crate::patience::{PATIENCE, await_until};
use crate::process::{self, MARK, Signal};

/// A home of its own. Clusters started in it keep it until they are dropped too.
#[derive(Debug)]
pub struct Lab {
    home: Arc<Home>,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// An empty home.
    pub fn new() -> Self {
        Self { home: Arc::new(Home::new()) }
    }

    /// The folder that programs started here take for their user's home.
    pub fn path(&self) -> &Path {
        self.home.path()
    }

    /// `$XDG_CONFIG_HOME` of programs started here.
    pub fn config_home(&self) -> PathBuf {
        self.home.place("config")
    }

    /// `$XDG_STATE_HOME` of programs started here.
    pub fn state_home(&self) -> PathBuf {
        self.home.place("state")
    }

    /// The path of a program of this workspace, built from this source.
    pub fn bin(&self, name: &str) -> PathBuf {
        binaries::path(name)
    }

    /// A program of this workspace, ready to be started in this home.
    pub fn command(&self, name: &str) -> Command {
        self.home.command(name)
    }

    /// Runs a program of this workspace to its end.
    pub fn run(&self, name: &str, arguments: &[&str]) -> Output {
        self.run_with_stdin(name, arguments, b"")
    }

    /// The same with something on its standard input.
    pub fn run_with_stdin(&self, name: &str, arguments: &[&str], stdin: &[u8]) -> Output {
        let mut command = self.command(name);
        command.args(arguments);
        run(command, stdin)
    }

    /// Runs `dynamo-ctl`.
    pub fn ctl(&self, arguments: &[&str]) -> Output {
        self.run("dynamo-ctl", arguments)
    }

    /// Runs `dynamo-ctl` with something on its standard input.
    pub fn ctl_with_stdin(&self, arguments: &[&str], stdin: &[u8]) -> Output {
        self.run_with_stdin("dynamo-ctl", arguments, stdin)
    }

    /// Runs a line as a person would who pastes it into a shell in this home.
    pub fn shell(&self, line: &str) -> Output {
        let mut command = self.home.prepared(Command::new("sh"));
        command.args(["-c", line]);
        run(command, b"")
    }

    /// Starts `dynamo-node dev` on free ports with these further arguments, and waits until it says that it is ready.
    pub fn dev(&self, arguments: &[&str]) -> Cluster {
        Cluster::start(&self.home, arguments)
    }
}

/// What a lab and its clusters share.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    /// Removes the folder; behind the path, which has no symbolic links in it.
    _folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("dynamo-lab-").tempdir().expect("a temporary folder");
        let path = fs::canonicalize(folder.path()).expect("it was just made");
        let home = Self { path, _folder: folder };
        for place in ["config", "state", "cache", "data"] {
            fs::create_dir(home.place(place)).expect("the folder is empty");
        }
        home
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// One of the XDG places.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A program that sees this home and none of the settings of whoever runs the tests.
    pub(crate) fn command(&self, name: &str) -> Command {
        self.prepared(Command::new(binaries::path(name)))
    }

    fn prepared(&self, mut command: Command) -> Command {
        for (variable, _) in env::vars_os().filter(|(variable, _)| is_a_setting(variable)) {
            command.env_remove(variable);
        }
        command
            .current_dir(&self.path)
            .env("HOME", &self.path)
            .env("XDG_CONFIG_HOME", self.place("config"))
            .env("XDG_STATE_HOME", self.place("state"))
            .env("XDG_CACHE_HOME", self.place("cache"))
            .env("XDG_DATA_HOME", self.place("data"))
            .env(MARK, &self.path);
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Again until none is left: one may have started another since the last look.
        await_until(PATIENCE, || {
            let left = process::marked(&self.path);
            for pid in &left {
                process::signal(*pid, Signal::KILL);
            }
            left.is_empty()
        });
    }
}

/// Whether a variable would change what the programs do.
fn is_a_setting(variable: &OsStr) -> bool {
    let Some(variable) = variable.to_str() else { return false };
    ["DYNAMO_", "XDG_"].iter().any(|prefix| variable.starts_with(prefix))
        || ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_LOG", "COLUMNS", "LINES"].contains(&variable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    #[test]
    fn what_was_started_in_a_home_ends_with_it() {
        let home = Home::new();
        let mut child = Command::new("sh")
            .args(["-c", "sleep 600 & wait"])
            .env(MARK, &home.path)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        assert!(await_until(PATIENCE, || process::marked(&home.path).len() == 2), "the shell and its child");
        let left = process::marked(&home.path);
        drop(home);
        child.wait().unwrap();
        assert!(left.iter().all(|pid| !process::is_alive(*pid)));
    }

    #[test]
    fn a_folder_goes_with_its_lab() {
        let lab = Lab::new();
        let path = lab.path().to_owned();
        assert!(lab.config_home().is_dir() && lab.state_home().is_dir());
        drop(lab);
        assert!(!path.exists());
    }

    #[test]
    fn settings_of_whoever_runs_the_tests_do_not_count() {
        for setting in ["DYNAMO_PROFILE", "XDG_CONFIG_HOME", "NO_COLOR"] {
            assert!(is_a_setting(OsStr::new(setting)), "{setting}");
        }
        assert!(!is_a_setting(OsStr::new("PATH")));
    }
}
