//! A `dynamo-node dev` that runs, and what may befall its nodes: killed, frozen, thawed, started again, stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::addition::Addition;
use crate::lab::Home;
use crate::output::{Output, code, end_of};
use crate::patience::{PATIENCE, await_until};
use crate::process::{self, Signal};

/// How long a cluster may take from its start until it is ready: keys, stores, the first declared state, comparison.
const UNTIL_READY: Duration = Duration::from_mins(2);

/// A cluster of `dynamo-node dev`. Its nodes are numbered from 1.
#[derive(Debug)]
pub struct Cluster {
    home: Arc<Home>,
    dev: Child,
    directory: PathBuf,
    ready: Ready,
    said: Arc<Mutex<Vec<String>>>,
    errors: PathBuf,
    /// Nodes started again: direct children, so that they can be collected.
    restarted: Vec<Child>,
}

/// What the `ready` line says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ready {
    profile: String,
    addresses: Vec<SocketAddr>,
}

impl Cluster {
    pub(crate) fn start(home: &Arc<Home>, arguments: &[&str]) -> Self {
        let directory = directory(&home.place("state"), home.path(), arguments);
        let errors = tempfile::Builder::new()
            .prefix("dev-stderr-")
            .tempfile_in(home.path())
            .and_then(|file| file.keep().map_err(|error| error.error))
            .expect("the home can be written to");
        let mut dev = home
            .command("dynamo-node")
            .args(["dev", "--base-port", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors.0)
            .spawn()
            .expect("dynamo-node can be started");
        let said = Arc::new(Mutex::new(Vec::new()));
        let lines = listen(dev.stdout.take().expect("it was asked for"), Arc::clone(&said));
        let ready = await_ready(&mut dev, &lines, &errors.1);
        Self { home: Arc::clone(home), dev, directory, ready, said, errors: errors.1, restarted: Vec::new() }
    }

    /// The profile through which tools reach it.
    pub fn profile(&self) -> &str {
        &self.ready.profile
    }

    /// Where its nodes listen, the first node's first, those that were added behind the others.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.ready.addresses
    }

    /// Where it keeps certificates, data and logs.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The folder of a node.
    pub fn node(&self, n: usize) -> PathBuf {
        self.directory.join(format!("node-{n}"))
    }

    /// The process of `dynamo-node dev` itself.
    pub fn dev_pid(&self) -> i32 {
        i32::try_from(self.dev.id()).expect("process ids are small")
    }

    /// The process of a node, by its pid file.
    pub fn pid(&self, n: usize) -> i32 {
        self.pid_by_file(n).unwrap_or_else(|| panic!("node-{n} has no pid file: it does not run"))
    }

    /// What `dev` has said on its standard output so far, line by line.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What `dev` has said on its standard error so far.
    pub fn complaints(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// What a node has logged so far.
    pub fn log(&self, n: usize) -> String {
        fs::read_to_string(self.node(n).join("log")).unwrap_or_default()
    }

    /// Kills a node as a crash does, and waits until it is gone.
    pub fn kill9(&mut self, n: usize) {
        let pid = self.pid(n);
        assert!(process::signal(pid, Signal::KILL), "node-{n} has no process {pid}");
        assert!(await_until(PATIENCE, || self.is_gone(pid)), "node-{n} (process {pid}) survived its kill");
    }

    /// Stops a node in the middle of whatever it does; it neither answers nor closes anything.
    pub fn freeze(&self, n: usize) {
        let pid = self.pid(n);
        assert!(process::signal(pid, Signal::STOP), "node-{n} has no process {pid}");
        assert!(await_until(PATIENCE, || process::state(pid) == Some('T')), "node-{n} did not freeze");
    }

    /// Lets a frozen node go on.
    pub fn thaw(&self, n: usize) {
        let pid = self.pid(n);
        assert!(process::signal(pid, Signal::CONT), "node-{n} has no process {pid}");
        assert!(await_until(PATIENCE, || process::state(pid) != Some('T')), "node-{n} stayed frozen");
    }

    /// Starts a node that died with its own configuration and data, as `dev` tells people to, and waits until it has
    /// written its pid file, which it does once it listens.
    pub fn restart(&mut self, n: usize) {
        let folder = self.node(n);
        let log = || -> File {
            let log = OpenOptions::new().append(true).create(true).open(folder.join("log"));
            log.expect("the log can be written to")
        };
        let mut node = self
            .home
            .command("dynamo-node")
            .args(["run", "--config"])
            .arg(folder.join("node.toml"))
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log())
            .spawn()
            .expect("dynamo-node can be started");
        let pid = i32::try_from(node.id()).expect("process ids are small");
        let mut ended = None;
        await_until(PATIENCE, || {
            ended = node.try_wait().ok().flatten();
            ended.is_some() || self.pid_by_file(n) == Some(pid)
        });
        assert!(
            ended.is_none() && self.pid_by_file(n) == Some(pid),
            "node-{n} did not start again ({ended:?}); its log:\n{}",
            self.log(n)
        );
        self.restarted.push(node);
    }

    /// Starts one more node beside the others, in this failure zone, and says its number. It knows the others for its seeds,
    /// and waits to be let in.
    pub fn add(&mut self, zone: Option<&str>) -> usize {
        self.add_as(&format!("node-{}", self.ready.addresses.len() + 1), zone)
    }

    /// The same with a name of one's own in its certificate; its folder is called by its number all the same.
    pub fn add_as(&mut self, name: &str, zone: Option<&str>) -> usize {
        let n = self.ready.addresses.len() + 1;
        let addition = Addition { name, seeds: &self.ready.addresses, zone };
        let address = addition.prepare(&self.home, &self.directory, &self.node(n));
        self.ready.addresses.push(address);
        self.restart(n);
        n
    }

    /// Asks `dev` to end, as Ctrl-C does, and waits until it has: everything it said, and its exit code.
    pub fn stop(mut self) -> Output {
        assert!(process::signal(self.dev_pid(), Signal::TERM), "dev ended before it was asked to");
        let status = end_of(&mut self.dev);
        for node in &mut self.restarted {
            let _ = end_of(node);
        }
        let Some(status) = status else {
            panic!("dev did not stop when it was asked to; it said:\n{}", self.complaints())
        };
        Output { code: code(status), stdout: self.said().join("\n").into_bytes(), stderr: self.complaints() }
    }

    fn pid_by_file(&self, n: usize) -> Option<i32> {
        fs::read_to_string(self.node(n).join("pid")).ok()?.trim().parse().ok()
    }

    /// Whether a process is gone; one that this test started itself is collected on the way.
    fn is_gone(&mut self, pid: i32) -> bool {
        for node in &mut self.restarted {
            let _ = node.try_wait();
        }
        !process::is_alive(pid)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nodes that are left over go with the home; `dev` goes first, so that it does not report them.
        let _ = self.dev.kill();
        let _ = self.dev.wait();
        for pid in process::marked(self.home.path()) {
            let in_here = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&in_here).contains(&*self.directory.to_string_lossy()) {
                process::signal(pid, Signal::KILL);
            }
        }
        for node in &mut self.restarted {
            let _ = node.wait();
        }
    }
}

/// Where `dev` keeps its things, given these arguments.
fn directory(state_home: &Path, current: &Path, arguments: &[&str]) -> PathBuf {
    let value = |flag: &str| {
        let with_equals = format!("{flag}=");
        let after = arguments.iter().skip_while(|argument| **argument != flag).nth(1).copied();
        after.or_else(|| arguments.iter().find_map(|argument| argument.strip_prefix(with_equals.as_str())))
    };
    match (value("--dir"), value("--name")) {
        (Some(directory), _) => current.join(directory),
        (None, Some(name)) => state_home.join("dynamo").join(format!("dev-{name}")),
        (None, None) => state_home.join("dynamo/dev"),
    }
}

/// Hands on a program's lines as they come, and keeps them.
fn listen(stdout: ChildStdout, said: Arc<Mutex<Vec<String>>>) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            said.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
            // Nobody listens any more once it is ready; the lines are kept all the same.
            let _ = sender.send(line);
        }
    });
    lines
}

fn await_ready(dev: &mut Child, lines: &Receiver<String>, errors: &Path) -> Ready {
    let end = Instant::now() + UNTIL_READY;
    loop {
        let failed = match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => match ready(&line) {
                Some(ready) => return ready,
                None => continue,
            },
            Err(RecvTimeoutError::Timeout) => format!("was not ready within {} s", UNTIL_READY.as_secs()),
            Err(RecvTimeoutError::Disconnected) => format!("ended before it was ready: {:?}", end_of(dev)),
        };
        let _ = dev.kill();
        let _ = dev.wait();
        panic!("dynamo-node dev {failed}; it said:\n{}", fs::read_to_string(errors).unwrap_or_default());
    }
}

/// `ready dev 127.0.0.1:7700,127.0.0.1:7701`
fn ready(line: &str) -> Option<Ready> {
    let mut words = line.strip_prefix("ready ")?.split_ascii_whitespace();
    let profile = words.next()?.to_owned();
    let addresses = words.next()?.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(Ready { profile, addresses })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_is_read() {
        let read = ready("ready dev-a 127.0.0.1:7700,127.0.0.1:7701").unwrap();
        assert_eq!(read.profile, "dev-a");
        assert_eq!(read.addresses, ["127.0.0.1:7700", "127.0.0.1:7701"].map(|a| a.parse().unwrap()));
        for other in ["", "ready", "ready dev", "ready dev nowhere", "already dev 127.0.0.1:1"] {
            assert_eq!(ready(other), None, "{other}");
        }
    }

    #[test]
    fn the_directory_follows_from_the_arguments() {
        let (state, current) = (Path::new("/s"), Path::new("/h"));
        assert_eq!(directory(state, current, &["--nodes", "3"]), Path::new("/s/dynamo/dev"));
        assert_eq!(directory(state, current, &["--name", "a"]), Path::new("/s/dynamo/dev-a"));
        assert_eq!(directory(state, current, &["--dir=x", "--name", "a"]), Path::new("/h/x"));
        assert_eq!(directory(state, current, &["--dir", "/x"]), Path::new("/x"));
    }
}
