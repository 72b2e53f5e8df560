//! The ring changes under an operator's hand: staged, planned, committed and watched, against real daemons.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use dynamo_testkit::{Cluster, Lab, Output, await_until, patience::PATIENCE};
use serde_json::Value;

/// Longer than any of these operations takes, on any machine.
const OVER: &str = "10m";

fn expect(lab: &Lab, code: i32, line: &[&str]) -> Output {
    let output = lab.ctl(line);
    assert_eq!(output.code, code, "{line:?}: {output:?}");
    output
}

fn json(lab: &Lab, line: &[&str]) -> Value {
    let output = expect(lab, 0, &[line, &["-o", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Where a node stands; nothing where it is not known.
fn status(lab: &Lab, name: &str) -> Option<String> {
    let nodes = json(lab, &["node", "list", "--all"]);
    let node = nodes["items"].as_array().unwrap().iter().find(|node| node["name"] == name)?;
    node["status"].as_str().map(str::to_owned)
}

/// A small cluster, and one node more that waits.
fn with_a_node_that_waits(lab: &Lab) -> Cluster {
    let mut cluster = lab.dev(&["--partitions", "16"]);
    assert_eq!(cluster.add(None), 4);
    let waits = || status(lab, "node-4").as_deref() == Some("waiting");
    assert!(await_until(PATIENCE, waits), "node-4 does not wait: {:?}", lab.ctl(&["node", "list"]));
    cluster
}

/// Commits what is staged; the operation that carries it out.
fn commit(lab: &Lab) -> String {
    expect(lab, 0, &["plan", "commit", "--yes", "-o", "name"]).text().trim().to_owned()
}

#[test]
fn a_waiting_node_joins_and_a_member_leaves_and_no_key_is_missed() {
    let lab = Lab::new();
    let _cluster = with_a_node_that_waits(&lab);
    let keys: Vec<String> = (0..20).map(|number| format!("cart:{number}")).collect();
    keys.iter().for_each(|key| drop(expect(&lab, 0, &["put", key, "milk"])));
    let all_are_there = || {
        let mut listed: Vec<String> = expect(&lab, 0, &["keys"]).text().lines().map(str::to_owned).collect();
        listed.sort_by_key(|key| key["cart:".len()..].parse::<u32>().unwrap());
        assert_eq!(listed, keys);
        keys.iter().for_each(|key| assert_eq!(expect(&lab, 0, &["get", key]).text(), "milk"));
    };

    let dry = json(&lab, &["node", "join", "node-4", "--dry-run"]);
    expect(&lab, 4, &["plan", "show"]);
    let joined = expect(&lab, 0, &["node", "join", "node-4"]);
    assert!(joined.text().contains("join node-4 (weight 1)"), "{joined:?}");
    assert!(joined.stderr.contains("`dynamo-ctl plan commit` does it"), "{joined:?}");
    let plan = json(&lab, &["plan", "show"]);
    assert_eq!(plan["plan"], dry["plan"], "what was looked at is what is staged");
    assert_eq!(plan["blockers"], Value::Array(Vec::new()), "{plan}");
    assert_eq!(plan["live_replicas_least"], 3);
    let newcomer = plan["items"].as_array().unwrap().iter().find(|node| node["name"] == "node-4").unwrap();
    assert_eq!((&newcomer["replicas_before"], &newcomer["replicas_after"]), (&0.into(), &12.into()));

    let unasked = expect(&lab, 2, &["plan", "commit"]);
    assert!(unasked.stderr.contains("hint: --yes gives it"), "{unasked:?}");
    let committed = json(&lab, &["plan", "commit", plan["plan"].as_str().unwrap(), "--yes"]);
    let operation = committed["operation"].as_str().unwrap();
    let waited = expect(&lab, 0, &["op", "wait", operation, "--progress", "plain", "--timeout", OVER]);
    assert!(waited.text().starts_with(&format!("operation {operation}  done  join node-4")), "{waited:?}");
    assert!(waited.stderr.lines().last().unwrap().contains("100.0%  done"), "{waited:?}");
    let ring = json(&lab, &["ring", "show"]);
    assert_eq!((&ring["moving"], ring["items"].as_array().unwrap().len()), (&0.into(), 16));
    let shares: Vec<&Value> =
        ring["nodes"].as_array().unwrap().iter().map(|node| &node["replicas"]).collect();
    assert_eq!(shares, vec![&Value::from(12); 4]);
    all_are_there();

    expect(&lab, 0, &["node", "leave", "node-2"]);
    expect(&lab, 0, &["plan", "commit", "--yes", "--wait", "--progress", "none", "--timeout", OVER]);
    assert_eq!(status(&lab, "node-2").as_deref(), Some("left"));
    all_are_there();
    let late = expect(&lab, 5, &["plan", "commit", plan["plan"].as_str().unwrap(), "--yes"]);
    assert!(late.stderr.contains(&format!("committed it: operation {operation}")), "{late:?}");

    assert_eq!(expect(&lab, 0, &["op", "list", "-o", "name"]).text().lines().count(), 2);
    let history = json(&lab, &["ring", "history"]);
    assert_eq!(history["items"][0]["changes"][0]["change"], "leave");
    let diff = json(&lab, &["ring", "diff"]);
    for partition in diff["items"].as_array().unwrap() {
        let after = partition["after"].as_array().unwrap();
        assert!(!after.contains(&"node-2".into()) && after.len() == 3, "{partition}");
    }
    let owners = json(&lab, &["ring", "owners", "cart:1"]);
    assert_eq!(owners["items"].as_array().unwrap().iter().filter(|node| node["role"] == "owner").count(), 3);
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason_and_nothing_is_staged_by_halves() {
    let lab = Lab::new();
    let _cluster = with_a_node_that_waits(&lab);
    for (code, line, said) in [
        (5, &["node", "join", "node-4", "node-1"][..], "node-1 is a member already"),
        (4, &["node", "join", "node-5"], "did you mean node-"),
        (2, &["node", "join", "node-4", "--weight", "0"], "0 is not in 1.."),
        (2, &["node", "join", "node-4", "--weight", "-1"], "-1 is not in 1.."),
        (2, &["node", "weight", "node-1", "0"], "0 is not in 1.."),
        (9, &["node", "leave", "node-1", "node-2", "node-3"], "nothing was staged"),
        (5, &["node", "leave", "node-4"], "is no member yet"),
        (4, &["node", "zone", "node-1", "rack-b"], "--new makes it a new one"),
        (9, &["node", "remove", "node-1", "--confirm=node-1"], "node-1 is up"),
        (4, &["op", "cancel", "0123456789abcdef"], "no operation is called"),
        (4, &["plan", "clear", "17"], "no staged change has the number 17"),
        (2, &["transfer", "limit", "--bytes-per-second", "fast"], "`fast` is no"),
    ] {
        let refused = expect(&lab, code, line);
        assert!(refused.stderr.contains(said), "{line:?}: {}", refused.stderr);
        assert_eq!(refused.text(), "", "{line:?}");
    }
    expect(&lab, 4, &["plan", "show"]);
    let refused = expect(&lab, 5, &["node", "join", "node-1", "-o", "json"]);
    let error: Value = serde_json::from_str(&refused.stderr).unwrap();
    assert_eq!((&error["code"], &error["exit"]), (&"conflict".into(), &5.into()));
    assert!(error["hint"].as_str().unwrap().contains("node weight"), "{error}");
}

#[test]
fn a_plan_is_committed_only_as_it_was_read_and_travels_as_a_file() {
    let lab = Lab::new();
    let _cluster = with_a_node_that_waits(&lab);
    expect(&lab, 0, &["node", "join", "node-4"]);
    expect(&lab, 0, &["plan", "export", "join.json"]);
    let read = json(&lab, &["plan", "show"])["plan"].as_str().unwrap().to_owned();

    // Another administrator stages something else meanwhile.
    expect(&lab, 0, &["node", "weight", "node-1", "2"]);
    let stale = expect(&lab, 5, &["plan", "commit", &read, "--yes"]);
    assert!(stale.stderr.contains("error: another plan is staged now\n"), "{stale:?}");
    expect(&lab, 5, &["plan", "apply", "join.json"]);
    expect(&lab, 0, &["plan", "clear"]);

    let text = fs::read_to_string(lab.path().join("join.json")).unwrap();
    let cluster = json(&lab, &["cluster", "show"])["id"].as_str().unwrap().to_owned();
    fs::write(lab.path().join("foreign.json"), text.replace(&cluster, &"0f".repeat(16))).unwrap();
    let foreign = expect(&lab, 9, &["plan", "apply", "foreign.json"]);
    assert!(foreign.stderr.contains("error: the plan is for another cluster\n"), "{foreign:?}");
    expect(&lab, 4, &["plan", "show"]);

    expect(&lab, 0, &["plan", "apply", "join.json"]);
    assert_eq!(json(&lab, &["plan", "show"])["plan"], *read);
    let operation = commit(&lab);
    expect(&lab, 0, &["op", "wait", &operation, "--progress", "none", "--timeout", OVER]);
    let old = expect(&lab, 5, &["plan", "apply", "join.json"]);
    assert!(old.stderr.contains("error: the plan is stale\n"), "{old:?}");
    expect(&lab, 4, &["plan", "show"]);
}

/// A tool that waits, and what it says on the way.
struct Waiting {
    child: Child,
    said: BufReader<std::process::ChildStderr>,
}

impl Waiting {
    /// It has begun to wait when this returns: the first of its lines was read.
    fn start(lab: &Lab, operation: &str) -> Self {
        let mut command = lab.command("dynamo-ctl");
        command.args(["op", "wait", operation, "--progress", "plain", "--timeout", OVER]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        assert!(first.starts_with(&format!("operation {operation}")), "{first}");
        Self { child, said }
    }

    /// Its exit code, and the rest of what it said.
    fn finish(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().unwrap(), rest)
    }
}

#[test]
fn whoever_watches_may_go_and_whoever_is_asked_may_die_and_the_operation_goes_on() {
    let lab = Lab::new();
    let mut cluster = with_a_node_that_waits(&lab);
    expect(&lab, 0, &["put", "cart", "milk"]);
    expect(&lab, 0, &["transfer", "pause"]);
    expect(&lab, 0, &["node", "join", "node-4"]);
    let operation = commit(&lab);

    let late = expect(&lab, 8, &["op", "wait", &operation, "--timeout", "1s", "--progress", "none"]);
    assert!(late.stderr.contains("error: operation "), "{late:?}");
    assert!(late.stderr.contains("transfers are paused"), "{late:?}");
    let waiting = Waiting::start(&lab, &operation);
    let interrupted = Command::new("kill").args(["-INT", &waiting.child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let (code, said) = waiting.finish();
    assert_eq!(code, 130, "{said}");
    assert!(said.contains(&format!("`dynamo-ctl op wait {operation}` comes back to it")), "{said}");

    // Everybody whom the tool could ask dies once, one after the other.
    let waiting = Waiting::start(&lab, &operation);
    for number in 1..=3 {
        cluster.kill9(number);
        cluster.restart(number);
    }
    expect(&lab, 0, &["transfer", "resume"]);
    let (code, said) = waiting.finish();
    assert_eq!(code, 0, "{said}");
    assert_eq!(status(&lab, "node-4").as_deref(), Some("active"));
    assert_eq!(expect(&lab, 0, &["get", "cart"]).text(), "milk");
}

#[test]
fn what_is_cancelled_is_taken_back_and_is_no_success_for_those_who_wait() {
    let lab = Lab::new();
    let _cluster = with_a_node_that_waits(&lab);
    let before = json(&lab, &["ring", "show"])["items"].clone();
    expect(&lab, 0, &["transfer", "pause"]);
    expect(&lab, 0, &["node", "join", "node-4"]);
    let operation = commit(&lab);
    let moving = expect(&lab, 0, &["status"]);
    assert!(moving.text().contains(&format!("operation {operation}  running")), "{moving:?}");
    let waiting = Waiting::start(&lab, &operation);
    expect(&lab, 0, &["op", "cancel", &operation[..8]]);
    expect(&lab, 0, &["transfer", "resume"]);
    let (code, said) = waiting.finish();
    assert_eq!(code, 14, "{said}");
    assert!(said.contains(&format!("error: operation {operation} was cancelled\n")), "{said}");
    assert_eq!(json(&lab, &["ring", "show"])["items"], before);
    let waits = || status(&lab, "node-4").as_deref() == Some("waiting");
    assert!(await_until(PATIENCE, waits), "it may try again: {:?}", lab.ctl(&["node", "list"]));
    expect(&lab, 5, &["op", "cancel", &operation]);
}
