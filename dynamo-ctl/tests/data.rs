//! Data in and out of pipes, as people and scripts do it, against a real cluster.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

use std::collections::BTreeSet;
use std::fs;

use dynamo_testkit::{Lab, Output};
use serde_json::Value;

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Runs a line and expects an exit code; returns what was said.
fn expect(lab: &Lab, code: i32, line: &[&str]) -> Output {
    let output = lab.ctl(line);
    assert_eq!(output.code, code, "{line:?}: {output:?}");
    output
}

fn stdout(lab: &Lab, line: &[&str]) -> String {
    expect(lab, 0, line).text().to_owned()
}

#[test]
fn values_are_bytes() {
    let lab = Lab::new();
    let _cluster = lab.dev(&[]);
    let put = expect(&lab, 0, &["put", "cart:42", "milk"]);
    assert_eq!((put.text(), put.stderr.as_str()), ("", ""), "a put that does what was asked is silent");
    assert_eq!(stdout(&lab, &["get", "cart:42"]), "milk", "no newline into a pipe");

    let every_byte: Vec<u8> = (0..=255).collect();
    assert_eq!(lab.ctl_with_stdin(&["put", "bytes", "-"], &every_byte).code, 0);
    assert_eq!(expect(&lab, 0, &["get", "bytes"]).stdout, every_byte);
    fs::write(lab.path().join("photo"), &every_byte).unwrap();
    expect(&lab, 0, &["put", "photo", "@photo"]);
    assert_eq!(expect(&lab, 0, &["get", "photo"]).stdout, every_byte);
    let shown = json(&expect(&lab, 0, &["get", "photo", "-o", "json"]));
    assert!(shown["items"][0]["value"]["base64"].as_str().unwrap().starts_with("AAEC"), "{shown}");

    expect(&lab, 0, &["put", "at", "@photo", "--literal"]);
    assert_eq!(stdout(&lab, &["get", "at"]), "@photo");
    expect(&lab, 0, &["put", "empty", ""]);
    assert_eq!(stdout(&lab, &["get", "empty"]), "");

    expect(&lab, 0, &["put", "--key-encoding", "hex", "00ff", "hidden"]);
    assert_eq!(stdout(&lab, &["get", "--key-encoding", "base64", "AP8="]), "hidden");
}

#[test]
fn siblings_are_kept_until_somebody_who_saw_them_replaces_them() {
    let lab = Lab::new();
    let _cluster = lab.dev(&[]);
    expect(&lab, 0, &["put", "cart", "milk"]);
    let second = expect(&lab, 0, &["put", "cart", "eggs"]);
    assert!(second.stderr.contains("`cart` had a value; this one is a sibling of it now (2 in all)"));

    let siblings = expect(&lab, 5, &["get", "cart"]);
    assert_eq!(siblings.text(), "", "nothing into a pipe");
    assert!(siblings.stderr.starts_with("error: the key has 2 siblings\ncause: "), "{}", siblings.stderr);
    let shown = json(&expect(&lab, 0, &["get", "cart", "-o", "json"]));
    let values: BTreeSet<&str> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["value"]["utf8"].as_str().unwrap())
        .collect();
    assert_eq!(values, BTreeSet::from(["eggs", "milk"]));
    let all = stdout(&lab, &["get", "cart", "--all"]);
    assert_eq!(all.lines().collect::<BTreeSet<_>>(), values);
    assert_eq!(stdout(&lab, &["get", "cart", "--sibling", "1"]), all.lines().next().unwrap());
    expect(&lab, 4, &["get", "cart", "--sibling", "3"]);

    // Somebody saw them, and somebody else writes before the answer to it.
    expect(&lab, 0, &["get", "cart", "--context-out", "seen", "--all"]);
    expect(&lab, 0, &["put", "cart", "--update", "milk and eggs"]);
    assert_eq!(stdout(&lab, &["get", "cart"]), "milk and eggs");
    let late = expect(&lab, 0, &["put", "cart", "bread", "--context-in", "seen"]);
    assert!(late.stderr.contains("somebody else wrote it at the same time"), "{}", late.stderr);
    expect(&lab, 5, &["get", "cart"]);

    // Deleting what was seen leaves what was not.
    expect(&lab, 0, &["put", "cart", "--update", "all of it", "--context-out", "seen"]);
    expect(&lab, 0, &["put", "cart", "unseen"]);
    expect(&lab, 0, &["delete", "cart", "--context-in", "seen"]);
    let left = expect(&lab, 0, &["get", "cart", "--all"]);
    assert_eq!(left.text(), "unseen\n");
}

#[test]
fn what_is_deleted_is_not_found() {
    let lab = Lab::new();
    let _cluster = lab.dev(&[]);
    expect(&lab, 0, &["put", "cart", "milk"]);
    let dry = expect(&lab, 0, &["delete", "cart", "--dry-run"]);
    assert!(dry.text().starts_with("would write a deletion to partition "), "{}", dry.text());
    assert_eq!(stdout(&lab, &["get", "cart"]), "milk");
    expect(&lab, 0, &["delete", "cart"]);
    let gone = expect(&lab, 4, &["get", "cart"]);
    assert_eq!(
        (gone.text(), gone.stderr.as_str()),
        ("", "error: there is no key `cart` in the bucket default\n")
    );
    expect(&lab, 4, &["delete", "cart"]);
    assert!(expect(&lab, 0, &["delete", "cart", "--if-exists"]).stderr.starts_with("note: there is no key"));
    let gone = expect(&lab, 4, &["get", "cart", "-o", "json"]);
    let error: Value = serde_json::from_str(&gone.stderr).unwrap();
    assert_eq!((&error["code"], &error["exit"]), (&"not-found".into(), &4.into()));
    assert_eq!(stdout(&lab, &["keys"]), "");

    // A context is returned for an absent key too, and a put that hands it back makes no sibling of the tombstone.
    expect(&lab, 4, &["get", "cart", "--context-out", "seen"]);
    let put = expect(&lab, 0, &["put", "cart", "again", "--context-in", "seen"]);
    assert_eq!(put.stderr, "");
    assert_eq!(stdout(&lab, &["get", "cart"]), "again");
}

#[test]
fn what_cannot_be_done_is_said_with_its_own_exit_code() {
    let lab = Lab::new();
    let _cluster = lab.dev(&[]);
    expect(&lab, 0, &["put", "a", "1", "--context-out", "of-a"]);
    for (code, line, said) in [
        (2, &["get", "a", "--r", "4"][..], "r=4, and it lies between 1 and N=3"),
        (2, &["get", "a", "--r", "0"], "r=0, and it lies between 1 and N=3"),
        (2, &["put", "a", "2", "--w", "9"], "w=9, and it lies between 1 and N=3"),
        (2, &["put", "a", "-", "--context-in", "-"], "cannot both come from standard input"),
        (2, &["put", "a", "@nowhere"], "cannot read nowhere"),
        (2, &["put", "a", "1", "--context-in", "nowhere"], "cannot read nowhere"),
        (2, &["get", ""], "a key has 1 to 4096 bytes"),
        (2, &["statsu"], "'status'"),
        (4, &["get", "a", "--bucket", "defualt"], "did you mean default?"),
        (4, &["get", "a", "--profile", "nobody"], "there is no profile `nobody`"),
        (5, &["put", "b", "1", "--context-in", "of-a"], "the context belongs to another key or bucket"),
    ] {
        let output = expect(&lab, code, line);
        assert!(output.stderr.contains(said), "{line:?}: {}", output.stderr);
        assert_eq!(output.text(), "", "{line:?}");
    }
    fs::write(lab.path().join("forged"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n").unwrap();
    expect(&lab, 5, &["put", "a", "2", "--context-in", "forged"]);
    fs::write(lab.path().join("long"), vec![b'x'; 1024 * 1024 + 1]).unwrap();
    let long = expect(&lab, 2, &["put", "a", "@long"]);
    assert!(long.stderr.contains("a value of 1048577 bytes; this cluster allows 1048576"), "{}", long.stderr);
    assert_eq!(stdout(&lab, &["get", "a"]), "1", "none of it was done");
}

#[test]
fn keys_go_through_pipes() {
    let lab = Lab::new();
    let _cluster = lab.dev(&[]);
    let wanted: BTreeSet<String> = (0..20).map(|number| format!("cart:{number}")).collect();
    for key in &wanted {
        expect(&lab, 0, &["put", key, "x"]);
    }
    expect(&lab, 0, &["put", "user:1", "x"]);
    let lines =
        |line: &[&str]| -> BTreeSet<String> { stdout(&lab, line).lines().map(str::to_owned).collect() };
    assert_eq!(lines(&["keys", "--prefix", "cart:"]), wanted);
    assert_eq!(lines(&["keys", "--prefix", "cart:", "-o", "name"]), wanted);
    assert_eq!(lines(&["keys"]).len(), 21);
    assert_eq!(lines(&["keys", "--limit", "3"]).len(), 3);
    assert_eq!(stdout(&lab, &["keys", "--prefix", "nobody"]), "");
    assert_eq!(stdout(&lab, &["keys", "--prefix", "user:", "-0"]), "user:1\0");
    // The prefix is written as the keys are.
    expect(&lab, 2, &["keys", "--prefix", "user:", "--key-encoding", "hex"]);
    assert_eq!(stdout(&lab, &["keys", "--prefix", "7573", "--key-encoding", "hex"]), "757365723a31\n");
    let all = json(&expect(&lab, 0, &["keys", "-o", "json"]));
    assert_eq!(all["items"].as_array().unwrap().len(), 21);
    assert_eq!(all["partitions_missing"], 0);
    let line = stdout(&lab, &["keys", "--prefix", "user:", "-o", "jsonl"]);
    assert_eq!(line, "{\"key\":{\"utf8\":\"user:1\"},\"kind\":\"key\",\"schema\":1}\n");

    let piped = |script: &str| {
        let mut shell = lab.command("dynamo-ctl");
        let program = shell.get_program().to_owned();
        shell = {
            let mut wrapped = std::process::Command::new("bash");
            wrapped.args(["-o", "pipefail", "-c", script]).current_dir(lab.path()).env("CTL", program);
            for (name, value) in shell.get_envs() {
                match value {
                    Some(value) => wrapped.env(name, value),
                    None => wrapped.env_remove(name),
                };
            }
            wrapped
        };
        shell.output().unwrap()
    };
    let head = piped("$CTL keys | head -1");
    assert!(head.status.success() && head.stderr.is_empty(), "a closed pipe is a quiet end: {head:?}");
    let through = piped("$CTL keys --prefix cart: -0 | xargs -0 -n1 $CTL get");
    assert_eq!(String::from_utf8(through.stdout).unwrap(), "x".repeat(20));
}
