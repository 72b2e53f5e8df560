//! The nodes as processes: started as direct children, watched, and stopped, those that somebody started again by hand
//! included.
//!
//! A node that dies stays dead. Whoever tries out what a crash does would not learn it from a cluster that hides it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid as RawPid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep};

use super::error::DevError;
use super::kept::is_free;
use super::layout::NodeFolder;
use crate::pid_file::{self, Pid};

/// How long nodes may take to close what they have under way, before they are killed.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// How often it is looked whether a process that is no child of ours is gone.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Of a node's log, what is shown when the node could not start.
const TAIL_LINES: usize = 20;

/// The nodes of one cluster.
#[derive(Debug)]
pub(super) struct Children {
    children: Vec<Started>,
    ends: UnboundedReceiver<Ended>,
}

#[derive(Debug)]
struct Started {
    node: NodeFolder,
    pid: Pid,
    has_ended: bool,
}

/// A node's process has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// Which node, counted from 1.
    pub(super) number: usize,
    /// In words: `was killed by signal 9`.
    pub(super) how: String,
}

impl Children {
    /// Starts every node; must be called within a tokio runtime.
    pub(super) fn start(program: &Path, nodes: Vec<NodeFolder>) -> Result<Self, DevError> {
        let (tell, ends) = mpsc::unbounded_channel();
        let mut children = Vec::new();
        for node in nodes {
            let child = spawn(program, &node)?;
            // A child that was not waited for has an id.
            let pid = child.id().and_then(|id| Pid::try_from(id).ok()).unwrap_or_default();
            let number = node.number;
            children.push(Started { node, pid, has_ended: false });
            tokio::spawn(watch(number, child, tell.clone()));
        }
        Ok(Self { children, ends })
    }

    /// The next node that ends; never, if none does. Safe to give up and to call again.
    pub(super) async fn next_end(&mut self) -> Ended {
        let Some(ended) = self.ends.recv().await else { std::future::pending().await };
        self.note(&ended);
        ended
    }

    /// Which node, and the process that is it now.
    pub(super) fn pids(&self) -> Vec<(usize, Pid)> {
        self.children.iter().filter_map(|child| Some((child.node.number, child.current()?))).collect()
    }

    /// Asks every node to stop, waits, and kills those that do not; their pid files are gone afterwards.
    pub(super) async fn stop(mut self) {
        let end = Instant::now() + STOP_LIMIT;
        self.signal(Signal::TERM);
        // One that somebody froze does not hear of it before it is thawed.
        self.signal(Signal::CONT);
        while self.has_any() && Instant::now() < end {
            self.pause().await;
        }
        while self.has_any() {
            self.signal(Signal::KILL);
            self.pause().await;
        }
        for child in &self.children {
            // What a node that was killed has left; one that stopped has removed it itself.
            let _ = fs::remove_file(child.node.pid());
        }
    }

    fn signal(&self, signal: Signal) {
        for (_, pid) in self.pids() {
            send(pid, signal);
        }
    }

    fn has_any(&self) -> bool {
        self.children.iter().any(|child| child.current().is_some())
    }

    /// Until something may have changed.
    async fn pause(&mut self) {
        tokio::select! {
            Some(ended) = self.ends.recv() => self.note(&ended),
            () = sleep(BETWEEN_LOOKS) => {}
        }
    }

    fn note(&mut self, ended: &Ended) {
        for child in self.children.iter_mut().filter(|child| child.node.number == ended.number) {
            child.has_ended = true;
        }
    }
}

impl Started {
    /// The child itself, or who runs in its place.
    fn current(&self) -> Option<Pid> {
        if self.has_ended { pid_file::holder(&self.node.pid()).ok().flatten() } else { Some(self.pid) }
    }
}

/// In a process group of its own, so that Ctrl-C on the terminal reaches `dev` only, which then stops the nodes.
fn spawn(program: &Path, node: &NodeFolder) -> Result<Child, DevError> {
    let path = node.log();
    let log = open_log(&path).map_err(DevError::file("write", &path))?;
    let errors = log.try_clone().map_err(DevError::file("write", &path))?;
    Command::new(program)
        .arg("run")
        .arg("--config")
        .arg(node.config())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        // A start that is given up half way leaves nobody behind.
        .kill_on_drop(true)
        .process_group(0)
        .spawn()
        .map_err(DevError::file("run", program))
}

fn open_log(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

async fn watch(number: usize, mut child: Child, tell: UnboundedSender<Ended>) {
    let how = match child.wait().await {
        Ok(status) => in_words(status),
        Err(error) => format!("cannot be watched: {error}"),
    };
    // Nobody is told when `dev` itself has ended.
    let _ = tell.send(Ended { number, how });
}

fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => format!("ended ({status})"),
    }
}

/// Stops what an earlier `dev` left running because it was killed itself; `true`: there was something.
pub(super) async fn stop_leftovers(nodes: &[NodeFolder]) -> bool {
    let running = || -> Vec<Pid> {
        nodes.iter().filter_map(|node| pid_file::holder(&node.pid()).ok().flatten()).collect()
    };
    let end = Instant::now() + STOP_LIMIT;
    let leftovers = running();
    for pid in &leftovers {
        send(*pid, Signal::TERM);
        send(*pid, Signal::CONT);
    }
    loop {
        let left = running();
        if left.is_empty() {
            return !leftovers.is_empty();
        }
        if Instant::now() >= end {
            left.iter().for_each(|pid| send(*pid, Signal::KILL));
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

/// Waits until none of the addresses is taken, for as long as a process that says that it has stopped may take to be
/// gone; the one that is still taken then.
pub(super) async fn await_free(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    let end = Instant::now() + STOP_LIMIT;
    loop {
        let taken = addresses.iter().copied().find(|address| !is_free(*address));
        if taken.is_none() || Instant::now() >= end {
            return taken;
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

/// A process that is gone already is what was wanted.
fn send(pid: Pid, signal: Signal) {
    if let Some(pid) = RawPid::from_raw(pid).filter(|pid| pid.as_raw_nonzero().get() > 0) {
        let _ = kill_process(pid, signal);
    }
}

/// The end of a node's log.
pub(super) fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::dev::args::DevArgs;
    use crate::dev::layout::Layout;

    /// A folder for one node, and a program that does as the script says when it is told to run.
    fn stage(script: &str) -> (tempfile::TempDir, PathBuf, NodeFolder) {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("program");
        // Written by another process: a file that this one has open for writing cannot be run, and a fork in another
        // test's thread at the wrong moment would keep it open.
        let written = std::process::Command::new("sh")
            .args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 700 \"$0\""])
            .args([program.as_os_str(), script.as_ref()])
            .status();
        assert!(written.unwrap().success());
        let layout =
            Layout::of(&DevArgs { dir: Some(home.path().join("dev")), ..DevArgs::default() }).unwrap();
        let node = layout.node(1);
        fs::create_dir_all(&node.path).unwrap();
        (home, program, node)
    }

    #[tokio::test]
    async fn a_node_that_ends_is_reported_with_how_and_what_it_logged() {
        let (_home, program, node) = stage("echo one; echo two >&2; exit 4");
        let mut children = Children::start(&program, vec![node.clone()]).unwrap();
        let ended = children.next_end().await;
        assert_eq!(ended, Ended { number: 1, how: "ended with exit code 4".into() });
        assert_eq!(tail(&node.log()), "one\ntwo");
        assert_eq!(children.pids(), []);
    }

    #[tokio::test]
    async fn a_killed_node_is_reported_and_a_running_one_is_stopped() {
        let (_home, program, node) = stage("exec sleep 600");
        let mut children = Children::start(&program, vec![node.clone()]).unwrap();
        let pid = children.pids()[0].1;
        send(pid, Signal::KILL);
        assert_eq!(children.next_end().await.how, "was killed by signal 9");

        let children = Children::start(&program, vec![node]).unwrap();
        let pid = children.pids()[0].1;
        children.stop().await;
        let pid = RawPid::from_raw(pid).unwrap();
        assert!(rustix::process::test_kill_process(pid).is_err());
    }

    #[test]
    fn only_the_end_of_a_long_log_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let lines: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        fs::write(&log, lines.join("\n")).unwrap();
        let tail = tail(&log);
        assert!(tail.starts_with("80\n") && tail.ends_with("\n99"), "{tail}");
    }
}
