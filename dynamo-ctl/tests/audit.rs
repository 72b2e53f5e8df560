//! The audit as an operator reads it: what was changed by whom, and whether anybody touched it afterwards.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

use std::fs;

use dynamo_testkit::{Lab, Output};
use serde_json::Value;

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn changes_are_listed_and_a_changed_line_is_found() {
    let lab = Lab::new();
    let mut cluster = lab.dev(&["--nodes", "2", "--partitions", "16"]);
    let listed = json(&lab.ctl(&["audit", "list", "-o", "json"]).expect_code(0));
    let made: Vec<&Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["what"].as_str().unwrap().starts_with("create the cluster dev"))
        .collect();
    assert_eq!(made.len(), 1, "{listed:#}");
    assert_eq!((&made[0]["who"], &made[0]["outcome"]), (&"admin dev".into(), &"done".into()));
    assert_eq!((&made[0]["state_before"], &made[0]["state_after"]), (&0.into(), &1.into()));
    assert_eq!(listed["nodes"].as_array().unwrap().len(), 2);
    assert!(listed["holds"].is_null());

    let table = lab.ctl(&["audit", "list", "--verify"]).expect_code(0).text().to_owned();
    assert!(table.contains("node-1: the chain of") && table.contains("node-2: the chain of"), "{table}");
    assert!(table.contains("admin dev") && table.contains("create the cluster dev"), "{table}");
    let one = lab
        .ctl(&["audit", "list", "--node", "node-2", "-n", "1", "-o", "name"])
        .expect_code(0)
        .text()
        .to_owned();
    assert_eq!(one.trim(), "node-2/1");
    let unknown = lab.ctl(&["audit", "list", "--node", "node-9"]).expect_code(4);
    assert!(unknown.stderr.contains("no node is called `node-9`"), "{}", unknown.stderr);

    let founder = [1, 2].map(|n| cluster.node(n).join("data/audit.jsonl"));
    let founder =
        founder.iter().find(|file| fs::read_to_string(file).unwrap().contains("create the")).unwrap();
    let text = fs::read_to_string(founder).unwrap();
    let touched = text.replacen("admin dev", "admin eve", 1);
    fs::write(founder, touched).unwrap();
    let broken = lab.ctl(&["audit", "list", "--verify"]).expect_code(10).text().to_owned();
    assert!(broken.contains("the chain does not hold: line 2 was changed"), "{broken}");
    let lines = lab.ctl(&["audit", "list", "--verify", "-o", "jsonl"]).expect_code(10).text().to_owned();
    let head: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(head["holds"], false);

    cluster.kill9(2);
    let partly = lab.ctl(&["audit", "list", "--timeout", "2s"]).expect_code(3).text().to_owned();
    assert!(partly.contains("! node-2 cannot be read: "), "{partly}");
}
