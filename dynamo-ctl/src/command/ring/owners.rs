//! `ring owners`: where a key lies, and who stands in where an owner is absent.

use std::ffi::OsString;

use clap::Args;
use serde::Serialize;
use shared::id::NodeId;
use shared::key::Key;
use shared::map::ClusterMap;
use shared::token::{PartitionId, Token};
use shared::wire::cluster::{ClusterView, PartitionView, Phase, RingView};
use shared::wire::look::Liveness;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::place::{Place, unknown_bucket};
use crate::command::ring::phase;
use crate::exit::Exit;
use crate::form::node::NodeForm;
use crate::members::{Members, name_of};
use crate::output::{Document, Item, Tone};
use crate::problem::{Problem, Stop};
use crate::text::JsonBytes;

/// Show where a key lies: its token, its partition, its owners in order, and who stands in for one that is absent.
///
/// A key need not be there to lie somewhere. While the partition moves, its next owners are shown too.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl ring owners cart:42",
    "dynamo-ctl ring owners cart:42 --bucket carts -o name",
])]
pub struct RingOwners {
    /// The key.
    #[arg(value_name = "KEY")]
    key: OsString,
    /// Where it is.
    #[command(flatten)]
    place: Place,
}

impl RingOwners {
    /// Asks, walks the ring, and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let key = self.place.key(&self.key)?;
        let members = Members::find(app).await?;
        let (map, ring) = (members.map().await?, members.ring().await?);
        app.output.document(&self.document(&key, &map, &members.view, &ring)?)?;
        Ok(Exit::Ok)
    }

    fn document(
        &self,
        key: &Key,
        map: &ClusterMap,
        view: &ClusterView,
        ring: &RingView,
    ) -> Result<Document<Head, Line>, Problem> {
        let bucket = &self.place.bucket;
        let (id, _) = map.bucket_named(bucket).ok_or_else(|| unknown_bucket(map, bucket))?;
        let token = Token::of(id, key);
        let partition = map.partitions.of(token);
        let at_rest = PartitionView { owners: map.owners(partition).to_vec(), next: None, phase: Phase::Old };
        let here = ring.partitions.get(partition.0 as usize).unwrap_or(&at_rest);
        let head = Head {
            bucket: bucket.to_string(),
            key: key.as_bytes().into(),
            token: token.to_string(),
            partition: partition.0,
            phase: phase(here.phase),
        };
        let lines = vec![format!("token {token}  partition {partition}  {}", in_words(here))];
        let items = places(partition, here, ring).into_iter().map(|place| Line::new(place, view)).collect();
        Ok(Document { kind: "owners", head, lines, items })
    }
}

fn in_words(partition: &PartitionView) -> &'static str {
    match (partition.phase, &partition.next) {
        (Phase::Old, None) => "does not move",
        (Phase::Old, Some(_)) => "waits for its turn to move",
        (Phase::Joint, _) => "moves: new owners are being filled, old ones answer",
        (Phase::Handover, _) => "moves: new owners answer, old copies are still there",
    }
}

/// What a node is to a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    Owner,
    Next,
    Fallback,
}

/// Owners in order, then those to come, then the next distinct nodes clockwise (Dynamo §4.6).
fn places(id: PartitionId, here: &PartitionView, ring: &RingView) -> Vec<(Role, NodeId)> {
    let from = (id.0 as usize).min(ring.partitions.len());
    let (before, after) = ring.partitions.split_at(from);
    let clockwise = after.iter().chain(before).flat_map(|partition| &partition.owners);
    let mut places: Vec<(Role, NodeId)> = Vec::new();
    let owners = here.owners.iter().map(|node| (Role::Owner, *node));
    let next = here.next.iter().flatten().map(|node| (Role::Next, *node));
    for place in owners.chain(next).chain(clockwise.map(|node| (Role::Fallback, *node))) {
        if places.iter().all(|(_, known)| *known != place.1) {
            places.push(place);
        }
    }
    places
}

/// Where the key lies.
#[derive(Debug, Serialize)]
struct Head {
    bucket: String,
    key: JsonBytes,
    token: String,
    partition: u32,
    phase: &'static str,
}

/// One node of the preference list.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    id: String,
    role: Role,
    zone: Option<String>,
    address: Option<String>,
    /// Null: not known.
    liveness: Option<Liveness>,
    #[serde(skip)]
    seen: (String, Tone),
}

impl Line {
    fn new((role, id): (Role, NodeId), view: &ClusterView) -> Self {
        let node = view.nodes.iter().find(|node| node.node == id);
        let form = node.map(|node| NodeForm::new(node, view));
        Self {
            name: name_of(view, id),
            id: id.to_string(),
            role,
            zone: form.as_ref().and_then(|form| form.zone.clone()),
            address: form.as_ref().and_then(|form| form.address.clone()),
            liveness: form.as_ref().and_then(|form| form.liveness),
            seen: form.map_or_else(|| ("unknown".to_owned(), Tone::Warning), |form| form.seen()),
        }
    }
}

impl Item for Line {
    const KIND: &'static str = "node";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec!["NODE", "ROLE", "SEEN", "ZONE", "ADDRESS"];
        if wide {
            headings.push("ID");
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let role = match self.role {
            Role::Owner => "owner",
            Role::Next => "next owner",
            Role::Fallback => "fallback",
        };
        let or_dash = |text: &Option<String>| (text.clone().unwrap_or_else(|| "-".to_owned()), Tone::Plain);
        let mut cells = vec![
            (self.name.clone(), Tone::Plain),
            (role.to_owned(), Tone::Plain),
            self.seen.clone(),
            or_dash(&self.zone),
            or_dash(&self.address),
        ];
        if wide {
            cells.push((self.id.clone(), Tone::Plain));
        }
        cells
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{Fallback, Next, Owner};
    use super::*;
    use crate::form::sample::ring;

    #[test]
    fn owners_come_first_then_those_to_come_then_whoever_stands_in() {
        let ring = ring();
        let of = |number: u32| {
            let here = &ring.partitions[number as usize];
            let places = places(PartitionId(number), here, &ring);
            places.into_iter().map(|(role, node)| (role, node.0)).collect::<Vec<_>>()
        };
        assert_eq!(of(1), [(Owner, 1), (Owner, 2), (Owner, 3), (Next, 4)]);
        assert_eq!(of(2), [(Owner, 1), (Owner, 2), (Owner, 3), (Fallback, 4)], "beyond the end of the ring");
        assert_eq!(of(0), [(Owner, 1), (Owner, 2), (Owner, 4), (Fallback, 3)]);
    }
}
