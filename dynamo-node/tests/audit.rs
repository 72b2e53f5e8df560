//! The audit of real nodes: what an administrator changed stands on the disk when the answer comes, who was refused is noted
//! once and counted, and who may read it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

mod stage;

use dynamo_transport::{Endpoint, LinkError, Settings, Subject};
use serde_json::Value;
use shared::error::Failure;
use shared::quorum::Quorum;
use shared::wire::Plane;
use shared::wire::admin::{Admin, AdminResult};
use shared::wire::audit::{AuditEntry, AuditKind, Chain};
use shared::wire::look::{Look, LookResult, Seen};
use stage::{Caller, Stage, credentials, long, name, over};

type Entry = AuditEntry<Value>;

/// The audit of a node as it lies on the disk. The chain holds, or the test fails.
fn on_disk(stage: &Stage, n: u8) -> Vec<Entry> {
    let text = std::fs::read_to_string(stage.folder(n).join("data/audit.jsonl")).unwrap();
    let mut chain = Chain::default();
    let entry = |line: &str| {
        chain.follow(line.as_bytes()).unwrap();
        serde_json::from_str(line).unwrap()
    };
    text.lines().map(entry).collect()
}

fn of_kind(entries: &[Entry], kind: AuditKind) -> Vec<&Entry> {
    entries.iter().filter(|entry| entry.event.kind == kind).collect()
}

async fn admin(stage: &Stage) -> Caller {
    stage.caller(1, &Subject::Admin(name("alice")), Plane::Admin).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_changed_stands_there_before_the_answer_and_after_kill_9() {
    let stage = Stage::new();
    let mut one = stage.spawn(1);
    stage.found(&[1], Quorum::new(1, 1, 1).unwrap()).await.unwrap();
    one.kill_9();
    let entries = on_disk(&stage, 1);
    let kinds: Vec<_> = entries.iter().map(|entry| entry.event.kind).collect();
    assert_eq!(kinds, [AuditKind::Note, AuditKind::Asked, AuditKind::Answered]);
    let made = &entries[2].event;
    assert_eq!(made.who.as_deref(), Some("admin alice"));
    assert!(made.serial.as_ref().is_some_and(|serial| !serial.is_empty()));
    assert!(made.from.as_deref().is_some_and(|from| from.starts_with("127.")), "{made:?}");
    assert_eq!((made.of, made.state_before, made.state_after), (Some(2), Some(0), Some(1)));
    assert_eq!(made.outcome.as_deref(), Some("done"));
    assert_eq!(made.what, "create the cluster test of node-1: N=1 R=1 W=1, 16 partitions");
    assert_eq!(made.request.as_ref().unwrap()["init"]["members"][0]["node"], "0000000000000001");

    let _one = stage.spawn(1);
    let refused: AdminResult = admin(&stage).await.ask(&Admin::Clear { numbers: vec![9] }).await;
    let failure = refused.unwrap_err();
    let entries = on_disk(&stage, 1);
    assert_eq!(of_kind(&entries, AuditKind::Note).len(), 2, "each start is noted");
    let last = &entries.last().unwrap().event;
    assert_eq!((last.kind, last.outcome.as_deref()), (AuditKind::Answered, Some(failure.code())));
    assert_eq!(last.detail, Some(failure.to_string()));
    assert_eq!(last.state_before, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_is_noted_once_and_counted() {
    let stage = Stage::new();
    let one = stage.alone().await;
    let operator = stage.dialler(&Subject::Operator(name("olga")));
    for _ in 0..5 {
        let refused = operator.dial(stage.address(1), Plane::Admin).await.unwrap_err();
        assert!(matches!(refused, LinkError::Refused { .. }), "{refused}");
    }
    let mallory = Subject::Admin(name("mallory"));
    let elsewhere = credentials(&stage::authority(), &stage.authority, &mallory, long());
    let expired = credentials(&stage.authority, &stage.authority, &mallory, over());
    for who in [&elsewhere, &expired] {
        let endpoint = Endpoint::dialer(who, Settings::default()).unwrap();
        endpoint.dial(stage.address(1), Plane::Admin).await.unwrap_err();
    }
    let garbage: LookResult = admin(&stage).await.ask(&"no request of an administrator").await;
    assert!(matches!(garbage, Err(Failure::Malformed { .. })), "{garbage:?}");
    let looker = stage.looker(1).await;
    looker.await_status("all are counted", |status| status.counters.refused_connections == 7).await;
    one.stop().await.unwrap();

    let entries = on_disk(&stage, 1);
    let refused = of_kind(&entries, AuditKind::Refused);
    let found = |words: &str| -> Vec<_> {
        refused.iter().filter(|entry| entry.event.detail.as_ref().unwrap().contains(words)).collect()
    };
    let olga = found("role is operator");
    let times: Vec<_> = olga.iter().map(|entry| entry.event.times).collect();
    assert_eq!(times, [None, Some(4)]);
    assert_eq!(olga[0].event.who.as_deref(), Some("operator olga"));
    assert_eq!(olga[0].event.what, "connect to the admin plane");
    let of_mallory = refused
        .iter()
        .filter(|entry| entry.event.who.is_none() && entry.event.outcome.as_deref() == Some("not-admitted"));
    assert_eq!(of_mallory.count(), 2, "{refused:#?}");
    let garbage = found("malformed admin request");
    assert_eq!(garbage[0].event.who.as_deref(), Some("admin alice"));
    assert_eq!(refused.len(), 5, "{refused:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_read_it_page_by_page_and_clients_do_not() {
    let stage = Stage::new();
    let _one = stage.start(1).await;
    let operator = stage.looker(1).await;
    let page = async |after| match operator.ask::<_, LookResult>(&Look::Audit { after, limit: 2 }).await {
        Ok(Seen::Audit(lines)) => lines,
        other => panic!("{other:?}"),
    };
    assert_eq!(page(0).await.len(), 1, "also of a node that waits");
    stage.found(&[1], Quorum::new(1, 1, 1).unwrap()).await.unwrap();
    let (first, second) = (page(0).await, page(2).await);
    let numbers: Vec<_> = first.iter().chain(&second).map(|line| line.sequence).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let mut chain = Chain::default();
    assert!(first.iter().chain(&second).all(|line| chain.follow(line.text.as_bytes()).is_ok()));
    assert_eq!(page(3).await, []);

    let client = stage.caller(1, &Subject::Client(name("carl")), Plane::Look).await;
    let refused: LookResult = client.ask(&Look::Audit { after: 0, limit: 2 }).await;
    assert!(
        matches!(&refused, Err(Failure::NotAuthorised { reason }) if reason.contains("client")),
        "{refused:?}"
    );
}
