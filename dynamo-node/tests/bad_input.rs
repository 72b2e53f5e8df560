//! What comes from outside and is wrong: requests, bytes, configurations, directories, addresses. Each is answered in
//! words, and none stops a node that runs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

mod stage;

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use bytes::Bytes;
use dynamo_transport::LinkError;
use shared::context::Context;
use shared::error::Failure;
use shared::id::BucketId;
use shared::key::Value;
use shared::wire::client::{Answer, Response, Verb};
use shared::wire::look::LookResult;
use shared::wire::{self, Plane};
use stage::{Stage, get, key, node_subject, put};
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_answered_in_words_and_counted_and_the_node_lives_on() {
    let stage = Stage::new();
    let _one = stage.alone().await;
    let (client, looker) = (stage.client(1).await, stage.looker(1).await);
    for garbage in [&b""[..], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", &[0x7f; 4096]] {
        let deadline = Instant::now() + stage::PATIENCE;
        let answer = client.connection.ask(Bytes::copy_from_slice(garbage), deadline).await.unwrap();
        let response: Response = wire::decode("response", &answer).unwrap();
        assert!(matches!(response.result, Err(Failure::Malformed { .. })), "{response:?}");
        let answer = looker.connection.ask(Bytes::copy_from_slice(garbage), deadline).await.unwrap();
        let seen: LookResult = wire::decode("seen", &answer).unwrap();
        assert!(matches!(seen, Err(Failure::Malformed { .. })), "{seen:?}");
    }
    assert_eq!(looker.status().await.counters.refused_requests, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_of_a_node_and_messages_out_of_place_cost_the_connection() {
    let stage = Stage::new();
    let _one = stage.alone().await;
    let two = stage.caller(1, &node_subject(2), Plane::Peer).await;
    let refused = two.try_ask::<_, ()>(&"ask").await.unwrap_err();
    assert!(
        matches!(&refused, LinkError::Declined { reason, .. } if reason.contains("do not ask")),
        "{refused}"
    );
    two.connection.try_tell(Bytes::from_static(b"\xff\xff")).unwrap();
    let end = two.connection.closed().await;
    assert!(end.to_string().contains("malformed envelope"), "{end}");
    let client = stage.client(1).await;
    client.connection.try_tell(Bytes::from_static(b"tell")).unwrap();
    let end = client.connection.closed().await;
    assert!(end.to_string().contains("wants an answer"), "{end}");
    stage.looker(1).await.await_status("all are counted", |s| s.counters.refused_requests == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_waits_for_a_cluster_says_so() {
    let stage = Stage::new();
    let _one = stage.start(1).await;
    let failure = stage.client(1).await.get(BucketId(1), "key").await.unwrap_err();
    assert!(matches!(&failure, Failure::Waiting { node } if node == "node-1"), "{failure}");
    assert_eq!(stage.looker(1).await.whoami().await.state_version, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_out_of_range_and_contexts_of_others_are_refused() {
    let stage = Stage::new();
    let _one = stage.alone().await;
    let client = stage.client(1).await;
    let bucket = client.bucket().await;

    let unknown = client.get(BucketId(bucket.0 ^ 1), "key").await.unwrap_err();
    assert_eq!(unknown, Failure::UnknownBucket);

    for r in [0, 2, 255] {
        let Verb::Get(mut wrong) = get(bucket, "key") else { unreachable!() };
        wrong.r = Some(r);
        let failure = client.request(Verb::Get(wrong)).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::BadQuorum { name, given, max: 1 } if name == "r" && *given == r),
            "{failure}"
        );
        let mut wrong = put(bucket, "key", Some("value"), None);
        wrong.w = Some(r);
        let failure = client.request(Verb::Put(wrong)).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::BadQuorum { name, given, max: 1 } if name == "w" && *given == r),
            "{failure}"
        );
    }

    let mut long = put(bucket, "key", None, None);
    long.value = Some(Value::from(vec![b'x'; 64 * 1024 + 1]));
    let failure = client.request(Verb::Put(long)).await.unwrap_err();
    assert_eq!(failure, Failure::ValueTooLong { bytes: 64 * 1024 + 1, max: 64 * 1024 });

    let written = client.put(bucket, "key", Some("value"), None).await.unwrap();
    let foreign = client.put(bucket, "other", Some("value"), written.context.clone()).await.unwrap_err();
    assert_eq!(foreign, Failure::ContextForeign);
    let mut bytes = written.context.unwrap().as_bytes().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let forged = Context::new(bytes).unwrap();
    let failure = client.put(bucket, "key", Some("value"), Some(forged)).await.unwrap_err();
    assert_eq!(failure, Failure::ContextForged);
    let failure =
        client.put(bucket, "key", Some("value"), Some(Context::new("").unwrap())).await.unwrap_err();
    assert_eq!(failure, Failure::ContextForged);

    assert!(matches!(client.request(get(bucket, "key")).await, Ok(Answer::Got(_))));
    assert_eq!(client.value(bucket, "key").await.as_deref(), Some("value"));
    assert_eq!(key("key").as_bytes(), b"key");
}

/// Exit code and the three lines.
fn refused(output: &Output) -> (i32, [String; 3]) {
    let words = String::from_utf8(output.stderr.clone()).unwrap();
    let lines: Vec<String> = words.lines().map(str::to_owned).collect();
    let from = lines.iter().position(|line| line.starts_with("error: ")).unwrap_or_else(|| panic!("{words}"));
    let three: [String; 3] = lines[from..].to_vec().try_into().unwrap_or_else(|_| panic!("{words}"));
    assert!(three[1].starts_with("cause: ") && three[2].starts_with("hint: "), "{words}");
    (output.status.code().unwrap(), three)
}

#[test]
fn a_configuration_that_cannot_be_used_exits_2_and_names_the_line() {
    let stage = Stage::new();
    let file = stage.config_file(1);
    let path = file.to_str().unwrap();
    let good = std::fs::read_to_string(&file).unwrap();
    assert_eq!(stage.run(&["check", "--config", path]).status.code(), Some(0));
    for (text, cause, hint) in [
        (good.replace("listen", "lisen"), "node.toml:1: unknown key `lisen`", "did you mean `listen`?"),
        (good.replace("\"data\"", "7"), "node.toml:2: data_dir:", "write for example `data_dir ="),
        (good.replace("node.key", "no.key"), "no.key", "[tls]"),
        (
            format!("seeds = [\"node-2\"]\n{good}"),
            "node.toml:1: seeds: `node-2` is not",
            "`seeds = [\"10.0.0.2:7000\"",
        ),
        (format!("{good}[core]\ngossip_interval_ms = -1\n"), "node.toml:10: gossip_interval_ms:", "= 1000`"),
    ] {
        std::fs::write(&file, text).unwrap();
        for verb in ["run", "check"] {
            let (code, [_, said, hinted]) = refused(&stage.run(&[verb, "--config", path]));
            assert_eq!(code, 2);
            assert!(said.contains(cause), "{said}");
            assert!(hinted.contains(hint), "{hinted}");
        }
    }
    let (code, [_, cause, hint]) = refused(&stage.run(&["run", "--config", "/nowhere/node.toml"]));
    assert_eq!(code, 2);
    assert!(cause.contains("/nowhere/node.toml") && hint.contains("--config"), "{cause} {hint}");
    std::fs::write(&file, &good).unwrap();
    let (code, [_, cause, _]) = refused(&stage.run(&["run", "--config", path, "--log-level", "loud"]));
    assert_eq!(code, 2);
    assert!(cause.contains("`loud`"), "{cause}");
}

#[test]
fn a_key_that_others_can_read_exits_2_and_says_what_to_do() {
    let stage = Stage::new();
    let file = stage.config_file(1);
    let key = stage.folder(1).join("node.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let (code, [_, cause, _]) = refused(&stage.run(&["run", "--config", file.to_str().unwrap()]));
    assert_eq!(code, 2);
    assert!(cause.contains("chmod 600"), "{cause}");
}

#[test]
fn a_certificate_that_is_no_nodes_exits_2() {
    let stage = Stage::new();
    let file = stage.config_file(1);
    let folder = stage.folder(1);
    let issued = stage
        .authority
        .issue(&dynamo_transport::Subject::Admin(stage::name("alice")), stage::long())
        .unwrap();
    issued.write(&folder.join("node.crt"), &folder.join("node.key")).unwrap();
    let (code, [_, cause, _]) = refused(&stage.run(&["run", "--config", file.to_str().unwrap()]));
    assert_eq!(code, 2);
    assert!(cause.contains("admin alice") && cause.contains("no node"), "{cause}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_exits_4() {
    let stage = Stage::new();
    let file = stage.config_file(1);
    let _taken = std::net::UdpSocket::bind(stage.address(1)).unwrap();
    let (code, [_, cause, hint]) = refused(&stage.run(&["run", "--config", file.to_str().unwrap()]));
    assert_eq!(code, 4);
    assert!(cause.contains("already in use") && hint.contains("listen"), "{cause} {hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_in_use_or_of_another_cluster_exits_3() {
    let stage = Stage::new();
    let one = stage.start(1).await;
    let file = stage.config_file(2);
    let text = std::fs::read_to_string(&file).unwrap().replace("\"data\"", "\"../node-1/data\"");
    std::fs::write(&file, text).unwrap();
    let run = || refused(&stage.run(&["run", "--config", file.to_str().unwrap()]));
    let (code, [_, cause, _]) = run();
    assert_eq!(code, 3);
    assert!(cause.contains("in use"), "{cause}");
    one.stop().await.unwrap();
    let (code, [_, cause, _]) = run();
    assert_eq!(code, 3);
    assert!(cause.contains("belongs to node"), "{cause}");
}
