//! Bytes from outside: whatever they are, decoders give a message or an error, and a node that is handed such a message goes
//! on serving.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a finding")]

mod stage;

use dynamo_core::message::{Body, Envelope};
use dynamo_core::record::Record;
use dynamo_core::state::Declared;
use proptest::prelude::*;
use shared::id::NodeId;
use shared::wire;
use shared::wire::admin::Admin;
use shared::wire::client::{Request, Response};
use shared::wire::look::Look;
use stage::Stage;

/// Everything that was said while a cluster was founded, written to, split, healed, and restarted.
fn overheard() -> Vec<Envelope> {
    let mut stage = Stage::of(5);
    let owners = stage.owners("cart");
    stage.put(1, "cart", "milk");
    stage.stop(owners[0]);
    stage.pass(6_000);
    for node in (1..=5).filter(|node| *node != owners[0]) {
        stage.update(node, "cart", "eggs");
        stage.put(node, "basket", "bread");
    }
    stage.start(owners[0]);
    stage.pass(6_000);
    let kinds = |body: &Body| std::mem::discriminant(body);
    let mut heard = std::mem::take(&mut stage.heard);
    heard.sort_by_key(|envelope| format!("{:?}", kinds(&envelope.body)));
    // A few of each kind are as good as thousands of pings.
    let mut kept: Vec<Envelope> = Vec::new();
    for envelope in heard {
        let alike = kept.iter().filter(|other| kinds(&other.body) == kinds(&envelope.body)).count();
        if alike < 12 {
            kept.push(envelope);
        }
    }
    kept
}

#[test]
fn every_message_survives_its_encoding() {
    let overheard = overheard();
    assert!(overheard.len() > 60, "a rich corpus: {}", overheard.len());
    for envelope in overheard {
        let bytes = wire::encode(&envelope);
        assert_eq!(wire::decode::<Envelope>("envelope", &bytes), Ok(envelope));
    }
}

#[test]
fn a_truncated_message_is_refused_at_every_length() {
    for envelope in overheard() {
        let bytes = wire::encode(&envelope);
        for length in 0..bytes.len() {
            assert!(
                wire::decode::<Envelope>("envelope", &bytes[..length]).is_err(),
                "{envelope:?} cut to {length}"
            );
        }
    }
}

/// A peer with a valid certificate and a broken program: its messages decode, and say anything at all.
#[test]
fn a_node_goes_on_serving_whatever_a_peer_says() {
    let overheard = overheard();
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    let mut said = 0;
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    for envelope in &overheard {
        let bytes = wire::encode(envelope).to_vec();
        for _ in 0..40 {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let mut changed = bytes.clone();
            let at = usize::try_from(noise).unwrap() % changed.len();
            changed[at] ^= u8::try_from(noise >> 40 & 0xff).unwrap() | 1;
            if let Ok(mut envelope) = wire::decode::<Envelope>("envelope", &changed) {
                // Another declared state would be a lie of an administrator, not noise on a wire.
                if matches!(envelope.body, Body::Founding(_) | Body::Delta(_)) {
                    continue;
                }
                envelope.from = NodeId(2);
                envelope.to = NodeId(1);
                stage.say(envelope);
                said += 1;
            }
        }
    }
    assert!(said > 500, "most changes still decode: {said}");
    stage.pass(1_000);
    stage.put(1, "other", "bread");
    assert_eq!(stage.get(3, "other"), ["bread"]);
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(bytes: Vec<u8>) {
        let _ = wire::decode::<Envelope>("envelope", &bytes);
        let _ = wire::decode::<Request>("request", &bytes);
        let _ = wire::decode::<Response>("response", &bytes);
        let _ = wire::decode::<Look>("look", &bytes);
        let _ = wire::decode::<Admin>("admin", &bytes);
        let _ = wire::decode::<Record>("record", &bytes);
        let _ = wire::decode::<Declared>("state", &bytes);
    }

    /// A sequence that claims four thousand million elements takes no more memory than its bytes.
    #[test]
    fn a_length_is_not_believed(tail in proptest::collection::vec(any::<u8>(), 0..8)) {
        let claimed = [&[0xff, 0xff, 0xff, 0xff, 0x0f][..], &tail].concat();
        prop_assert!(wire::decode::<Vec<(u128, u128)>>("pairs", &claimed).is_err());
        prop_assert!(wire::decode::<bytes::Bytes>("bytes", &claimed).is_err());
    }
}
