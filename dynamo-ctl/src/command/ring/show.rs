//! `ring show`: who holds how much, and what is on the move.

use clap::Args;
use serde::Serialize;
use shared::id::NodeId;
use shared::token::{PartitionId, Partitions};
use shared::wire::cluster::{ClusterView, NodeView, PartitionView, RingView, Status};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::ring::phase;
use crate::command::ring::strip::strip;
use crate::exit::Exit;
use crate::form::node::{NodeForm, status};
use crate::members::{Members, name_of};
use crate::output::{Document, Format, Item, Output, Tone};
use crate::problem::Stop;
use crate::text::{count, percent};

/// Show the ring: for every node how many replicas it holds, takes in and gives up.
///
/// FIRST counts partitions whose list it leads; OWNED is the part of all partitions that it holds a replica of; IDEAL is
/// what its weight gives it. While partitions move, the ring is drawn above as a strip, its tokens unrolled row by row. With
/// -o wide, and for programs, partition by partition: owners are whom readers ask, next is whom they move to.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl ring show",
    "dynamo-ctl ring show -o wide",
    "dynamo-ctl ring show -o json | jq '.items[] | select(.next)'",
])]
pub struct RingShow {}

impl RingShow {
    /// Asks and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let ring = members.ring().await?;
        print(&mut app.output, &members.view, &ring)?;
        Ok(Exit::Ok)
    }
}

fn print(output: &mut Output, view: &ClusterView, ring: &RingView) -> Result<(), Stop> {
    let nodes: Vec<NodeLine> = view
        .nodes
        .iter()
        .filter(|node| !matches!(node.status, Status::Waiting | Status::Left))
        .map(|node| NodeLine::new(node, view, ring))
        .collect();
    let moving = ring.partitions.iter().filter(|partition| partition.next.is_some()).count();
    let mut lines = vec![format!(
        "ring version {}  {}  Q={}  {}",
        ring.ring_version,
        view.quorum,
        ring.partitions.len(),
        if moving == 0 {
            "nothing moves".to_owned()
        } else {
            format!("{} on the move", count(moving as u64, "partition"))
        }
    )];
    if output.format() == Format::Table {
        lines.extend(strip(&ring.partitions));
        output.document(&Document { kind: "ring", head: (), lines, items: nodes })?;
    } else {
        let head = Head { ring_version: ring.ring_version, partitions: ring.partitions.len(), moving, nodes };
        output.document(&Document { kind: "ring", head, lines, items: partitions(view, ring) })?;
    }
    Ok(())
}

/// The ring as a whole, for programs.
#[derive(Debug, Serialize)]
struct Head {
    ring_version: u64,
    partitions: usize,
    moving: usize,
    nodes: Vec<NodeLine>,
}

/// What one node holds.
#[derive(Debug, Serialize)]
struct NodeLine {
    name: String,
    id: String,
    zone: String,
    status: Status,
    weight: u32,
    replicas_first: usize,
    replicas: usize,
    owned_permille: u64,
    ideal_millireplicas: u64,
    /// Replicas that it is to take in.
    replicas_in: usize,
    /// Replicas that it is to give up.
    replicas_out: usize,
    #[serde(skip)]
    ideal: String,
}

impl NodeLine {
    fn new(node: &NodeView, view: &ClusterView, ring: &RingView) -> Self {
        let id = node.node;
        let count = |holds: &dyn Fn(&PartitionView) -> bool| {
            ring.partitions.iter().filter(|partition| holds(partition)).count()
        };
        let is_next =
            |partition: &PartitionView| partition.next.as_ref().is_some_and(|next| next.contains(&id));
        let replicas = count(&|partition| partition.owners.contains(&id));
        Self {
            name: node.name.to_string(),
            id: id.to_string(),
            zone: node.zone.to_string(),
            status: node.status,
            weight: node.weight,
            replicas_first: count(&|partition| partition.owners.first() == Some(&id)),
            replicas,
            owned_permille: replicas as u64 * 1000 / (ring.partitions.len() as u64).max(1),
            ideal_millireplicas: node.ideal_millireplicas,
            replicas_in: count(&|partition| is_next(partition) && !partition.owners.contains(&id)),
            replicas_out: count(&|partition| {
                partition.next.is_some() && !is_next(partition) && partition.owners.contains(&id)
            }),
            ideal: NodeForm::new(node, view).ideal(),
        }
    }
}

impl Item for NodeLine {
    const KIND: &'static str = "node";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["NODE", "ZONE", "STATUS", "WEIGHT", "FIRST", "REPLICAS", "OWNED", "IDEAL", "IN", "OUT"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        let or_dash = |number: usize| if number == 0 { "-".to_owned() } else { number.to_string() };
        let tone = if self.status == Status::Active { Tone::Plain } else { Tone::Warning };
        let plain = |text: String| (text, Tone::Plain);
        vec![
            plain(self.name.clone()),
            plain(self.zone.clone()),
            (status(self.status).to_owned(), tone),
            plain(self.weight.to_string()),
            plain(self.replicas_first.to_string()),
            plain(self.replicas.to_string()),
            plain(percent(self.owned_permille)),
            plain(self.ideal.clone()),
            plain(or_dash(self.replicas_in)),
            plain(or_dash(self.replicas_out)),
        ]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// One partition.
#[derive(Debug, Serialize)]
struct PartitionLine {
    partition: u32,
    first_token: Option<String>,
    owners: Vec<String>,
    /// Null: it does not move.
    next: Option<Vec<String>>,
    phase: &'static str,
}

fn partitions(view: &ClusterView, ring: &RingView) -> Vec<PartitionLine> {
    let named = |nodes: &[NodeId]| nodes.iter().map(|node| name_of(view, *node)).collect();
    let all = u32::try_from(ring.partitions.len()).ok().and_then(|count| Partitions::new(count).ok());
    let numbered = ring.partitions.iter().zip(0..);
    numbered
        .map(|(partition, number)| PartitionLine {
            partition: number,
            first_token: all.map(|all| all.first_token(PartitionId(number)).to_string()),
            owners: named(&partition.owners),
            next: partition.next.as_deref().map(named),
            phase: phase(partition.phase),
        })
        .collect()
}

impl Item for PartitionLine {
    const KIND: &'static str = "partition";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["PARTITION", "FIRST TOKEN", "PHASE", "OWNERS", "NEXT"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        let tone = if self.next.is_some() { Tone::Warning } else { Tone::Plain };
        let dash = || "-".to_owned();
        vec![
            (self.partition.to_string(), Tone::Plain),
            (self.first_token.clone().unwrap_or_else(dash), Tone::Plain),
            (self.phase.to_owned(), tone),
            (self.owners.join(" "), Tone::Plain),
            (self.next.as_ref().map_or_else(dash, |next| next.join(" ")), Tone::Plain),
        ]
    }

    fn name(&self) -> String {
        self.partition.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;
    use crate::output::tests::captured;

    fn printed(format: Format) -> String {
        let (mut output, out, _) = captured(Some(format), false);
        print(&mut output, &sample::view(), &sample::ring()).unwrap();
        out.text()
    }

    #[test]
    fn the_ring_is_a_line_a_node_or_a_line_a_partition() {
        insta::assert_snapshot!(printed(Format::Table) + "\n" + &printed(Format::Wide));
    }

    #[test]
    fn programs_see_partitions_and_nodes() {
        let json: serde_json::Value = serde_json::from_str(&printed(Format::Json)).unwrap();
        assert_eq!(json["items"][1]["next"][2], "node-4");
        assert_eq!(json["items"][1]["first_token"], "20000000000000000000000000000000");
        assert_eq!(json["nodes"][2]["replicas_out"], 1);
    }
}
