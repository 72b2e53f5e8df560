//! A member, a former member, or a node that waits.

use serde::Serialize;
use shared::wire::cluster::{ClusterView, NodeView, Status};
use shared::wire::look::Liveness;

use crate::output::{Item, Tone};
use crate::text::{bytes_for_people, duration_for_people};

/// A node, as one member sees it.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "as in `shared::wire::cluster::NodeView`, with ids as text")]
pub struct NodeForm {
    pub name: String,
    pub id: String,
    /// Null: it left.
    pub address: Option<String>,
    /// Null: it left.
    pub zone: Option<String>,
    pub weight: u32,
    pub status: Status,
    /// Null: one that nobody looks after.
    pub liveness: Option<Liveness>,
    pub since_ms: u64,
    pub replicas: u32,
    pub first_replicas: u32,
    pub ideal_millireplicas: u64,
    pub state_version: Option<u64>,
    pub boot: Option<u64>,
    pub stored_bytes: Option<u64>,
    pub disk_free_bytes: Option<u64>,
    /// The changes of it that wait to be committed.
    pub staged: Vec<String>,
}

impl NodeForm {
    /// The node, and what the view has staged for it.
    pub fn new(node: &NodeView, view: &ClusterView) -> Self {
        let staged = view.staged.iter().filter(|staged| {
            staged.change.node() == &node.name
                || matches!(&staged.change, shared::wire::plan::Change::Replace { by, .. } if *by == node.name)
        });
        let is_known = node.status != Status::Left;
        Self {
            name: node.name.to_string(),
            id: node.node.to_string(),
            address: is_known.then(|| node.address.to_string()),
            zone: is_known.then(|| node.zone.to_string()),
            weight: node.weight,
            status: node.status,
            // Who answers is up, whatever it says of others.
            liveness: node.liveness.or_else(|| is_member(node.status).then_some(Liveness::Up)),
            since_ms: node.since_ms,
            replicas: node.replicas,
            first_replicas: node.first_replicas,
            ideal_millireplicas: node.ideal_millireplicas,
            state_version: node.state_version,
            boot: node.boot.map(|boot| boot.0),
            stored_bytes: node.stored_bytes,
            disk_free_bytes: node.disk_free_bytes,
            staged: staged.map(|staged| staged.change.to_string()).collect(),
        }
    }

    /// How the answering member sees it, with for how long where it is not as it should be.
    pub fn seen(&self) -> (String, Tone) {
        let since = duration_for_people(self.since_ms);
        match self.liveness {
            Some(Liveness::Up) => ("up".to_owned(), Tone::Good),
            Some(Liveness::Suspect) => (format!("suspect {since}"), Tone::Warning),
            Some(Liveness::Down) => (format!("down {since}"), Tone::Bad),
            None => ("-".to_owned(), Tone::Plain),
        }
    }

    /// The share that its weight gives it, in replicas.
    pub fn ideal(&self) -> String {
        format!("{}.{}", self.ideal_millireplicas / 1000, self.ideal_millireplicas % 1000 / 100)
    }
}

/// In one word.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Waiting => "waiting",
        Status::Joining => "joining",
        Status::Active => "active",
        Status::Leaving => "leaving",
        Status::Lost => "lost",
        Status::Left => "left",
    }
}

fn is_member(status: Status) -> bool {
    matches!(status, Status::Joining | Status::Active | Status::Leaving | Status::Lost)
}

impl Item for NodeForm {
    const KIND: &'static str = "node";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec![
            "NODE", "ADDRESS", "ZONE", "STATUS", "SEEN", "WEIGHT", "REPLICAS", "IDEAL", "STORED", "STAGED",
        ];
        if wide {
            headings.extend(["FIRST", "DISK FREE", "STATE", "BOOT", "ID"]);
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let plain = |text: String| (text, Tone::Plain);
        let dash = || "-".to_owned();
        let or_dash = |text: &Option<String>| plain(text.clone().unwrap_or_else(dash));
        let is_member = is_member(self.status);
        let of_members = |text: String| plain(if is_member { text } else { dash() });
        let tone = if self.status == Status::Active { Tone::Plain } else { Tone::Warning };
        let staged = if self.staged.is_empty() { dash() } else { self.staged.join(", ") };
        let mut cells = vec![
            plain(self.name.clone()),
            or_dash(&self.address),
            or_dash(&self.zone),
            (status(self.status).to_owned(), tone),
            self.seen(),
            of_members(self.weight.to_string()),
            of_members(self.replicas.to_string()),
            of_members(self.ideal()),
            plain(self.stored_bytes.map_or_else(dash, bytes_for_people)),
            plain(staged),
        ];
        if wide {
            cells.extend([
                of_members(self.first_replicas.to_string()),
                plain(self.disk_free_bytes.map_or_else(dash, bytes_for_people)),
                plain(self.state_version.map_or_else(dash, |version| version.to_string())),
                plain(self.boot.map_or_else(dash, |boot| boot.to_string())),
                plain(self.id.clone()),
            ]);
        }
        cells
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
