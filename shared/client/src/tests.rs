//! The client against nodes that answer as each story needs it.

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynamo_transport::Subject;
use shared::context::Context;
use shared::error::{Failure, Outcome};
use shared::id::{Boot, BucketId, NodeId};
use shared::key::Value;
use shared::level::Durability;
use shared::map::{Bucket, ConflictPolicy};
use shared::quorum::Quorum;
use shared::token::Partitions;
use shared::wire::admin::{Done, Init};
use shared::wire::client::{Answer, ClockEntry, Got, KeysPage, Request, Sibling, Verb, Written};
use shared::wire::look::{Look, Seen, Whoami};

use crate::error::ClientError;
use crate::options::{GetOptions, KeysOptions, PutOptions, UpdateOptions};
use crate::sample;
use crate::settings::Settings;
use crate::stage::{Reply, Stage, brisk, default_bucket, hasty, key};
use crate::{Administrator, Client, Looker};

fn context() -> Context {
    Context::new("sealed").unwrap()
}

fn written(siblings: u32) -> Answer {
    let durability = Durability::Synced;
    Answer::Written(Written { context: Some(context()), siblings, replicas: 2, fallbacks: 0, durability })
}

fn got(values: &[&str]) -> Answer {
    let sibling = |(counter, value): (u64, &&str)| Sibling {
        value: Some(Value::from((*value).to_owned())),
        dot: ClockEntry { actor: 1, node: None, counter },
        wall_ms: 0,
        expires_ms: None,
        policy: ConflictPolicy::Siblings,
    };
    let siblings = (1..).zip(values).map(sibling).collect();
    Answer::Got(Got { context: context(), siblings, clock: Vec::new(), replicas: 2 })
}

fn quorum_not_met() -> Failure {
    Failure::QuorumNotMet { needed: 2, reached: 1, uncompared: 0 }
}

async fn put(client: &Client, name: &str) -> Result<Written, ClientError> {
    client.put(&default_bucket(), &key(name), Value::from("milk"), &PutOptions::default()).await
}

async fn get(client: &Client, name: &str) -> Result<Got, ClientError> {
    client.get(&default_bucket(), &key(name), &GetOptions::default()).await
}

fn nodes(heard: &[(usize, Request)]) -> Vec<usize> {
    heard.iter().map(|(node, _)| *node).collect()
}

#[tokio::test]
async fn a_request_goes_to_the_first_owner_directly() {
    let stage = Stage::of(5);
    stage.script_all(|_| Reply::Answer(written(1)));
    let client = stage.client().await;
    for name in ["cart:1", "cart:2", "cart:3", "cart:4"] {
        put(&client, name).await.unwrap();
        let (node, request) = stage.heard().pop().unwrap();
        assert_eq!(node, stage.owners(&key(name))[0]);
        assert!(
            matches!(request.verb, Verb::Put(put) if put.bucket == sample::BUCKET && put.key == key(name))
        );
    }
    assert_eq!(stage.heard().len(), 4);
}

#[tokio::test]
async fn the_next_owner_is_asked_under_the_same_name_when_one_fails() {
    let stage = Stage::of(3);
    let owners = stage.owners(&key("cart"));
    stage.script(owners[1], |_| Reply::Answer(written(1)));
    put(&stage.client().await, "cart").await.unwrap();
    let heard = stage.heard();
    assert_eq!(nodes(&heard), owners[..2]);
    let ((_, first), (_, second)) = (&heard[0], &heard[1]);
    assert_eq!((first.id, first.sent_ms, &first.verb), (second.id, second.sent_ms, &second.verb));
    assert!(second.timeout_ms <= first.timeout_ms && first.timeout_ms < 30_000, "within the deadline");
}

#[tokio::test]
async fn two_requests_have_two_names() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Answer(written(1)));
    let client = stage.client().await;
    put(&client, "cart").await.unwrap();
    put(&client, "cart").await.unwrap();
    let names: BTreeSet<_> = stage.heard().iter().map(|(_, request)| request.id).collect();
    assert_eq!(names.len(), 2);
}

#[tokio::test]
async fn a_failure_that_will_not_change_is_not_tried_again() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Fail(Failure::ContextForged));
    let error = put(&stage.client().await, "cart").await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), ("context-forged", Outcome::Unchanged));
    assert_eq!(stage.heard().len(), 1);
}

#[tokio::test]
async fn every_owner_is_asked_in_every_round_before_a_quorum_is_given_up() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Fail(quorum_not_met()));
    let error = put(&stage.client().await, "cart").await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), ("quorum-not-met", Outcome::Unchanged));
    let owners = stage.owners(&key("cart"));
    assert_eq!(nodes(&stage.heard()), [owners.clone(), owners].concat());
    assert!(error.cause().unwrap().contains("n1: quorum not met: 1 of the 2"), "{error:?}");
}

#[tokio::test]
async fn a_silent_owner_is_passed_by_and_asked_last_the_next_time() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Answer(written(1)));
    let owners = stage.owners(&key("cart"));
    stage.script(owners[0], |_| Reply::Silence);
    let client = Client::connect_with(
        &stage.addresses(),
        &stage.client_credentials(),
        Settings { avoid_min: Duration::from_mins(1), avoid_max: Duration::from_mins(1), ..hasty() },
    )
    .await
    .unwrap();
    put(&client, "cart").await.unwrap();
    let before = nodes(&stage.heard());
    assert_eq!(before[..2], owners[..2]);
    put(&client, "cart").await.unwrap();
    assert_eq!(nodes(&stage.heard())[before.len()], owners[1], "the silent one is avoided");
}

#[tokio::test]
async fn a_slow_owner_is_still_listened_to_while_the_next_is_asked() {
    let stage = Stage::of(3);
    let owners = stage.owners(&key("cart"));
    stage.script(owners[0], |_| Reply::Hold(written(1)));
    stage.script(owners[1], |_| Reply::Release);
    let client =
        Client::connect_with(&stage.addresses(), &stage.client_credentials(), hasty()).await.unwrap();
    put(&client, "cart").await.unwrap();
    assert_eq!(nodes(&stage.heard())[..2], owners[..2]);
}

/// One node had been killed, and the two that were left said for a moment that they were too few. The client waited for the
/// dead one, to the end of its time, without asking the others again.
#[tokio::test]
async fn a_silent_owner_does_not_keep_the_others_from_being_asked_again() {
    let stage = Stage::of(3);
    let owners = stage.owners(&key("cart"));
    stage.script(owners[0], |_| Reply::Silence);
    for &owner in &owners[1..] {
        let mut asked = 0;
        stage.script(owner, move |_| {
            asked += 1;
            if asked == 1 { Reply::Fail(quorum_not_met()) } else { Reply::Answer(written(1)) }
        });
    }
    let client =
        Client::connect_with(&stage.addresses(), &stage.client_credentials(), hasty()).await.unwrap();
    put(&client, "cart").await.unwrap();
    assert_eq!(nodes(&stage.heard()), [owners[0], owners[1], owners[2], owners[1]]);
}

/// A node that was frozen confirmed nothing any more, and still had a whole second to answer.
#[tokio::test]
async fn a_node_that_is_not_heard_at_all_has_less_time_than_one_that_is_slow() {
    let stage = Stage::of(3);
    let owners = stage.owners(&key("cart"));
    stage.script(owners[0], |_| Reply::Silence);
    stage.script(owners[1], |_| Reply::Answer(written(1)));
    let settings = Settings {
        timeout: Duration::from_hours(1),
        attempt_max: Duration::from_hours(1),
        quiet_max: Duration::from_millis(200),
        ..brisk()
    };
    let client =
        Client::connect_with(&stage.addresses(), &stage.client_credentials(), settings).await.unwrap();
    let put = put(&client, "cart");
    tokio::time::timeout(Duration::from_secs(30), put).await.expect("it does not wait for an hour").unwrap();
    assert_eq!(nodes(&stage.heard())[..2], owners[..2]);
}

#[tokio::test]
async fn a_write_whose_answers_are_lost_has_an_unknown_outcome_and_a_read_has_none() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Hang);
    let client = stage.client().await;
    let error = put(&client, "cart").await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), ("outcome-unknown", Outcome::Unknown));
    let error = get(&client, "cart").await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), ("no-answer", Outcome::Unchanged));
}

#[tokio::test]
async fn one_lost_answer_keeps_the_outcome_unknown_whatever_the_others_say() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Fail(quorum_not_met()));
    stage.script(stage.owners(&key("cart"))[0], |_| Reply::Hang);
    let error = put(&stage.client().await, "cart").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(error.cause().unwrap().contains("quorum not met"), "{error:?}");
}

#[tokio::test]
async fn a_write_that_is_still_under_way_at_the_deadline_has_an_unknown_outcome() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Answer(written(1)));
    let client = stage.client().await;
    put(&client, "cart").await.unwrap();
    let before = stage.heard().len();
    stage.script_all(|_| Reply::Silence);
    let options = PutOptions { timeout: Some(Duration::from_secs(1)), ..PutOptions::default() };
    let error = client.put(&default_bucket(), &key("cart"), Value::from("milk"), &options).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let names: BTreeSet<_> = stage.heard()[before..].iter().map(|(_, request)| request.id).collect();
    assert_eq!(names.len(), 1, "one name, however often it was asked");
}

#[tokio::test]
async fn an_unknown_outcome_is_cleared_up_by_asking_again_under_the_same_name() {
    let stage = Stage::of(3);
    let owners = stage.owners(&key("cart"));
    stage.script(owners[0], |_| Reply::Fail(Failure::OutcomeUnknown { needed: 2, reached: 1 }));
    stage.script(owners[1], |_| Reply::Answer(written(1)));
    put(&stage.client().await, "cart").await.unwrap();
}

#[tokio::test]
async fn a_reply_of_a_newer_state_has_the_map_fetched() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Answer(written(1)));
    let client = stage.client().await;
    stage.shared.map.lock().unwrap().version = 2;
    assert_eq!(client.map().version, 1);
    put(&client, "cart").await.unwrap();
    let followed = async {
        while client.map().version < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), followed).await.expect("the map is followed");
}

#[tokio::test]
async fn a_bucket_made_since_is_found_and_one_that_is_not_there_is_named_beside_those_that_look_like_it() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Answer(got(&[])));
    let client = stage.client().await;
    let sessions = "sessions".parse().unwrap();
    let error = client.get(&sessions, &key("a"), &GetOptions::default()).await.unwrap_err();
    assert_eq!((error.code(), error.hint().unwrap().as_str()), ("unknown-bucket", "there is default"));

    {
        let mut map = stage.shared.map.lock().unwrap();
        map.version = 2;
        map.buckets.insert(BucketId(0xb1), Bucket::plain(sessions.clone()));
    }
    client.get(&sessions, &key("a"), &GetOptions::default()).await.unwrap();
    let error = client.get(&"sesions".parse().unwrap(), &key("a"), &GetOptions::default()).await.unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean sessions?");
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anybody_is_asked() {
    let stage = Stage::of(3);
    let client = stage.client().await;
    let four = GetOptions { r: Some(4), ..GetOptions::default() };
    let error = client.get(&default_bucket(), &key("a"), &four).await.unwrap_err();
    assert_eq!(error.to_string(), "r is out of range: r=4, and it lies between 1 and N=3");
    let long = Value::from(vec![0; 1025]);
    let error = client.put(&default_bucket(), &key("a"), long, &PutOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), "value-too-long");
    assert!(stage.heard().is_empty());
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_role_is_not_authorised() {
    let (stage, other) = (Stage::of(3), Stage::of(1));
    let operator = stage.credentials(&Subject::Operator("looker".parse().unwrap()));
    for credentials in [other.client_credentials(), operator] {
        let error = Client::connect_with(&stage.addresses(), &credentials, brisk()).await.unwrap_err();
        assert_eq!(error.code(), "not-authorised", "{error:?}");
    }
}

#[tokio::test]
async fn where_nobody_listens_no_node_is_reachable() {
    let deaf = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let stage = Stage::of(1);
    let mut settings = brisk();
    settings.link.handshake_timeout = Duration::from_millis(200);
    let addresses = [deaf.local_addr().unwrap().to_string()];
    let error = Client::connect_with(&addresses, &stage.client_credentials(), settings).await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), ("no-node-reachable", Outcome::Unchanged));
    assert!(error.cause().unwrap().contains(&addresses[0]), "{error:?}");
}

#[tokio::test]
async fn one_seed_that_is_up_is_enough() {
    let deaf = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let stage = Stage::of(3);
    let addresses = [deaf.local_addr().unwrap().to_string(), stage.addresses()[2].clone()];
    let client = Client::connect_with(&addresses, &stage.client_credentials(), hasty()).await.unwrap();
    assert_eq!(client.map().members.len(), 3);
}

#[tokio::test]
async fn an_update_merges_what_was_read_and_goes_round_again_while_others_write() {
    let stage = Stage::of(3);
    let puts = Arc::new(AtomicU32::new(0));
    stage.script_all(move |request| match &request.verb {
        Verb::Get(_) if puts.load(Relaxed) == 0 => Reply::Answer(got(&["milk", "eggs"])),
        Verb::Get(_) => Reply::Answer(got(&["eggs+milk", "bread"])),
        Verb::Put(put) => {
            assert_eq!(put.context, Some(context()));
            Reply::Answer(written(if puts.fetch_add(1, Relaxed) == 0 { 2 } else { 1 }))
        }
        _ => Reply::Silence,
    });
    let client = stage.client().await;
    let merged = Arc::new(Mutex::new(Vec::new()));
    let done = client
        .update(&default_bucket(), &key("cart"), &UpdateOptions::default(), |siblings| {
            let mut parts: Vec<String> = siblings
                .iter()
                .map(|sibling| {
                    String::from_utf8_lossy(sibling.value.as_ref().unwrap().as_bytes()).into_owned()
                })
                .collect();
            parts.sort();
            merged.lock().unwrap().push(parts.join("+"));
            Some(Value::from(parts.join("+")))
        })
        .await
        .unwrap();
    assert_eq!(done.unwrap().siblings, 1);
    assert_eq!(*merged.lock().unwrap(), ["eggs+milk", "bread+eggs+milk"]);
}

#[tokio::test]
async fn an_update_that_has_nothing_to_change_writes_nothing() {
    let stage = Stage::of(3);
    stage.script_all(|_| Reply::Answer(got(&["milk"])));
    let client = stage.client().await;
    let options = UpdateOptions::default();
    assert_eq!(client.update(&default_bucket(), &key("cart"), &options, |_| None).await.unwrap(), None);
    assert!(stage.heard().iter().all(|(_, request)| matches!(request.verb, Verb::Get(_))));
}

/// Every partition has two pages with a key each: `a<partition>` and `b<partition>`.
fn two_pages(request: &Request) -> Reply {
    let Verb::Keys(keys) = &request.verb else { return Reply::Silence };
    let partition = keys.partition.0;
    let page = match &keys.after {
        None => KeysPage { keys: vec![key(&format!("a{partition}"))], next: Some(key("next")) },
        Some(_) => KeysPage { keys: vec![key(&format!("b{partition}"))], next: None },
    };
    Reply::Answer(Answer::Keys(page))
}

#[tokio::test]
async fn keys_of_all_pages_of_all_partitions_come_and_only_those_with_the_prefix() {
    let stage = Stage::of(3);
    stage.script_all(two_pages);
    let client = stage.client().await;
    for (prefix, wanted) in [("", 16), ("a", 8), ("b3", 1), ("c", 0)] {
        let options = KeysOptions { prefix: prefix.into(), ..KeysOptions::default() };
        let mut stream = client.keys(&default_bucket(), &options).await.unwrap();
        let mut found = BTreeSet::new();
        while let Some(key) = stream.next().await {
            assert!(found.insert(key.unwrap()), "each once");
        }
        assert_eq!(found.len(), wanted, "{prefix}");
    }
}

#[tokio::test]
async fn a_partition_that_no_owner_can_list_is_named() {
    let stage = Stage::of(3);
    stage.script_all(|request| match &request.verb {
        Verb::Keys(keys) if keys.partition.0 == 5 => {
            Reply::Fail(Failure::PartitionUnreachable { partition: 5 })
        }
        _ => two_pages(request),
    });
    let client = stage.client().await;
    let mut stream = client.keys(&default_bucket(), &KeysOptions::default()).await.unwrap();
    let (mut found, mut missing) = (0, Vec::new());
    while let Some(key) = stream.next().await {
        match key {
            Ok(_) => found += 1,
            Err(partition) => missing.push(partition.partition.0),
        }
    }
    assert_eq!((found, missing), (14, vec![5]));
    let asked =
        stage.heard().iter().filter(|(_, r)| matches!(&r.verb, Verb::Keys(k) if k.partition.0 == 5)).count();
    assert_eq!(asked, 3, "each owner once");
}

fn whoami(number: usize) -> Whoami {
    Whoami {
        cluster: sample::CLUSTER,
        node: NodeId(number as u64 + 1),
        name: format!("n{}", number + 1).parse().unwrap(),
        address: ([127, 0, 0, 1], 1).into(),
        zone: "z".parse().unwrap(),
        boot: Boot(1),
        state_version: None,
        program: "0".into(),
    }
}

#[tokio::test]
async fn an_onlooker_hears_who_answers_and_who_is_silent_in_order() {
    let stage = Stage::of(3);
    *stage.shared.look.lock().unwrap() = Box::new(|number, look| match look {
        Look::Whoami if number == 1 => None,
        Look::Whoami => Some(Ok(Seen::Whoami(whoami(number)))),
        _ => Some(Err(Failure::Waiting { node: format!("n{}", number + 1) })),
    });
    let operator = stage.credentials(&Subject::Operator("looker".parse().unwrap()));
    let looker = Looker::connect_with(&stage.addresses(), &operator, &brisk()).await.unwrap();
    let error = looker.find_map().await.unwrap_err();
    assert_eq!(error.code(), "waiting");
    // Everybody is connected by now; only the silent one takes its time.
    assert_eq!(looker.map_of_all(looker.addresses()).await.len(), 3);
    let looker = looker.with_timeout(Duration::from_secs(1));
    let answers = looker.whoami_of_all(looker.addresses()).await;
    let names: Vec<Option<String>> = answers
        .iter()
        .map(|(_, answer)| answer.as_ref().ok().map(|whoami| whoami.name.to_string()))
        .collect();
    assert_eq!(names, [Some("n1".into()), None, Some("n3".into())]);
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_has_an_unknown_outcome() {
    let stage = Stage::of(1);
    let administrator = stage.credentials(&Subject::Admin("root".parse().unwrap()));
    let admin = Administrator::connect_with(&stage.addresses(), &administrator, &brisk()).await.unwrap();
    let address = stage.addresses()[0].parse().unwrap();
    let init = Init {
        name: "test".parse().unwrap(),
        quorum: Quorum::new(1, 1, 1).unwrap(),
        partitions: Partitions::new(8).unwrap(),
        strict: false,
        durability: Durability::Synced,
        value_bytes_max: 1024,
        buckets: Vec::new(),
        members: Vec::new(),
    };
    *stage.shared.admin.lock().unwrap() =
        Box::new(|_, _| Some(Err(Failure::Conflict { reason: "n1 belongs to a cluster".into() })));
    let error = admin.init(address, init.clone()).await.unwrap_err();
    assert_eq!((error.code(), error.outcome()), ("conflict", Outcome::Unchanged));
    *stage.shared.admin.lock().unwrap() = Box::new(|_, _| Some(Ok(Done::Initialised { version: 1 })));
    assert_eq!(admin.init(address, init.clone()).await.unwrap(), 1);
    *stage.shared.admin.lock().unwrap() = Box::new(|_, _| None);
    let error = admin.with_timeout(Duration::from_millis(500)).init(address, init).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
}
