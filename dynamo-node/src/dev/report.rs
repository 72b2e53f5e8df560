//! What `dynamo-node dev` says: on standard output once, when everything is ready; on standard error what happens
//! after. The only room of it that prints.
#![expect(clippy::print_stderr, reason = "this is where dev speaks to whoever started it")]

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use super::children::Ended;
use super::layout::{Layout, NodeFolder};
use crate::pid_file::Pid;

/// What somebody who has a cluster wants to know.
pub(super) struct Ready<'a> {
    pub(super) layout: &'a Layout,
    pub(super) addresses: &'a [SocketAddr],
    /// Whether tools take this cluster without being told.
    pub(super) is_current: bool,
    /// This program; the others lie beside it.
    pub(super) program: &'a Path,
    /// Which node is which process.
    pub(super) pids: &'a [(usize, Pid)],
}

impl Ready<'_> {
    /// The `ready` line, for programs; then, for people, what to try next, ready to be pasted.
    fn text(&self) -> String {
        let addresses: Vec<String> = self.addresses.iter().map(SocketAddr::to_string).collect();
        let ctl = self.tool("dynamo-ctl");
        let mut lines = vec![
            format!("ready {} {}", self.layout.profile, addresses.join(",")),
            String::new(),
            "Try, in another terminal:".to_owned(),
            format!("  {ctl} put cart:42 milk"),
            format!("  {ctl} get cart:42"),
            format!("  {ctl} status"),
            format!("  {}", self.tool("dynamo-top")),
        ];
        if let Some((number, pid)) = self.pids.last() {
            lines.push(format!("  kill -9 {pid}    # node-{number} crashes; reads and writes go on"));
        }
        lines.push(String::new());
        lines.push(format!("Certificates, data and logs: {}", self.layout.directory.display()));
        lines.push("Ctrl-C stops the cluster; the same command starts it again with its data.".to_owned());
        lines.join("\n") + "\n"
    }

    fn tool(&self, name: &str) -> String {
        tool(self.program, name, self.layout, self.is_current)
    }
}

/// What somebody who has added a node wants to know.
pub(super) struct Added<'a> {
    pub(super) layout: &'a Layout,
    pub(super) node: &'a NodeFolder,
    pub(super) address: SocketAddr,
    /// Whether it is a member already.
    pub(super) is_member: bool,
    /// Whether tools take this cluster without being told.
    pub(super) is_current: bool,
    /// This program; the others lie beside it.
    pub(super) program: &'a Path,
}

impl Added<'_> {
    /// The `ready` line, for programs; then, for people, what to type next, ready to be pasted.
    fn text(&self) -> String {
        let (name, ctl) = (self.node.name(), tool(self.program, "dynamo-ctl", self.layout, self.is_current));
        let mut lines = vec![format!("ready {} {name} {}", self.layout.profile, self.address), String::new()];
        if self.is_member {
            lines.push(format!("{name} is a member, and takes its part again. In another terminal:"));
            lines.push(format!("  {ctl} node list"));
        } else {
            lines.push(format!(
                "{name} waits, and has no part in the ring. To let it in, in another terminal:"
            ));
            lines.push(format!("  {ctl} node list"));
            lines.push(format!("  {ctl} node join {name}"));
            lines.push(format!("  {ctl} plan show"));
            lines.push(format!("  {ctl} plan commit"));
        }
        lines.push(String::new());
        lines.push(format!("Certificate, data and log: {}", self.node.path.display()));
        lines.push(format!("Ctrl-C stops this node only; `--join={name}` starts it again with its data."));
        lines.join("\n") + "\n"
    }
}

/// Says that a node that was added is there.
pub(super) fn added(added: &Added<'_>) {
    say(&added.text());
}

/// Says that everything is ready.
pub(super) fn ready(ready: &Ready<'_>) {
    say(&ready.text());
}

fn say(text: &str) {
    let mut stdout = std::io::stdout().lock();
    // Whoever closed the pipe does not want to know; the nodes run all the same.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// A program that lies beside this one, as a shell takes it.
fn tool(program: &Path, name: &str, layout: &Layout, is_current: bool) -> String {
    let path = program.with_file_name(name);
    let program = quoted(&path.to_string_lossy());
    if is_current { program } else { format!("{program} --profile {}", layout.profile) }
}

/// Says that a node has ended, and what brings it back.
pub(super) fn ended(ended: &Ended, node: &NodeFolder, program: &Path) {
    let again = run_again(node, program);
    eprintln!("node-{} {}; its log: {}", ended.number, ended.how, node.log().display());
    eprintln!("  it stays down; this starts it again: {again}");
}

/// Says that the nodes are being stopped.
pub(super) fn stopping() {
    eprintln!("stopping the nodes");
}

/// Says that one node is being stopped.
pub(super) fn stopping_one(node: &NodeFolder) {
    eprintln!("stopping {}", node.name());
}

/// Shows the end of a node's log, of a node that could not start.
pub(super) fn tail(log: &Path, tail: &str) {
    eprintln!("the end of {}:", log.display());
    for line in tail.lines() {
        eprintln!("  {line}");
    }
}

fn run_again(node: &NodeFolder, program: &Path) -> String {
    format!(
        "{} run --config {}",
        quoted(&program.to_string_lossy()),
        quoted(&node.config().to_string_lossy())
    )
}

/// As a POSIX shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::args::DevArgs;

    fn text(program: &str, is_current: bool) -> String {
        let layout = Layout::of(&DevArgs {
            dir: Some("/x/dev a".into()),
            name: Some("a".parse().unwrap()),
            ..DevArgs::default()
        });
        let addresses = ["127.0.0.1:7700", "127.0.0.1:7701"].map(|a| a.parse().unwrap());
        Ready {
            layout: &layout.unwrap(),
            addresses: &addresses,
            is_current,
            program: Path::new(program),
            pids: &[(1, 11), (2, 12)],
        }
        .text()
    }

    #[test]
    fn the_first_line_is_for_programs_and_the_rest_can_be_pasted() {
        let text = text("/opt/dynamo/dynamo-node", true);
        assert!(text.starts_with("ready dev-a 127.0.0.1:7700,127.0.0.1:7701\n"), "{text}");
        for line in [
            "\n  /opt/dynamo/dynamo-ctl put cart:42 milk\n",
            "\n  /opt/dynamo/dynamo-top\n",
            "\n  kill -9 12 ",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn a_profile_that_is_not_current_is_named_and_odd_paths_are_quoted() {
        let text = text("/opt/it's here/dynamo-node", false);
        assert!(text.contains(r"  '/opt/it'\''s here/dynamo-ctl' --profile dev-a get cart:42"), "{text}");
    }
}
