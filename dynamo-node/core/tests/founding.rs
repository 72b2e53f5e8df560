//! Founding, and what may overtake it on its way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a finding")]

mod stage;

use dynamo_core::message::{Body, Delta, Envelope, Founding};
use dynamo_core::state::Declared;
use shared::id::NodeId;
use stage::Stage;

/// What node 3 heard while its cluster was founded: the question, and the state. Then it is made to wait again, by itself.
fn waiting_again() -> (Stage, Envelope, Envelope) {
    let mut stage = Stage::of(3);
    let heard = |wanted: fn(&Body) -> bool| {
        let mut heard = stage.heard.iter();
        heard.find(|heard| heard.to == NodeId(3) && wanted(&heard.body)).unwrap().clone()
    };
    let ask = heard(|body| matches!(body, Body::Founding(Founding::Ask { .. })));
    let adopt = heard(|body| matches!(body, Body::Founding(Founding::Adopt { .. })));
    stage.stop(3);
    stage.wipe(3);
    stage.split(1, 3);
    stage.split(2, 3);
    stage.start(3);
    (stage, ask, adopt)
}

/// The state that a founder sends, as another member would gossip it.
fn gossiped(adopt: &Envelope) -> Envelope {
    let Body::Founding(Founding::Adopt { declared, .. }) = &adopt.body else { panic!("{adopt:?}") };
    let delta = Delta { declared: Some(std::sync::Arc::new(Declared::clone(declared))), actors: Vec::new() };
    Envelope { from: NodeId(2), body: Body::Delta(delta), ..adopt.clone() }
}

/// Gossip overtook the founder. The third node of a cluster that was founded this moment took itself for one that had been
/// wiped: killed right after, it wanted to be compared with both others before anything it said would count, and
/// when one of them died reads were refused.
#[test]
fn gossip_that_overtakes_the_founder_does_not_make_a_new_node_a_wiped_one() {
    let (mut stage, ask, adopt) = waiting_again();
    stage.say(ask);
    stage.say(gossiped(&adopt));
    assert!(stage.declared(3).is_none(), "its founder brings it");
    stage.say(adopt);
    assert_eq!(stage.lacks_data(3), Some(false));
}

#[test]
fn a_promise_to_a_founder_that_died_ends_and_gossip_brings_the_state() {
    let (mut stage, ask, adopt) = waiting_again();
    stage.say(ask);
    stage.pass(25_000);
    stage.say(gossiped(&adopt));
    assert!(stage.declared(3).is_some());
    assert_eq!(stage.lacks_data(3), Some(true), "nobody can tell it from a wiped one any more");
}
