//! What is shown: the headline, a row a node, the troubles, and who sees whom how. Pure, and the same for the screen
//! and for pipes. What is not known is `None`, never zero.

use std::fmt;

use serde::Serialize;
use shared::id::NodeId;
use shared::wire::look::{Liveness, NodeStatus};

use crate::app::{App, Sample, Source};

/// From this age on a node's numbers are called stale, milliseconds.
pub const STALE_AFTER_MS: u64 = 3_000;

/// From this age on a node that does not answer is called down, milliseconds.
pub const DOWN_AFTER_MS: u64 = 10_000;

/// How fresh something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    /// Of now.
    Live,
    /// Of a moment ago.
    Stale,
    /// There is nothing, or nothing that still means anything.
    Down,
}

/// Everything that is shown at one time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Model {
    /// What the whole is.
    pub headline: Headline,
    /// What somebody should know, the worst first.
    pub troubles: Vec<String>,
    /// Each node.
    pub nodes: Vec<Row>,
    /// How each node sees each, in the order of `nodes`; `None`: it does not say.
    pub seen: Vec<Vec<Option<Liveness>>>,
}

/// What the whole is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Headline {
    /// The profile.
    pub profile: String,
    /// The cluster's name.
    pub cluster: Option<String>,
    /// Of the freshest node.
    pub freshness: Freshness,
    /// The age of the newest sample, milliseconds.
    pub age_ms: Option<u64>,
    /// The version of the declared state.
    pub version: Option<u64>,
    /// N, R and W.
    pub quorum: Option<[u8; 3]>,
    /// Q.
    pub partitions: Option<u32>,
    /// How many nodes answer.
    pub up: usize,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its name, or its address where no name is known.
    pub name: String,
    /// Where it is asked.
    pub address: String,
    /// How old its numbers are.
    pub freshness: Freshness,
    /// Two letters: U(p), S(tale), D(own); then N(ormal), C(omparing), W(aiting), `?` where it is not known.
    pub state: String,
    /// Partitions that it holds.
    pub owned: Option<u32>,
    /// Of these, partitions that were compared since it started.
    pub compared: Option<u32>,
    /// Records, tombstones included.
    pub records: Option<u64>,
    /// Keys that have siblings.
    pub conflicts: Option<u64>,
    /// Hints kept for others.
    pub hints: Option<u64>,
    /// Gets coordinated a second; `None` until there are two samples.
    pub gets_per_s: Option<f64>,
    /// Puts and deletes coordinated a second.
    pub puts_per_s: Option<f64>,
    /// Bytes on the disk.
    pub disk_used_bytes: Option<u64>,
}

impl Model {
    /// What is to be shown of what is known.
    pub fn of(app: &App) -> Self {
        let nodes: Vec<Row> =
            app.sources.iter().map(|(address, source)| row(app, *address, source)).collect();
        let mut model =
            Self { headline: headline(app, &nodes), troubles: troubles(app, &nodes), nodes, seen: seen(app) };
        model.sort();
        model
    }

    /// By name, rows, matrix rows and columns alike.
    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by(|a, b| name_key(self.nodes.get(*a)).cmp(&name_key(self.nodes.get(*b))));
        self.nodes = picked(&self.nodes, &order);
        self.seen = picked(&self.seen, &order).iter().map(|row| picked(row, &order)).collect();
    }
}

fn picked<T: Clone>(from: &[T], order: &[usize]) -> Vec<T> {
    order.iter().filter_map(|place| from.get(*place).cloned()).collect()
}

/// `node-10` comes behind `node-9`.
fn name_key(row: Option<&Row>) -> (usize, &str) {
    row.map_or((0, ""), |row| (row.name.len(), row.name.as_str()))
}

fn age_ms(app: &App, source: &Source) -> Option<u64> {
    source.last.as_ref().map(|sample| app.now_ms.saturating_sub(sample.at_ms))
}

fn freshness(app: &App, source: &Source) -> Freshness {
    match age_ms(app, source) {
        Some(age) if age < STALE_AFTER_MS => Freshness::Live,
        Some(age) if age < DOWN_AFTER_MS => Freshness::Stale,
        _ => Freshness::Down,
    }
}

fn headline(app: &App, nodes: &[Row]) -> Headline {
    let map = app.map.as_ref();
    Headline {
        profile: app.profile.clone(),
        cluster: map.map(|map| map.name.to_string()),
        freshness: nodes.iter().map(|row| row.freshness).min().unwrap_or(Freshness::Down),
        age_ms: app.sources.values().filter_map(|source| age_ms(app, source)).min(),
        version: map.map(|map| map.version).max(app.newest_version()),
        quorum: map.map(|map| [map.quorum.n(), map.quorum.r(), map.quorum.w()]),
        partitions: map.map(|map| map.partitions.count()),
        up: nodes.iter().filter(|row| row.freshness == Freshness::Live).count(),
    }
}

fn row(app: &App, address: std::net::SocketAddr, source: &Source) -> Row {
    let status = source.last.as_ref().map(|sample| &sample.status);
    let member = app.map.iter().flat_map(|map| map.members.values()).find(|member| member.address == address);
    let name = status
        .map(|status| status.whoami.name.to_string())
        .or_else(|| member.map(|member| member.name.to_string()))
        .unwrap_or_else(|| address.to_string());
    let freshness = freshness(app, source);
    let rate = |count: fn(&NodeStatus) -> u64| rate(source, count).filter(|_| freshness == Freshness::Live);
    Row {
        name,
        address: address.to_string(),
        freshness,
        state: state(freshness, source, status),
        owned: status.map(|status| status.partitions_owned),
        compared: status.map(|status| status.partitions_compared),
        records: status.map(|status| status.store.records),
        conflicts: status.map(|status| status.store.conflicts),
        hints: status.map(|status| status.store.hints),
        gets_per_s: rate(|status| status.counters.gets),
        puts_per_s: rate(|status| status.counters.puts),
        disk_used_bytes: status.map(|status| status.store.disk_used_bytes),
    }
}

fn state(freshness: Freshness, source: &Source, status: Option<&NodeStatus>) -> String {
    let first = match freshness {
        Freshness::Live => 'U',
        Freshness::Stale => 'S',
        // Nobody has answered or failed to: it was only just asked.
        Freshness::Down if source.last.is_none() && source.trouble.is_none() => '?',
        Freshness::Down => 'D',
    };
    let second = match status {
        None => '?',
        Some(status) if status.whoami.state_version.is_none() => 'W',
        Some(status) if status.partitions_compared < status.partitions_owned => 'C',
        Some(_) => 'N',
    };
    [first, second].iter().collect()
}

/// What the counter grew by, a second, between the last two samples.
#[expect(clippy::cast_precision_loss, reason = "counts within a second are far below 2^52")]
fn rate(source: &Source, count: fn(&NodeStatus) -> u64) -> Option<f64> {
    let (last, before): (&Sample, &Sample) = (source.last.as_ref()?, source.before.as_ref()?);
    let passed_ms = last.at_ms.checked_sub(before.at_ms).filter(|passed| *passed > 0)?;
    let grown = count(&last.status).checked_sub(count(&before.status))?;
    Some(grown as f64 * 1000.0 / passed_ms as f64)
}

fn troubles(app: &App, nodes: &[Row]) -> Vec<String> {
    let mut troubles = Vec::new();
    for (row, source) in
        nodes.iter().zip(app.sources.values()).filter(|(row, _)| row.freshness != Freshness::Live)
    {
        let why = source.trouble.as_deref().unwrap_or("it has not answered yet");
        match age_ms(app, source) {
            Some(age) => troubles.push(format!("{} silent for {} s: {why}", row.name, age / 1000)),
            None if source.trouble.is_some() => troubles.push(format!("{}: {why}", row.name)),
            None => {}
        }
    }
    let refusing = app.sources.values().filter_map(|source| source.last.as_ref()).filter_map(|sample| {
        let why = sample.status.store.refuses_writes.as_ref()?;
        Some(format!("{} refuses writes: {why}", sample.status.whoami.name))
    });
    troubles.extend(refusing);
    troubles
}

/// In the order of the sources. Whoever does not answer says nothing of others.
fn seen(app: &App) -> Vec<Vec<Option<Liveness>>> {
    let status_of = |source: &Source| match freshness(app, source) {
        Freshness::Live => source.last.as_ref().map(|sample| sample.status.clone()),
        _ => None,
    };
    let ids: Vec<Option<NodeId>> = app
        .sources
        .iter()
        .map(|(address, source)| {
            let heard = source.last.as_ref().map(|sample| sample.status.whoami.node);
            let members = app.map.iter().flat_map(|map| &map.members);
            heard.or_else(|| {
                members.into_iter().find(|(_, member)| member.address == *address).map(|(id, _)| *id)
            })
        })
        .collect();
    let observer = |status: Option<NodeStatus>| -> Vec<Option<Liveness>> {
        let sees = |id: &Option<NodeId>| {
            let peers = &status.as_ref()?.peers;
            peers.iter().find(|peer| Some(peer.node) == *id).map(|peer| peer.liveness)
        };
        ids.iter().map(sees).collect()
    };
    app.sources.values().map(|source| observer(status_of(source))).collect()
}

/// A count or an amount, short enough for a column; `...` where it is not known (yet).
pub struct Short(pub Option<f64>);

impl Short {
    /// Of a whole number.
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    pub fn of(count: Option<u64>) -> Self {
        Self(count.map(|count| count as f64))
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mut amount) = self.0 else { return f.pad("...") };
        let mut unit = "";
        for larger in ["k", "M", "G", "T", "P"] {
            if amount < 999.5 {
                break;
            }
            amount /= 1000.0;
            unit = larger;
        }
        let whole = unit.is_empty() && amount.fract() == 0.0;
        let digits = usize::from(!whole && amount < 9.95);
        f.pad(&format!("{amount:.digits$}{unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_fit_a_column() {
        let short = |amount: f64| Short(Some(amount)).to_string();
        let shown = [0.0, 0.44, 7.0, 9.96, 999.0, 999.6, 1234.0, 45_600.0, 7_890_000.0, 1.2e12].map(short);
        assert_eq!(shown, ["0", "0.4", "7", "10", "999", "1.0k", "1.2k", "46k", "7.9M", "1.2T"]);
        assert_eq!(Short(None).to_string(), "...");
    }
}
