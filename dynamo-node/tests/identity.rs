//! Who is refused, in which words, and that it is counted.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

mod stage;

use dynamo_core::message::{Body, Envelope};
use dynamo_transport::{Authority, Credentials, Endpoint, LinkError, Settings, Subject};
use rustix::process::Signal;
use shared::error::Failure;
use shared::id::{Boot, ClusterId, NodeId};
use shared::wire::look::{Look, LookResult};
use shared::wire::{self, Plane};
use stage::{Stage, authority, credentials, long, name, node_subject, over};

async fn dialled(stage: &Stage, who: &Credentials, plane: Plane) -> Result<(), LinkError> {
    let endpoint = Endpoint::dialer(who, Settings::default()).unwrap();
    endpoint.dial(stage.address(1), plane).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_in_words_and_counted() {
    let stage = Stage::new();
    let _one = stage.alone().await;
    let admin = Subject::Admin(name("mallory"));
    let looker = stage.looker(1).await;
    assert_eq!(looker.status().await.counters.refused_connections, 0);

    let elsewhere = credentials(&authority(), &stage.authority, &admin, long());
    let error = dialled(&stage, &elsewhere, Plane::Admin).await.unwrap_err();
    assert!(matches!(error, LinkError::NotAuthorised { .. }), "{error}");

    let expired = credentials(&stage.authority, &stage.authority, &admin, over());
    let error = dialled(&stage, &expired, Plane::Admin).await.unwrap_err();
    assert!(error.to_string().contains("expired"), "{error}");

    for (subject, plane, words) in [
        (Subject::Operator(name("olga")), Plane::Client, "role is operator"),
        (Subject::Operator(name("olga")), Plane::Admin, "role is operator"),
        (Subject::Client(name("carl")), Plane::Admin, "role is client"),
        (Subject::Admin(name("alice")), Plane::Peer, "role is admin"),
        (node_subject(2), Plane::Client, "role is node"),
    ] {
        let error = dialled(&stage, &stage.credentials(&subject, long()), plane).await.unwrap_err();
        assert!(matches!(&error, LinkError::Refused { reason, .. } if reason.contains(words)), "{error}");
    }
    looker.await_status("seven are counted", |status| status.counters.refused_connections == 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_sees_who_a_node_is_and_not_how_the_cluster_does() {
    let stage = Stage::new();
    let _one = stage.start(1).await;
    let client = stage.caller(1, &Subject::Client(name("carl")), Plane::Look).await;
    assert_eq!(client.whoami().await.name.as_str(), "node-1");
    let refused: LookResult = client.ask(&Look::Status).await;
    assert!(
        matches!(&refused, Err(Failure::NotAuthorised { reason }) if reason.contains("client")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_speaks_in_anothers_name_is_cut_off() {
    let stage = Stage::new();
    let _one = stage.alone().await;
    let looker = stage.looker(1).await;
    let envelope = |from, to| {
        let (from, to) = (NodeId(from), NodeId(to));
        Envelope { from, boot: Boot(1), to, edition: None, body: Body::Ping }
    };
    let wrong =
        [(envelope(3, 1), "from node 0000000000000003"), (envelope(2, 3), "for node 0000000000000003")];
    for (envelope, words) in wrong {
        let two = stage.caller(1, &node_subject(2), Plane::Peer).await;
        two.connection.try_tell(wire::encode(&envelope)).unwrap();
        let end = two.connection.closed().await;
        assert!(end.to_string().contains(words), "{end}");
    }
    looker.await_status("both are counted", |status| status.counters.refused_requests == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_with_the_same_certificate_is_cut_off() {
    let stage = Stage::new();
    let _one = stage.start(1).await;
    let twin = stage.caller(1, &node_subject(1), Plane::Peer).await;
    let end = twin.connection.closed().await;
    assert!(end.to_string().contains("the same node"), "{end}");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_certificates_are_taken_over_without_a_restart_and_bad_ones_are_not() {
    let stage = Stage::new();
    let mut process = stage.spawn(1);
    let looker = stage.looker(1).await;
    let before = looker.connection.identity().serial.clone();

    let new = stage.write_certificate(1).identity.serial;
    process.signal(Signal::HUP);
    let mut shown = before.clone();
    while shown == before {
        shown = stage.looker(1).await.connection.identity().serial.clone();
    }
    assert_eq!(shown, new);

    let other = Authority::create(ClusterId(0xbad), long()).unwrap();
    let folder = stage.folder(1);
    let issued = other.issue(&node_subject(1), long()).unwrap();
    issued.write(&folder.join("node.crt"), &folder.join("node.key")).unwrap();
    process.signal(Signal::HUP);
    let log = folder.join("log");
    while !std::fs::read_to_string(&log).unwrap().contains("the old ones stay") {
        stage::pause().await;
    }
    assert_eq!(stage.looker(1).await.connection.identity().serial, new);
    assert!(looker.connection.is_open(), "a connection outlives a new certificate");
    process.signal(Signal::TERM);
    assert_eq!(process.code().await, Some(0));
}
