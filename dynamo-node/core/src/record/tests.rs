//! Laws of records: merge is a join, writes replace what they saw and nothing else, twins of a retry are one write.

use proptest::prelude::*;
use shared::id::RequestId;
use shared::map::ConflictPolicy;

use super::*;
use crate::version::Actor;
use crate::version::actor::Pen;

fn write(request: u128, past: Past, text: &'static str) -> Write {
    Write {
        request: RequestId(request),
        past,
        content: Content::Value(Value::from(text)),
        policy: ConflictPolicy::Siblings,
        expires: None,
        wall: Timestamp(1_000),
    }
}

fn values(record: &Record) -> Vec<String> {
    record.siblings.values().map(|sibling| format!("{:?}", sibling.content)).collect()
}

fn merged(left: &Record, right: &Record) -> Record {
    let mut merged = left.clone();
    merged.merge(right);
    merged
}

const FRESH: Actor = Actor(999);

#[test]
fn two_clients_through_one_coordinator_make_siblings() {
    let (mut record, mut pen) = (Record::default(), Pen::new(Actor(1)));
    record.mint(write(1, Past::default(), "milk"), &mut pen, FRESH);
    record.mint(write(2, Past::default(), "eggs"), &mut pen, FRESH);
    assert_eq!(values(&record), ["\"milk\"", "\"eggs\""]);
}

#[test]
fn a_write_replaces_what_its_writer_saw_and_nothing_else() {
    let (mut record, mut pen) = (Record::default(), Pen::new(Actor(1)));
    record.mint(write(1, Past::default(), "milk"), &mut pen, FRESH);
    let seen = record.past();
    record.mint(write(2, Past::default(), "eggs"), &mut pen, FRESH);
    record.mint(write(3, seen, "oat milk"), &mut pen, FRESH);
    assert_eq!(values(&record), ["\"eggs\"", "\"oat milk\""]);
}

#[test]
fn a_retry_is_written_once() {
    let (mut record, mut pen) = (Record::default(), Pen::new(Actor(1)));
    record.mint(write(1, Past::default(), "milk"), &mut pen, FRESH);
    assert_eq!(record.mint(write(1, Past::default(), "milk"), &mut pen, FRESH), Minted::Duplicate);
    let seen = record.past();
    record.mint(write(2, seen, "eggs"), &mut pen, FRESH);
    assert_eq!(record.mint(write(1, Past::default(), "milk"), &mut pen, FRESH), Minted::Duplicate);
    assert_eq!(values(&record), ["\"eggs\""]);
}

/// A put went through coordinator a; its answer was lost, the client retried through b. A delete saw b's twin only. Then
/// a's twin arrives by a hint, with a dot that the delete's clock does not cover. By the clock alone, the deleted value
/// would be back.
#[test]
fn the_late_twin_of_a_deleted_write_stays_deleted() {
    let (mut at_a, mut at_b) = (Record::default(), Record::default());
    at_a.mint(write(1, Past::default(), "milk"), &mut Pen::new(Actor(1)), FRESH);
    let mut pen_b = Pen::new(Actor(2));
    at_b.mint(write(1, Past::default(), "milk"), &mut pen_b, FRESH);
    let delete = Write { content: Content::Tombstone, ..write(2, at_b.past(), "") };
    at_b.mint(delete, &mut pen_b, FRESH);
    assert_eq!(values(&merged(&at_b, &at_a)), ["tombstone"]);
    assert_eq!(values(&merged(&at_a, &at_b)), ["tombstone"]);
}

/// The simulator's seed 1083: a put was minted twice, at n1 and n3, on the two sides of a split. At n1 it was replaced, and the
/// replacement replaced again; whoever read that wrote next through n3. Neither the clock nor the siblings of that reader's
/// context named n3's twin, and it stood as a sibling beside a write whose writer had seen it replaced.
#[test]
fn a_twin_is_known_though_what_replaced_it_was_replaced_too() {
    let (mut at_n1, mut at_n3) = (Record::default(), Record::default());
    let (mut pen_n1, mut pen_n3) = (Pen::new(Actor(1)), Pen::new(Actor(3)));
    at_n1.mint(write(1, Past::default(), "milk"), &mut pen_n1, FRESH);
    at_n3.mint(write(1, Past::default(), "milk"), &mut pen_n3, FRESH);
    at_n1.mint(write(2, at_n1.past(), "eggs"), &mut pen_n1, FRESH);
    at_n3.mint(write(3, at_n1.past(), "bread"), &mut pen_n3, FRESH);
    assert_eq!(values(&at_n3), ["\"bread\""]);
}

/// A put went through coordinator a and its answer was lost; through a, the value was replaced, and that once more by a
/// client which then wrote through b, on the other side of a split. The put's retry came to b, which held neither the
/// value nor what had replaced it: by its clock alone, b would have brought the value back beside its successor.
#[test]
fn a_retry_of_what_was_replaced_elsewhere_is_recognised_by_the_context() {
    let (mut at_a, mut at_b) = (Record::default(), Record::default());
    let (mut pen_a, mut pen_b) = (Pen::new(Actor(1)), Pen::new(Actor(2)));
    at_a.mint(write(1, Past::default(), "milk"), &mut pen_a, FRESH);
    let seen = at_a.past();
    at_a.mint(write(2, seen, "eggs"), &mut pen_a, FRESH);
    at_b.mint(write(3, at_a.past(), "oat milk"), &mut pen_b, FRESH);
    assert_eq!(at_b.mint(write(1, Past::default(), "milk"), &mut pen_b, FRESH), Minted::Duplicate);
    assert_eq!(values(&at_b), ["\"oat milk\""]);
}

/// The simulator's seed 1451: a clock jumped ahead by a day. By the stamps of the next write, every id that the record
/// remembered was older than an hour, and a twin that a hint brought a moment later was taken for a write of its own. Seed
/// 5322 found the same with the clock set back: ids are now aged by replacements, not by time.
#[test]
fn a_clock_that_jumps_a_day_ahead_does_not_make_a_twin_forgotten() {
    let (mut record, mut twin) = (Record::default(), Record::default());
    let mut pen = Pen::new(Actor(1));
    record.mint(write(1, Past::default(), "milk"), &mut pen, FRESH);
    twin.mint(write(1, Past::default(), "milk"), &mut Pen::new(Actor(2)), FRESH);
    record.mint(write(2, record.past(), "eggs"), &mut pen, FRESH);
    let tomorrow = Write { wall: Timestamp(86_400_000), ..write(3, record.past(), "bread") };
    record.mint(tomorrow, &mut pen, FRESH);
    record.merge(&twin);
    assert_eq!(values(&record), ["\"bread\""]);
}

/// A fallback minted (f, 10), handed it off and forgot it. Had it counted on with the same actor on an empty record, its
/// next clock {f: 11} would have claimed the handed-off write as seen. The actor changed with the forgetting.
#[test]
fn a_write_seen_elsewhere_ahead_of_the_pen_changes_the_actor() {
    let mut pen = Pen { actor: Actor(1), minted: 3 };
    let ahead: VectorClock = [Dot { actor: Actor(1), counter: 9 }].into_iter().collect();
    let mut record = Record::default();
    record.mint(write(1, Past { clock: ahead, ..Past::default() }, "milk"), &mut pen, FRESH);
    assert_eq!(pen, Pen { actor: FRESH, minted: 1 });
}

#[test]
fn last_writer_wins_by_stamp_then_dot_whichever_comes_first() {
    let lww = |request, wall| Write {
        policy: ConflictPolicy::Lww,
        wall: Timestamp(wall),
        ..write(request, Past::default(), if wall == 5 { "old" } else { "new" })
    };
    let (mut left, mut right) = (Record::default(), Record::default());
    left.mint(lww(1, 5), &mut Pen::new(Actor(9)), FRESH);
    right.mint(lww(2, 6), &mut Pen::new(Actor(1)), FRESH);
    assert_eq!(values(&merged(&left, &right)), ["\"new\""]);
    assert_eq!(merged(&left, &right), merged(&right, &left));
}

#[test]
fn an_expired_sibling_is_hidden_and_still_there() {
    let mut record = Record::default();
    let expiring = Write { expires: Some(Timestamp(2_000)), ..write(1, Past::default(), "milk") };
    record.mint(expiring, &mut Pen::new(Actor(1)), FRESH);
    assert!(record.is_visible(Timestamp(1_999)));
    assert!(!record.is_visible(Timestamp(2_000)));
    assert_eq!(record.siblings.len(), 1);
}

/// One step of a random history over three replicas of one key.
#[derive(Debug, Clone)]
enum Step {
    /// A client writes at a replica, having seen one replica's record or nothing.
    Write { at: usize, seen: Option<usize>, request: u8, lww: bool, delete: bool, wall: u64 },
    /// A replica gets another's record.
    Sync { from: usize, to: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let write =
        (0..3_usize, proptest::option::of(0..3_usize), 0..12_u8, any::<bool>(), any::<bool>(), 0..4_u64)
            .prop_map(|(at, seen, request, lww, delete, wall)| Step::Write {
                at,
                seen,
                request,
                lww,
                delete,
                wall,
            });
    prop_oneof![2 => write, 1 => (0..3_usize, 0..3_usize).prop_map(|(from, to)| Step::Sync { from, to })]
}

/// Plays a history on three replicas, each with its own actor.
fn play(steps: &[Step]) -> [Record; 3] {
    let mut replicas = [Record::default(), Record::default(), Record::default()];
    let mut pens = [1, 2, 3].map(|actor| Pen::new(Actor(actor)));
    for step in steps {
        match *step {
            Step::Write { at, seen, request, lww, delete, wall } => {
                let past = seen.map(|seen| replicas[seen].past()).unwrap_or_default();
                let policy = if lww { ConflictPolicy::Lww } else { ConflictPolicy::Siblings };
                let content = if delete { Content::Tombstone } else { Content::Value(Value::from("v")) };
                let request = u128::from(request);
                let write = Write { policy, content, wall: Timestamp(wall), ..write(request, past, "") };
                replicas[at].mint(write, &mut pens[at], FRESH);
            }
            Step::Sync { from, to } => {
                let other = replicas[from].clone();
                replicas[to].merge(&other);
            }
        }
    }
    replicas
}

proptest! {
    #[test]
    fn uniting_superseded_ids_is_a_join_within_and_beyond_their_bounds(
        ids in proptest::collection::vec((0..200_u128, 0..90_u64), 0..300),
        cuts in (0..300_usize, 0..300_usize),
    ) {
        let (from, to) = (cuts.0.min(cuts.1).min(ids.len()), cuts.0.max(cuts.1).min(ids.len()));
        let set = |ids: &[(u128, u64)]| {
            let mut set = Superseded::default();
            for &(request, generation) in ids {
                set.insert(RequestId(request), generation);
            }
            set.bound();
            set
        };
        let united = |mut left: Superseded, right: &Superseded| {
            left.unite(right);
            left
        };
        let (a, b, c) = (set(&ids[..from]), set(&ids[from..to]), set(&ids[to..]));
        prop_assert!(united(a.clone(), &b).len() <= SUPERSEDED_MAX);
        prop_assert_eq!(united(a.clone(), &b), united(b.clone(), &a));
        prop_assert_eq!(united(united(a.clone(), &b), &c), united(a, &united(b, &c)));
    }

    #[test]
    fn merge_is_a_join(steps in proptest::collection::vec(step(), 0..24)) {
        let [a, b, c] = play(&steps);
        prop_assert_eq!(merged(&a, &a), a.clone());
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        let ab = merged(&a, &b);
        prop_assert_eq!(merged(&ab, &a), ab);
    }

    #[test]
    fn invariants_hold_after_every_history(steps in proptest::collection::vec(step(), 0..32)) {
        for record in play(&steps) {
            prop_assert_eq!(record.broken_invariant(), None);
        }
    }

    #[test]
    fn records_survive_their_encoding(steps in proptest::collection::vec(step(), 0..24)) {
        for record in play(&steps) {
            let bytes = record.to_canonical_bytes();
            let back: Record = wire::decode("record", &bytes).unwrap();
            prop_assert_eq!(back.hash(), record.hash());
            prop_assert_eq!(back, record);
        }
    }
}
