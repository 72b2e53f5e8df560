//! The real program beside a real cluster: it starts while nobody is there, stays when a node dies, and says so.

#![expect(clippy::unwrap_used, reason = "what fails in a test is a finding")]

use std::fs;

use dynamo_testkit::Lab;
use serde_json::Value;

fn looks(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn states(look: &Value) -> Vec<&str> {
    look["nodes"].as_array().unwrap().iter().map(|node| node["state"].as_str().unwrap()).collect()
}

#[test]
fn a_cluster_is_looked_at_and_a_dead_node_is_named() {
    let lab = Lab::new();
    let mut cluster = lab.dev(&[]);
    let all = lab.run("dynamo-top", &["--batch", "-n", "2", "-d", "0.2", "-o", "json"]).expect_code(0);
    let looks = looks(all.text());
    assert_eq!(looks.len(), 2);
    assert_eq!(states(&looks[1]), ["UN", "UN", "UN"]);
    assert_eq!(looks[1]["headline"]["cluster"], "dev");
    assert_eq!(looks[1]["headline"]["quorum"], serde_json::json!([3, 2, 2]));
    assert_eq!(looks[1]["schema"], 1);
    assert_eq!(looks[0]["nodes"][0]["gets_per_s"], Value::Null, "one sample makes no rate");
    assert!(looks[1]["nodes"][0]["gets_per_s"].is_number());

    cluster.kill9(3);
    let rest = lab.run("dynamo-top", &["--batch", "-n", "1"]).expect_code(0);
    let text = rest.text();
    assert!(text.starts_with("dev  ring 1  2 of 3 nodes up\n"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("node-3 ") && line.contains(" D? ")), "{text}");
}

#[test]
fn it_starts_while_nobody_is_there_and_says_so_in_the_end() {
    let lab = Lab::new();
    let cluster = lab.dev(&["--nodes", "1"]);
    cluster.stop().expect_code(0);
    // Not a terminal, so that it writes as with --batch.
    let nobody = lab.run("dynamo-top", &["-n", "1"]).expect_code(12);
    assert!(nobody.text().contains("0 of 1 nodes up"), "{}", nobody.text());
    assert!(nobody.stderr.starts_with("error: no node can be reached\ncause: "), "{}", nobody.stderr);
}

#[test]
fn a_wrong_profile_is_a_wrong_command_line() {
    let lab = Lab::new();
    let none = lab.run("dynamo-top", &["--batch", "-n", "1"]).expect_code(2);
    assert!(none.stderr.contains("no profile is current"), "{}", none.stderr);
    let folder = lab.config_home().join("dynamo");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("config.toml"), "[profile.prod]\naddresses = [\"127.0.0.1:1\"]\nca = \"ca.pem\"\n")
        .unwrap();
    let unknown = lab.run("dynamo-top", &["--profile", "dev", "--batch", "-n", "1"]).expect_code(2);
    assert!(unknown.stderr.contains("there is no profile `dev`"), "{}", unknown.stderr);
}
