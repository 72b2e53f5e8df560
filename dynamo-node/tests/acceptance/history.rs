//! The history of a few keys that many write: every write, whom it replaced, and every read; and judging the cluster by it.
//!
//! A write names everything that its writer saw of the key, and replaces just that. So writes form a graph, and two things
//! can be said of any set of values that a key has later. A value whose write was acknowledged is among them, or something
//! that replaced it is, directly or by others between; else it was *lost*. And nothing is among them that an acknowledged
//! write or deletion replaced; else it is *back*.

use std::collections::{BTreeMap, BTreeSet};

/// A write's name, which is also the value that it writes.
pub(crate) type Word = String;

/// A write or a deletion.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// Of which key.
    pub(crate) key: String,
    /// What was written; `None`: the key was deleted.
    pub(crate) word: Option<Word>,
    /// What the writer saw, and replaced.
    pub(crate) saw: BTreeSet<Word>,
    /// Whether the writer was told that it is done. Else it may be, or not.
    pub(crate) is_acknowledged: bool,
}

/// A read.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// Who read.
    pub(crate) client: usize,
    /// Which key.
    pub(crate) key: String,
    /// What it was told.
    pub(crate) words: BTreeSet<Word>,
    /// What this client itself had done last with this key, and was told that it is done.
    pub(crate) own: Option<Act>,
}

/// What happened to all keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    acts: Vec<Act>,
    sights: Vec<Sight>,
}

impl History {
    /// A write or deletion has ended, one way or the other.
    pub(crate) fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    /// A read was answered.
    pub(crate) fn sight(&mut self, sight: Sight) {
        self.sights.push(sight);
    }

    /// Every key that was written.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        self.acts.iter().map(|act| act.key.clone()).collect()
    }

    /// How much happened: writes, deletions, reads.
    pub(crate) fn count(&self) -> (usize, usize, usize) {
        let written = self.acts.iter().filter(|act| act.word.is_some()).count();
        (written, self.acts.len() - written, self.sights.len())
    }

    /// What is wrong with these values as the last state of a key.
    pub(crate) fn wrongs_of(&self, key: &str, last: &BTreeSet<Word>) -> Vec<String> {
        let graph = self.graph(key);
        let mut wrongs = Vec::new();
        for act in self.acts.iter().filter(|act| act.key == key && act.is_acknowledged) {
            if let Some(word) = act.word.as_ref().filter(|word| !graph.covers(last, word)) {
                wrongs.push(format!("{key}: {word} was acknowledged and is lost; there is {last:?}"));
            }
            for back in act.saw.intersection(last) {
                let by = act.word.as_deref().unwrap_or("a deletion");
                wrongs.push(format!("{key}: {back} is back, which {by} had replaced; there is {last:?}"));
            }
        }
        let strange = last.iter().filter(|word| !graph.words.contains(*word));
        wrongs.extend(strange.map(|word| format!("{key}: nobody wrote {word}")));
        wrongs
    }

    /// Reads that went back behind what the same client had been told was done.
    pub(crate) fn wrong_sights(&self) -> Vec<String> {
        self.keys().iter().flat_map(|key| self.wrong_sights_of(key)).collect()
    }

    fn wrong_sights_of(&self, key: &str) -> Vec<String> {
        let graph = self.graph(key);
        let mut wrongs = Vec::new();
        for Sight { client, words, own, .. } in self.sights.iter().filter(|sight| sight.key == key) {
            let Some(own) = own else { continue };
            if let Some(word) = own.word.as_ref().filter(|word| !graph.covers(words, word)) {
                wrongs.push(format!("client {client} had written {word} to {key} and read {words:?}"));
            }
            let behind = graph.past(&own.saw);
            for word in words.intersection(&behind) {
                wrongs.push(format!("client {client} had replaced {word} in {key} and read it again"));
            }
        }
        wrongs
    }

    fn graph(&self, key: &str) -> Graph {
        let mut graph = Graph::default();
        for act in self.acts.iter().filter(|act| act.key == key) {
            for seen in &act.saw {
                graph.replaced_by.entry(seen.clone()).or_default().push(act.word.clone());
            }
            if let Some(word) = &act.word {
                graph.words.insert(word.clone());
                graph.saw.insert(word.clone(), act.saw.clone());
            }
        }
        graph
    }
}

/// Who replaced whom in one key. A write that nobody was told of may be there, so it counts as one that replaces.
#[derive(Debug, Default)]
struct Graph {
    words: BTreeSet<Word>,
    saw: BTreeMap<Word, BTreeSet<Word>>,
    replaced_by: BTreeMap<Word, Vec<Option<Word>>>,
}

impl Graph {
    /// Whether a word, or something that replaced it, is among these. What was deleted is nowhere, and is not missed.
    fn covers(&self, words: &BTreeSet<Word>, word: &Word) -> bool {
        let (mut seen, mut left) = (BTreeSet::new(), vec![word]);
        while let Some(word) = left.pop() {
            if words.contains(word) {
                return true;
            }
            for heir in self.replaced_by.get(word).into_iter().flatten() {
                match heir {
                    None => return true,
                    Some(heir) if seen.insert(heir) => left.push(heir),
                    Some(_) => {}
                }
            }
        }
        false
    }

    /// These words, and all that they replaced, directly or by others between.
    fn past(&self, words: &BTreeSet<Word>) -> BTreeSet<Word> {
        let (mut past, mut left) = (BTreeSet::new(), words.iter().collect::<Vec<_>>());
        while let Some(word) = left.pop() {
            if past.insert(word.clone()) {
                left.extend(self.saw.get(word).into_iter().flatten());
            }
        }
        past
    }
}

/// A history by hand: whether what would be wrong is found.
#[test]
fn what_is_lost_or_back_is_found() {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    let act = |word: Option<&str>, saw: &[&str], is_acknowledged| Act {
        key: "k".to_owned(),
        word: word.map(str::to_owned),
        saw: words(saw),
        is_acknowledged,
    };
    let mut history = History::default();
    for act in [
        act(Some("a"), &[], true),
        act(Some("b"), &["a"], true),
        act(Some("c"), &["b"], false),
        act(Some("d"), &["b", "c"], true),
    ] {
        history.act(act);
    }
    assert_eq!(history.wrongs_of("k", &words(&["d"])), Vec::<String>::new());
    let wrongs = |last: &[&str]| history.wrongs_of("k", &words(last)).len();
    assert_eq!(wrongs(&["d", "x"]), 1, "nobody wrote x");
    assert_eq!(wrongs(&["c"]), 2, "d is lost, c is back");
    assert_eq!(wrongs(&[]), 3, "all are lost");
    assert_eq!(wrongs(&["d", "a"]), 1, "a is back");

    let sight = |own: usize, seen: &[&str]| Sight {
        client: 0,
        key: "k".to_owned(),
        words: words(seen),
        own: Some(history.acts[own].clone()),
    };
    let (good, behind) = ([sight(1, &["c"]), sight(1, &["d"])], [sight(1, &["a"]), sight(3, &["b"])]);
    let with = |sights: &[Sight]| {
        let mut history = history.clone();
        history.sights = sights.to_vec();
        history.wrong_sights().len()
    };
    assert_eq!(with(&good), 0);
    assert_eq!(with(&behind), 4, "what was written is not there, what was replaced is");

    let mut history = history.clone();
    history.act(act(None, &["d"], true));
    assert_eq!(history.wrongs_of("k", &words(&[])), Vec::<String>::new(), "all was deleted");
    assert_eq!(history.wrongs_of("k", &words(&["d"])).len(), 1, "and is back");
}
