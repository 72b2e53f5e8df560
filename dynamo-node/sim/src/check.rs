//! Check: what must hold, judged from what clients saw. One pass over the history.
//!
//! A write is in the causal past of another if whoever wrote the other had seen it, directly or through what they
//! had seen; no clock of the cluster is believed. The convergence of disks is judged by whoever can see the disks (`run`).

use std::collections::BTreeMap;
use std::fmt;

use dynamo_core::version::Dot;
use shared::level::Durability;

use crate::history::{History, Moment, Read, Told, WriteId, Wrote};
use crate::set::Set;

/// A check, by what it holds the cluster to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// 1: every acknowledged write survives, as a sibling or in the causal past of one.
    Survival,
    /// 2: no write that saw another is its sibling, and no write is its own.
    FalseSibling,
    /// 3: a dot never names two writes.
    OneDotOneWrite,
    /// 4: replicas are equal after healing, byte for byte, and no hints are left.
    Convergence,
    /// 5: a read that began after an acknowledgement sees that write or a descendant, while R+W>N.
    QuorumRead,
    /// A hint is forgotten only when its owner holds what it held, safely (H1). Judged from the disks.
    HintHome,
    /// A node whose "not found" counts holds what it could have missed (P7). Judged from the disks.
    CaughtUp,
    /// What nobody wrote to that key is never read.
    Invention,
    /// A write whose writer was told that nothing was changed is never read.
    RefusalKept,
    /// A context that was changed is never taken.
    Forgery,
    /// After healing, every key can be read and written.
    Availability,
    /// Of each version of the declared state there is one, everywhere; no node goes back; a commit that succeeded is in it
    /// (M1). Judged from the nodes, like all that follow.
    OneRing,
    /// Every replica list has N distinct members (M3).
    Distinct,
    /// A node that was told of a later start of its own speaks as a later one (M4).
    BootsGrow,
    /// A former member is none again, and serves nothing (M5).
    StaysOut,
    /// A new owner answers only when it has everything that was acknowledged before (X1); at the end all have (X4).
    NewOwnersWhole,
    /// An old copy goes only when every owner has what is in it, safely (X3).
    OldCopyLast,
    /// One change of the ring at a time (X5).
    OneTransition,
    /// A change of the ring comes to its end, with everybody there.
    RingRests,
    /// A node keeps to its contract with the world.
    Conduct,
}

/// A check that failed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub check: Check,
    /// When, in microseconds of the world.
    pub at_us: u64,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} at {}.{:06}: {}",
            self.check,
            self.at_us / 1_000_000,
            self.at_us % 1_000_000,
            self.what
        )
    }
}

/// Under which conditions a history came about.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// N.
    pub n: u8,
    /// How many disks lost anything: were wiped, or had a record damaged.
    pub wiped: u8,
    /// R and W of the cluster where the ring moves: what is read or written with less is not promised to meet meanwhile. 1
    /// where it stands still.
    pub quorum_least: u8,
    /// Whether a record had to forget ids of replaced requests before their time, so that a late twin may have come
    /// back (rule P3: bounded, and counted).
    pub forgot_requests: bool,
}

/// What came of judging a history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// The first violation of each check that failed, in the order of time.
    pub violations: Vec<Violation>,
    /// How many reads were held against acknowledged writes.
    pub reads_held: u64,
}

impl Judgement {
    fn add(&mut self, violation: Violation) {
        if self.violations.iter().all(|before| before.check != violation.check) {
            self.violations.push(violation);
        }
    }
}

/// Judges a history.
pub fn check(history: &History, circumstances: Circumstances) -> Judgement {
    Judge::new(history, circumstances).judge()
}

struct Judge<'a> {
    history: &'a History,
    circumstances: Circumstances,
    /// The position of every write among the writes of its place.
    nth: Vec<usize>,
    /// The writes of every place.
    of_place: Vec<Vec<WriteId>>,
    /// The causal past of every write, itself left out, by position in its place.
    past: Vec<Set>,
    /// What was acknowledged so far, by place and by how many owners confirmed.
    acknowledged: BTreeMap<(usize, u8), Set>,
    /// What was acknowledged so far and survives the disks that were wiped, by place.
    lasting: BTreeMap<usize, Set>,
    /// What each read under way has to see.
    owed: BTreeMap<usize, Set>,
    /// What values said about dots.
    dots: BTreeMap<Dot, WriteId>,
    judgement: Judgement,
}

impl<'a> Judge<'a> {
    fn new(history: &'a History, circumstances: Circumstances) -> Self {
        let mut of_place = vec![Vec::new(); history.places.len()];
        let mut nth = Vec::with_capacity(history.writes.len());
        let mut past: Vec<Set> = Vec::with_capacity(history.writes.len());
        for (number, wrote) in history.writes.iter().enumerate() {
            let siblings: &mut Vec<WriteId> = of_place.get_mut(wrote.place).expect("a place of the history");
            nth.push(siblings.len());
            siblings.push(WriteId(number));
            let mut seen = Set::default();
            for parent in &wrote.seen {
                seen.insert(nth.get(parent.0).copied().expect("a write is seen after it was begun"));
                seen.unite(past.get(parent.0).expect("a write is seen after it was begun"));
            }
            past.push(seen);
        }
        Self {
            history,
            circumstances,
            nth,
            of_place,
            past,
            acknowledged: BTreeMap::new(),
            lasting: BTreeMap::new(),
            owed: BTreeMap::new(),
            dots: BTreeMap::new(),
            judgement: Judgement::default(),
        }
    }

    fn judge(mut self) -> Judgement {
        for &(at_us, moment) in &self.history.moments {
            match moment {
                Moment::Acknowledged(write) => self.acknowledge(write),
                Moment::ReadBegan(read) => {
                    let owed = self.owed(self.read(read.0));
                    self.owed.insert(read.0, owed);
                }
                Moment::ReadEnded(read) => {
                    for (check, what) in self.read_ended(read.0) {
                        self.judgement.add(Violation { check, at_us, what });
                    }
                }
            }
        }
        self.judgement
    }

    fn read(&self, number: usize) -> &'a Read {
        self.history.reads.get(number).expect("a read of the history")
    }

    fn wrote(&self, write: WriteId) -> &'a Wrote {
        self.history.writes.get(write.0).expect("a write of the history")
    }

    fn nth(&self, write: WriteId) -> usize {
        self.nth.get(write.0).copied().expect("a write of the history")
    }

    fn acknowledge(&mut self, write: WriteId) {
        let wrote = self.wrote(write);
        let Told::Done { replicas, fallbacks, durability: Durability::Synced } = wrote.told else { return };
        let nth = self.nth(write);
        let owners = replicas.saturating_sub(fallbacks);
        if owners > self.circumstances.wiped {
            self.acknowledged.entry((wrote.place, owners)).or_default().insert(nth);
        }
        if replicas > self.circumstances.wiped {
            self.lasting.entry(wrote.place).or_default().insert(nth);
        }
    }

    /// What a read that begins now has to see: what enough owners have confirmed for any R of them to include one.
    fn owed(&self, read: &Read) -> Set {
        let mut owed = Set::default();
        if !read.owners_only || !self.keeps_siblings(read.place) {
            return owed;
        }
        let Circumstances { n, quorum_least, .. } = self.circumstances;
        if read.r < quorum_least {
            return owed;
        }
        for owners in (n + 1).saturating_sub(read.r).max(quorum_least)..=n {
            if let Some(acknowledged) = self.acknowledged.get(&(read.place, owners)) {
                owed.unite(acknowledged);
            }
        }
        owed
    }

    fn keeps_siblings(&self, place: usize) -> bool {
        self.history.places.get(place).is_some_and(|place| place.keeps_siblings)
    }

    /// Everything that is wrong with what a read saw.
    fn read_ended(&mut self, number: usize) -> Vec<(Check, String)> {
        let read = self.read(number);
        let seen = match self.what_was_seen(read) {
            Ok(seen) => seen,
            Err(wrong) => return vec![wrong],
        };
        if !self.keeps_siblings(read.place) {
            return Vec::new();
        }
        let mut covered = Set::default();
        for &write in &seen {
            covered.insert(self.nth(write));
            covered.unite(self.past.get(write.0).expect("a write of the history"));
        }
        let owed = self.owed.remove(&number).unwrap_or_default();
        self.judgement.reads_held += u64::from(!owed.is_empty());
        let mut judged = vec![self.covers(read, &seen, &owed, &covered, Check::QuorumRead)];
        if !self.circumstances.forgot_requests {
            judged.push(self.no_false_siblings(&seen));
        }
        if read.is_last
            && let Some(lasting) = self.lasting.get(&read.place)
        {
            judged.push(self.covers(read, &seen, lasting, &covered, Check::Survival));
        }
        judged.into_iter().filter_map(Result::err).collect()
    }

    /// The writes that a read saw, if they are ones that it may have seen.
    fn what_was_seen(&mut self, read: &Read) -> Result<Vec<WriteId>, (Check, String)> {
        let mut seen = Vec::new();
        for sibling in &read.siblings {
            let known = sibling.write.filter(|write| self.history.writes.get(write.0).is_some());
            let Some(write) = known.filter(|&write| self.wrote(write).place == read.place) else {
                return Err((Check::Invention, format!("{sibling:?} was read, which nobody wrote there")));
            };
            let before = *self.dots.entry(sibling.dot).or_insert(write);
            if before != write {
                let what =
                    format!("{:?} names both {} and {}", sibling.dot, self.told(before), self.told(write));
                return Err((Check::OneDotOneWrite, what));
            }
            if self.wrote(write).told == Told::Refused {
                return Err((Check::RefusalKept, format!("{} was read", self.told(write))));
            }
            seen.push(write);
        }
        Ok(seen)
    }

    fn no_false_siblings(&self, seen: &[WriteId]) -> Result<(), (Check, String)> {
        for (position, &one) in seen.iter().enumerate() {
            for (other_position, &other) in seen.iter().enumerate() {
                let twins = one == other && position < other_position;
                let saw = self.past.get(other.0).is_some_and(|past| past.contains(self.nth(one)));
                if twins || (one != other && saw) {
                    let what = format!("{} is a sibling of {}", self.told(one), self.told(other));
                    return Err((Check::FalseSibling, what));
                }
            }
        }
        Ok(())
    }

    fn covers(
        &self,
        read: &Read,
        seen: &[WriteId],
        owed: &Set,
        covered: &Set,
        check: Check,
    ) -> Result<(), (Check, String)> {
        let Some(missing) = owed.first_not_in(covered) else { return Ok(()) };
        let writes = self.of_place.get(read.place).expect("a place of the history");
        let missing = writes.get(missing).map_or_else(String::new, |&write| self.told(write));
        let saw: Vec<String> = seen.iter().map(|&write| self.told(write)).collect();
        let place =
            self.history.places.get(read.place).map_or_else(String::new, |place| place.key.to_string());
        Err((check, format!("a read of {place} with r={} misses {missing}; it saw {saw:?}", read.r)))
    }

    fn told(&self, write: WriteId) -> String {
        let wrote = self.wrote(write);
        let what = if wrote.deletes { "delete" } else { "put" };
        format!("{what} w{} ({:?}, {:?})", write.0, wrote.request, wrote.told)
    }
}
