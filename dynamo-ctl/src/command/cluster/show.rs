//! `cluster show`: the declared state.

use clap::Args;
use serde::Serialize;
use shared::level::Durability;
use shared::map::{Bucket, ClusterMap, ConflictPolicy};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::output::{Document, Item, Tone};
use crate::problem::Stop;
use crate::text::bytes_for_people;

/// Show members, buckets and settings as they are declared.
///
/// What is declared says nothing of who is up; `dynamo-ctl status` does.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl cluster show",
    "dynamo-ctl cluster show -o json | jq '.buckets[].name'",
])]
pub struct ClusterShow {}

impl ClusterShow {
    /// Asks for the declared state and prints it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let map = app.looker().await?.find_map().await?;
        app.output.document(&document(&map))?;
        Ok(Exit::Ok)
    }
}

/// The declared state, for programs.
#[derive(Debug, Serialize)]
struct Declared {
    cluster: String,
    id: String,
    ring_version: u64,
    n: u8,
    r: u8,
    w: u8,
    strict: bool,
    durability: Durability,
    value_bytes_max: u64,
    partitions: u32,
    buckets: Vec<DeclaredBucket>,
}

/// A bucket; what is not given is the cluster's.
#[derive(Debug, Serialize)]
struct DeclaredBucket {
    name: String,
    id: String,
    r: Option<u8>,
    w: Option<u8>,
    strict: Option<bool>,
    durability: Option<Durability>,
    conflict_policy: ConflictPolicy,
}

/// A member.
#[derive(Debug, Serialize)]
struct Declaration {
    name: String,
    id: String,
    address: String,
    zone: String,
    partitions_owned: usize,
}

fn document(map: &ClusterMap) -> Document<Declared, Declaration> {
    let buckets: Vec<DeclaredBucket> = map
        .buckets
        .iter()
        .map(|(id, bucket)| DeclaredBucket {
            name: bucket.name.to_string(),
            id: id.to_string(),
            r: bucket.r,
            w: bucket.w,
            strict: bucket.strict,
            durability: bucket.durability,
            conflict_policy: bucket.conflict_policy,
        })
        .collect();
    let mut lines = vec![
        format!("cluster {} ({})  ring version {}", map.name, map.cluster, map.version),
        format!(
            "{}  Q={}  {}, {}, values up to {}",
            map.quorum,
            map.partitions.count(),
            if map.strict { "strict" } else { "sloppy" },
            map.durability,
            bytes_for_people(map.value_bytes_max)
        ),
    ];
    lines.extend(map.buckets.values().map(|bucket| format!("bucket {}", for_people(bucket))));
    let mut items: Vec<Declaration> = map
        .members
        .iter()
        .map(|(node, member)| Declaration {
            name: member.name.to_string(),
            id: node.to_string(),
            address: member.address.to_string(),
            zone: member.zone.to_string(),
            partitions_owned: map.replicas.iter().filter(|owners| owners.contains(node)).count(),
        })
        .collect();
    items.sort_by(|one, other| one.name.cmp(&other.name));
    let head = Declared {
        cluster: map.name.to_string(),
        id: map.cluster.to_string(),
        ring_version: map.version,
        n: map.quorum.n(),
        r: map.quorum.r(),
        w: map.quorum.w(),
        strict: map.strict,
        durability: map.durability,
        value_bytes_max: map.value_bytes_max,
        partitions: map.partitions.count(),
        buckets,
    };
    Document { kind: "cluster", head, lines, items }
}

/// A bucket in one line: its name, and what it does not have from the cluster.
fn for_people(bucket: &Bucket) -> String {
    let own = [
        bucket.r.map(|r| format!("R={r}")),
        bucket.w.map(|w| format!("W={w}")),
        bucket.strict.map(|strict| if strict { "strict".to_owned() } else { "sloppy".to_owned() }),
        bucket.durability.map(|durability| durability.to_string()),
        (bucket.conflict_policy == ConflictPolicy::Lww).then(|| "last writer wins".to_owned()),
    ];
    let own: Vec<String> = own.into_iter().flatten().collect();
    if own.is_empty() { bucket.name.to_string() } else { format!("{}: {}", bucket.name, own.join(", ")) }
}

impl Item for Declaration {
    const KIND: &'static str = "member";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec!["NODE", "ADDRESS", "ZONE", "PARTITIONS"];
        if wide {
            headings.push("ID");
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let mut cells = vec![
            self.name.clone(),
            self.address.clone(),
            self.zone.clone(),
            self.partitions_owned.to_string(),
        ];
        if wide {
            cells.push(self.id.clone());
        }
        cells.into_iter().map(|text| (text, Tone::Plain)).collect()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_tells_only_what_is_its_own() {
        let plain = Bucket::plain("default".parse().unwrap());
        assert_eq!(for_people(&plain), "default");
        let own = Bucket { w: Some(3), strict: Some(true), conflict_policy: ConflictPolicy::Lww, ..plain };
        assert_eq!(for_people(&own), "default: W=3, strict, last writer wins");
    }
}
