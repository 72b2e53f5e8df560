//! Whole screens over sizes and situations, and what they are made of. `INSTA_UPDATE=always` rewrites the pictures.

#![expect(clippy::unwrap_used, reason = "what fails in a test is a finding")]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use dynamo_top::app::{App, Event, Key};
use dynamo_top::model::{Freshness, Model};
use dynamo_top::view::{self, Palette};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use shared::id::{Boot, ClusterId, NodeId};
use shared::level::Durability;
use shared::map::{ClusterMap, Member};
use shared::quorum::Quorum;
use shared::token::Partitions;
use shared::wire::look::{Counters, Liveness, NodeStatus, PeerStatus, StoreStatus, Whoami};

fn address(n: u64) -> SocketAddr {
    format!("127.0.0.1:{}", 7700 + n).parse().unwrap()
}

fn map() -> Box<ClusterMap> {
    let member = |n: u64| Member {
        name: format!("node-{n}").parse().unwrap(),
        address: address(n),
        zone: "default".parse().unwrap(),
    };
    Box::new(ClusterMap {
        cluster: ClusterId(1),
        name: "shop".parse().unwrap(),
        version: 7,
        quorum: Quorum::DEFAULT,
        strict: false,
        durability: Durability::Synced,
        value_bytes_max: 1 << 20,
        partitions: Partitions::new(64).unwrap(),
        members: (1..=3).map(|n| (NodeId(n), member(n))).collect(),
        replicas: vec![vec![NodeId(1), NodeId(2), NodeId(3)]; 64],
        buckets: BTreeMap::default(),
    })
}

/// Node n, having served so many requests.
fn status(n: u64, requests: u64) -> Box<NodeStatus> {
    let peer = |other: u64| PeerStatus {
        node: NodeId(other),
        liveness: if other == 3 { Liveness::Down } else { Liveness::Up },
        since_ms: 5_000,
        hints: if other == 3 { 12 } else { 0 },
        state_version: Some(7),
    };
    Box::new(NodeStatus {
        whoami: Whoami {
            cluster: ClusterId(1),
            node: NodeId(n),
            name: format!("node-{n}").parse().unwrap(),
            address: address(n),
            zone: "default".parse().unwrap(),
            boot: Boot(1),
            state_version: Some(7),
            program: "0.1.0".into(),
        },
        uptime_ms: 60_000,
        peers: (1..=3).filter(|other| *other != n).map(peer).collect(),
        partitions_owned: 64,
        partitions_compared: 64,
        store: StoreStatus {
            records: 12_345,
            stored_bytes: 30_000_000,
            conflicts: 2,
            hints: 12,
            disk_used_bytes: 41_000_000,
            disk_free_bytes: 1_000_000_000,
            refuses_writes: None,
        },
        counters: Counters { gets: requests * 3, puts: requests, ..Counters::default() },
    })
}

fn fresh() -> App {
    App::new("dev".into(), &[address(1)])
}

fn hear(app: &mut App, at_ms: u64, n: u64, answer: Result<Box<NodeStatus>, &str>) {
    app.update(Event::Heard { at_ms, address: address(n), answer: answer.map_err(str::to_owned) });
}

/// Three nodes, of which the third has just died.
fn one_died() -> App {
    let mut app = fresh();
    app.update(Event::Mapped(map()));
    for n in 1..=3 {
        hear(&mut app, 1_000, n, Ok(status(n, 100)));
    }
    for n in 1..=2 {
        hear(&mut app, 14_000, n, Ok(status(n, 200 * n)));
        hear(&mut app, 15_000, n, Ok(status(n, 700 * n)));
    }
    hear(&mut app, 15_000, 3, Err("connection refused"));
    app.update(Event::Ticked { now_ms: 15_200 });
    app
}

fn screen(app: &App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let model = Model::of(app);
    terminal.draw(|frame| view::draw(frame, &model, app.shows_help, Palette::Colour)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn a_cluster_that_is_down_is_shown_as_down() {
    let mut app = fresh();
    hear(&mut app, 500, 1, Err("no answer"));
    insta::assert_snapshot!(screen(&app, 80, 24));
}

#[test]
fn one_node_died_at_80x24() {
    insta::assert_snapshot!(screen(&one_died(), 80, 24));
}

#[test]
fn one_node_died_at_200x60() {
    insta::assert_snapshot!(screen(&one_died(), 200, 60));
}

#[test]
fn help_lies_over_everything_and_goes_again() {
    let mut app = one_died();
    let before = screen(&app, 80, 24);
    app.update(Event::Pressed(Key::Help));
    insta::assert_snapshot!(screen(&app, 80, 24));
    app.update(Event::Pressed(Key::Back));
    assert_eq!(screen(&app, 80, 24), before);
}

#[test]
fn every_size_shows_something_and_none_panics() {
    let app = one_died();
    for width in [1, 5, 20, 79, 300] {
        for height in [1, 2, 5, 10, 100] {
            let screen = screen(&app, width, height);
            assert!(screen.chars().any(char::is_alphanumeric) || width < 5, "{width}x{height}\n{screen}");
        }
    }
}

#[test]
fn colour_says_nothing_that_letters_do_not() {
    let model = Model::of(&one_died());
    let text = |palette| {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| view::draw(frame, &model, false, palette)).unwrap();
        terminal.backend().to_string()
    };
    assert_eq!(text(Palette::Colour), text(Palette::Mono));
}

#[test]
fn a_rate_needs_two_samples_of_one_start() {
    let gets = |app: &App| Model::of(app).nodes[0].gets_per_s;
    let mut app = fresh();
    hear(&mut app, 1_000, 1, Ok(status(1, 100)));
    assert_eq!(gets(&app), None);
    hear(&mut app, 3_000, 1, Ok(status(1, 110)));
    assert_eq!(gets(&app), Some(15.0));

    let mut restarted = status(1, 1);
    restarted.whoami.boot = Boot(2);
    hear(&mut app, 4_000, 1, Ok(restarted.clone()));
    assert_eq!(gets(&app), None, "its counters began again");
    restarted.counters.gets += 4;
    hear(&mut app, 5_000, 1, Ok(restarted));
    assert_eq!(gets(&app), Some(4.0));
}

#[test]
fn a_node_ages_from_live_over_stale_to_down() {
    let mut app = fresh();
    let freshness = |app: &App| Model::of(app).nodes[0].freshness;
    assert_eq!(freshness(&app), Freshness::Down);
    assert_eq!(Model::of(&app).nodes[0].state, "??");
    hear(&mut app, 1_000, 1, Ok(status(1, 1)));
    assert_eq!(freshness(&app), Freshness::Live);
    app.update(Event::Ticked { now_ms: 4_000 });
    assert_eq!(freshness(&app), Freshness::Stale);
    app.update(Event::Ticked { now_ms: 11_000 });
    assert_eq!(freshness(&app), Freshness::Down);
    assert_eq!(Model::of(&app).nodes[0].state, "DN");
}

#[test]
fn a_node_that_was_not_compared_is_not_called_normal() {
    let mut app = fresh();
    let mut comparing = status(1, 1);
    comparing.partitions_compared = 63;
    hear(&mut app, 1_000, 1, Ok(comparing));
    assert_eq!(Model::of(&app).nodes[0].state, "UC");
    let mut waiting = status(1, 1);
    waiting.whoami.state_version = None;
    hear(&mut app, 1_100, 1, Ok(waiting));
    assert_eq!(Model::of(&app).nodes[0].state, "UW");
}

#[test]
fn members_are_whom_the_declared_state_names() {
    let mut app = App::new("dev".into(), &[address(1), address(9)]);
    app.update(Event::Mapped(map()));
    assert_eq!(app.addresses(), [1, 2, 3].map(address));
    hear(&mut app, 1_000, 9, Ok(status(9, 1)));
    assert_eq!(app.addresses(), [1, 2, 3].map(address), "a late answer brings nobody back");
    let mut older = map();
    older.version = 6;
    older.members.clear();
    app.update(Event::Mapped(older));
    assert_eq!(app.addresses().len(), 3, "an older state changes nothing");
}
