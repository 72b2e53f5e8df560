//! A plan for programs: what `plan show` prints, `plan export` writes and `plan apply` reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::id::{Name, NodeId};
use shared::wire::plan::{Blocker, Plan, Share};

use crate::form::change::ChangeForm;
use crate::output::{Document, Item, Tone};
use crate::problem::SCHEMA;
use crate::text::{becomes, bytes_for_people, percent};

/// What the JSON calls a plan.
pub const KIND: &str = "plan";

/// What committing would do. Of a file that somebody wrote by hand only cluster, base and changes need be there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanForm {
    /// Names base, changes and result.
    #[serde(default)]
    pub plan: Option<String>,
    /// The id of the cluster that it is for.
    pub cluster: String,
    /// The version of the ring that it starts from.
    pub base_ring_version: u64,
    /// What it carries out, in order.
    pub changes: Vec<ChangeForm>,
    /// Q; zero: not known.
    #[serde(default)]
    pub partitions: u32,
    /// N; zero: not known.
    #[serde(default)]
    pub n: u8,
    /// How many replicas get a new place.
    #[serde(default)]
    pub replicas_moved: u32,
    /// The fewest that any plan to these shares could move.
    #[serde(default)]
    pub replicas_moved_least: u32,
    /// Bytes to copy, as far as is known.
    #[serde(default)]
    pub bytes: u64,
    /// How long it takes at the limits in force; null: there is no limit.
    #[serde(default)]
    pub time_ms: Option<u64>,
    /// The least live replicas that any partition has on the way.
    #[serde(default)]
    pub live_replicas_least: u8,
    /// Some partitions that come down to that.
    #[serde(default)]
    pub live_replicas_examples: Vec<u32>,
    /// Partitions whose replicas lie in as many zones as there can be, before.
    #[serde(default)]
    pub zoned_before: u32,
    /// The same, after.
    #[serde(default)]
    pub zoned_after: u32,
    /// Largest load over its ideal, less one, before.
    #[serde(default)]
    pub skew_before_permille: u32,
    /// The same, after.
    #[serde(default)]
    pub skew_after_permille: u32,
    /// Who sends to whom.
    #[serde(default)]
    pub pairs: Vec<PairForm>,
    /// Partitions whose replica list changes.
    #[serde(default)]
    pub moves: Vec<MoveForm>,
    /// What stands in the way of a commit.
    #[serde(default)]
    pub blockers: Vec<BlockerForm>,
    /// What an operator should know.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// What goes from one node to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `shared::wire::plan::Pair`, with names")]
pub struct PairForm {
    pub source: String,
    pub target: String,
    pub partitions: u32,
    pub bytes: u64,
}

/// A partition's replica list before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `shared::wire::plan::Move`, with names")]
pub struct MoveForm {
    pub partition: u32,
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// Something that stands in the way of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `shared::wire::plan::Blocker`, with names")]
pub struct BlockerForm {
    pub node: Option<String>,
    pub code: String,
    pub reason: String,
    pub partitions: Vec<u32>,
    pub may_insist: bool,
}

/// One node's part in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `shared::wire::plan::Share`, with ids as text")]
pub struct ShareForm {
    pub name: String,
    pub id: String,
    pub zone: String,
    pub weight_before: u32,
    pub weight_after: u32,
    pub replicas_before: u32,
    pub replicas_after: u32,
    /// Thousandths of all partitions, before; null: of a file that does not say how many there are.
    pub owned_before_permille: Option<u64>,
    /// The same, after.
    pub owned_after_permille: Option<u64>,
    pub replicas_in: u32,
    pub replicas_out: u32,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub disk_peak_bytes: Option<u64>,
    pub disk_free_bytes: Option<u64>,
}

/// A plan with all that belongs to it, as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFile {
    /// The version of this shape.
    pub schema: u32,
    /// [`KIND`].
    pub kind: String,
    /// The plan.
    #[serde(flatten)]
    pub plan: PlanForm,
    /// Every node that is a member before or after.
    #[serde(default)]
    pub items: Vec<ShareForm>,
}

impl PlanFile {
    /// The plan, of a cluster with so many partitions and so many replicas of each.
    pub fn new(plan: &Plan, partitions: u32, n: u8) -> Self {
        let items = plan.shares.iter().map(|share| ShareForm::new(share, partitions)).collect();
        Self { schema: SCHEMA, kind: KIND.to_owned(), plan: form(plan, partitions, n), items }
    }

    /// As a result: the same shape.
    pub fn into_document(self, lines: Vec<String>) -> Document<PlanForm, ShareForm> {
        Document { kind: KIND, head: self.plan, lines, items: self.items }
    }
}

fn form(plan: &Plan, partitions: u32, n: u8) -> PlanForm {
    let names: BTreeMap<NodeId, &Name> = plan.shares.iter().map(|share| (share.node, &share.name)).collect();
    let name = |node: &NodeId| names.get(node).map_or_else(|| node.to_string(), ToString::to_string);
    let all = |nodes: &[NodeId]| nodes.iter().map(name).collect();
    let pairs = plan.pairs.iter().map(|pair| PairForm {
        source: name(&pair.source),
        target: name(&pair.target),
        partitions: pair.partitions,
        bytes: pair.bytes,
    });
    let moves = plan.moves.iter().map(|step| MoveForm {
        partition: step.partition.0,
        before: all(&step.before),
        after: all(&step.after),
    });
    PlanForm {
        plan: Some(plan.id.to_string()),
        cluster: plan.cluster.to_string(),
        base_ring_version: plan.base_ring_version,
        changes: plan.changes.iter().map(ChangeForm::from).collect(),
        partitions,
        n,
        replicas_moved: plan.replicas_moved,
        replicas_moved_least: plan.replicas_moved_least,
        bytes: plan.pairs.iter().map(|pair| pair.bytes).fold(0, u64::saturating_add),
        time_ms: plan.time_ms,
        live_replicas_least: plan.live_replicas_least,
        live_replicas_examples: plan.live_replicas_examples.iter().map(|partition| partition.0).collect(),
        zoned_before: plan.zoned_before,
        zoned_after: plan.zoned_after,
        skew_before_permille: plan.skew_before_permille,
        skew_after_permille: plan.skew_after_permille,
        pairs: pairs.collect(),
        moves: moves.collect(),
        blockers: plan.blockers.iter().map(BlockerForm::from).collect(),
        warnings: plan.warnings.clone(),
    }
}

impl From<&Blocker> for BlockerForm {
    fn from(blocker: &Blocker) -> Self {
        Self {
            node: blocker.node.as_ref().map(Name::to_string),
            code: blocker.code.clone(),
            reason: blocker.reason.clone(),
            partitions: blocker.partitions.iter().map(|partition| partition.0).collect(),
            may_insist: blocker.may_insist,
        }
    }
}

impl ShareForm {
    fn new(share: &Share, partitions: u32) -> Self {
        let owned =
            |replicas: u32| (partitions > 0).then(|| u64::from(replicas) * 1000 / u64::from(partitions));
        Self {
            name: share.name.to_string(),
            id: share.node.to_string(),
            zone: share.zone.to_string(),
            weight_before: share.weight_before,
            weight_after: share.weight_after,
            replicas_before: share.replicas_before,
            replicas_after: share.replicas_after,
            owned_before_permille: owned(share.replicas_before),
            owned_after_permille: owned(share.replicas_after),
            replicas_in: share.replicas_in,
            replicas_out: share.replicas_out,
            bytes_in: share.bytes_in,
            bytes_out: share.bytes_out,
            disk_peak_bytes: share.disk_peak_bytes,
            disk_free_bytes: share.disk_free_bytes,
        }
    }

    /// Whether what it takes in is more than what is free on its disk.
    fn overflows(&self) -> bool {
        self.disk_free_bytes.is_some_and(|free| self.bytes_in > free)
    }
}

impl Item for ShareForm {
    const KIND: &'static str = "node";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec![
            "NODE",
            "ZONE",
            "WEIGHT",
            "REPLICAS",
            "OWNED",
            "IN",
            "OUT",
            "BYTES IN",
            "BYTES OUT",
            "DISK PEAK",
            "DISK FREE",
        ];
        if wide {
            headings.push("ID");
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let number = |number: u32| if number == 0 { "-".to_owned() } else { number.to_string() };
        let owned = |permille: Option<u64>| permille.map_or_else(|| "-".to_owned(), percent);
        let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), bytes_for_people);
        let moved =
            |replicas: u32, bytes: u64| if replicas == 0 { "-".into() } else { bytes_for_people(bytes) };
        let disk = if self.overflows() { Tone::Bad } else { Tone::Plain };
        let plain = |text: String| (text, Tone::Plain);
        let mut cells = vec![
            plain(self.name.clone()),
            plain(self.zone.clone()),
            plain(becomes(&number(self.weight_before), &number(self.weight_after))),
            plain(becomes(&self.replicas_before.to_string(), &self.replicas_after.to_string())),
            plain(becomes(&owned(self.owned_before_permille), &owned(self.owned_after_permille))),
            plain(number(self.replicas_in)),
            plain(number(self.replicas_out)),
            plain(moved(self.replicas_in, self.bytes_in)),
            plain(moved(self.replicas_out, self.bytes_out)),
            (bytes(self.disk_peak_bytes), disk),
            (bytes(self.disk_free_bytes), disk),
        ];
        if wide {
            cells.push(plain(self.id.clone()));
        }
        cells
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;
    use crate::output::Format;
    use crate::output::tests::captured;

    #[test]
    fn what_is_printed_is_what_a_file_holds() {
        let file = PlanFile::new(&sample::plan(), 8, 3);
        let (mut output, out, _) = captured(Some(Format::Json), false);
        output.document(&file.clone().into_document(Vec::new())).unwrap();
        assert_eq!(serde_json::from_str::<PlanFile>(&out.text()).unwrap(), file);
        assert_eq!(file.plan.moves[0].after, ["node-1", "node-2", "node-4"], "nodes are called by name");
    }

    #[test]
    fn a_file_written_by_hand_needs_little() {
        let text = r#"{"schema": 1, "kind": "plan", "cluster": "07", "base_ring_version": 3,
            "changes": [{"change": "leave", "node": "node-1"}], "later": "than this version"}"#;
        let file: PlanFile = serde_json::from_str(text).unwrap();
        assert_eq!((file.plan.plan, file.plan.changes.len()), (None, 1));
    }
}
