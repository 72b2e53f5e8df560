//! What a program that ended has said, and collecting it without ever waiting for ever.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use crate::patience::{PATIENCE, await_until};

/// What a program left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code, or 128 and the signal that ended it, as a shell says it.
    pub code: i32,
    /// Its standard output, byte for byte.
    pub stdout: Vec<u8>,
    /// Its standard error; what is not UTF-8 is replaced.
    pub stderr: String,
}

impl Output {
    /// The standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is text")
    }

    /// Itself, if the program exited with this code; a panic with all it said if not.
    #[expect(clippy::return_self_not_must_use, reason = "often the code is all that matters")]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            code,
            "wrong exit code\nstdout: {}\nstderr: {}",
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        self
    }
}

/// The code as a shell says it.
pub(crate) fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

/// Runs a program to its end with this on its standard input; panics when it takes longer than anything should.
pub(crate) fn run(mut command: Command, stdin: &[u8]) -> Output {
    let described = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {described}: {error}"));
    let mut input = child.stdin.take().expect("it was asked for");
    let stdout = drain(child.stdout.take().expect("it was asked for"));
    let stderr = drain(child.stderr.take().expect("it was asked for"));
    let bytes = stdin.to_vec();
    // A program that does not read all of its input is not wrong for that.
    let writer = thread::spawn(move || input.write_all(&bytes).is_ok());
    let status = end_of(&mut child);
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let collect = |reader: thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    let (stdout, stderr) = (collect(stdout), String::from_utf8_lossy(&collect(stderr)).into_owned());
    let _ = writer.join();
    let Some(status) = status else {
        panic!(
            "{described} did not end within {} s\nstdout: {}\nstderr: {stderr}",
            PATIENCE.as_secs(),
            String::from_utf8_lossy(&stdout)
        );
    };
    Output { code: code(status), stdout, stderr }
}

/// How a child ended; `None`: it has not, within anybody's patience.
pub(crate) fn end_of(child: &mut Child) -> Option<ExitStatus> {
    let mut status = None;
    await_until(PATIENCE, || {
        status = child.try_wait().ok().flatten();
        status.is_some()
    });
    status
}

/// Reads a pipe to its end beside the caller, so that a program that says much is not held up.
pub(crate) fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is what there is to show.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}
