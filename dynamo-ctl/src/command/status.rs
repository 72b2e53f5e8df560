//! `status`: which nodes are up, what they hold, and what is amiss.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use dynamo_client::{Answers, ClientError};
use serde::Serialize;
use shared::error::Failure;
use shared::id::NodeId;
use shared::map::ClusterMap;
use shared::wire::cluster::{ClusterView, Status as Standing};
use shared::wire::look::{NodeStatus, Whoami};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::form::operation::OperationForm;
use crate::output::{Document, Item, Tone};
use crate::problem::Stop;
use crate::text::{bytes_for_people, duration_for_people};

/// How long one node may take to answer before it counts as down, unless --timeout says otherwise.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which nodes are up, what they hold, and what is amiss.
///
/// Every member is asked at the same time. The two letters are liveness (U up, D down: it does not answer here and now)
/// and state (N normal, J joining, L leaving, X given up for lost, W waiting with an empty store). OWNED is the part of all partitions that the node holds a
/// replica of; UNCOMPARED how many of them it has not compared with other owners since it started, so that its "not
/// found" does not count there yet. Exits 0 if all is well, 10 if a node is down or not compared yet.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl status",
    "dynamo-ctl status -o wide",
    "dynamo-ctl status -o json | jq .findings",
])]
pub struct Status {}

impl Status {
    /// Asks, prints, and judges.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let looker = app.looker().await?;
        let looker = looker.with_timeout(app.global.timeout.unwrap_or(PATIENCE));
        let map = match looker.find_map().await {
            Ok(map) => map,
            Err(error) if matches!(error.failure(), Some(Failure::Waiting { .. })) => {
                let answers = looker.whoami_of_all(looker.addresses()).await;
                app.output.document(&waiting(answers))?;
                app.output.note("no cluster yet; `dynamo-ctl cluster init` creates it out of waiting nodes");
                return Ok(Exit::Unavailable);
            }
            Err(error) => return Err(error.into()),
        };
        let addresses: Vec<SocketAddr> = map.members.values().map(|member| member.address).collect();
        let answers = looker.status_of_all(&addresses).await;
        // What is staged and under way is worth a line; where nobody can tell, the rest stands.
        let view = looker.newest_cluster(looker.addresses()).await.ok().map(|(view, _)| view);
        let document = document(&map, answers, view.as_ref());
        app.output.document(&document)?;
        Ok(if document.head.findings.is_empty() { Exit::Ok } else { Exit::Degraded })
    }
}

/// The cluster as a whole.
#[derive(Debug, Serialize)]
struct Head {
    cluster: String,
    id: String,
    n: u8,
    r: u8,
    w: u8,
    partitions: u32,
    ring_version: u64,
    health: &'static str,
    findings: Vec<String>,
    /// The operation under way.
    operation: Option<OperationForm>,
    /// Changes that wait to be committed.
    staged: Vec<String>,
}

/// One node.
#[derive(Debug, Serialize)]
struct Line {
    code: String,
    name: String,
    id: String,
    address: String,
    zone: String,
    /// Thousandths of all partitions.
    owned_permille: u64,
    partitions_owned: u64,
    /// Unknown where the node does not answer.
    #[serde(flatten)]
    told: Option<Told>,
    error: Option<String>,
}

/// What a node that answers says of itself.
#[derive(Debug, Serialize)]
struct Told {
    records: u64,
    hints: u64,
    conflicts: u64,
    partitions_uncompared: u32,
    ring_version: Option<u64>,
    boot: u64,
    program: String,
    uptime_ms: u64,
    disk_used_bytes: u64,
    disk_free_bytes: u64,
    refuses_writes: Option<String>,
}

impl Told {
    fn new(status: &NodeStatus) -> Self {
        let store = &status.store;
        Self {
            records: store.records,
            hints: store.hints,
            conflicts: store.conflicts,
            partitions_uncompared: status.partitions_owned.saturating_sub(status.partitions_compared),
            ring_version: status.whoami.state_version,
            boot: status.whoami.boot.0,
            program: status.whoami.program.clone(),
            uptime_ms: status.uptime_ms,
            disk_used_bytes: store.disk_used_bytes,
            disk_free_bytes: store.disk_free_bytes,
            refuses_writes: store.refuses_writes.clone(),
        }
    }
}

fn document(
    map: &ClusterMap,
    answers: Answers<NodeStatus>,
    view: Option<&ClusterView>,
) -> Document<Head, Line> {
    let members = map.members.keys().zip(answers);
    let mut items: Vec<Line> =
        members.map(|(node, (_, answer))| line(map, *node, answer, letter(*node, view))).collect();
    items.sort_by(|one, other| one.name.cmp(&other.name));
    let findings = findings(map, &items);
    let health = if findings.is_empty() { "healthy" } else { "degraded" };
    let mut lines = vec![format!(
        "cluster {} ({})  {}  Q={}  ring version {}  {health}",
        map.name,
        map.cluster,
        map.quorum,
        map.partitions.count(),
        map.version
    )];
    lines.extend(findings.iter().map(|finding| format!("! {finding}")));
    let operation = view.and_then(|view| {
        let under_way = view.operations.iter().find(|operation| !operation.state.is_over());
        under_way.map(|operation| OperationForm::new(operation, view))
    });
    let staged: Vec<String> = view
        .map(|view| view.staged.iter().map(|staged| staged.change.to_string()).collect())
        .unwrap_or_default();
    lines.extend(operation.iter().map(OperationForm::line));
    if !staged.is_empty() {
        lines.push(format!("staged: {}", staged.join(", ")));
    }
    let head = Head {
        cluster: map.name.to_string(),
        id: map.cluster.to_string(),
        n: map.quorum.n(),
        r: map.quorum.r(),
        w: map.quorum.w(),
        partitions: map.partitions.count(),
        ring_version: map.version,
        health,
        findings,
        operation,
        staged,
    };
    Document { kind: "status", head, lines, items }
}

/// Where a member stands, as declared.
fn letter(node: NodeId, view: Option<&ClusterView>) -> char {
    let known = view.and_then(|view| view.nodes.iter().find(|known| known.node == node));
    match known.map(|known| known.status) {
        Some(Standing::Joining) => 'J',
        Some(Standing::Leaving) => 'L',
        Some(Standing::Lost) => 'X',
        _ => 'N',
    }
}

fn line(map: &ClusterMap, node: NodeId, answer: Result<NodeStatus, ClientError>, declared: char) -> Line {
    let owned = map.replicas.iter().filter(|owners| owners.contains(&node)).count() as u64;
    let member = map.members.get(&node);
    let (told, error) = match answer {
        Ok(status) => (Some(Told::new(&status)), None),
        Err(error) => (None, Some(error.cause().unwrap_or_else(|| error.to_string()))),
    };
    let state = if told.as_ref().is_some_and(|told| told.ring_version.is_none()) { 'W' } else { declared };
    Line {
        code: format!("{}{state}", if told.is_some() { 'U' } else { 'D' }),
        name: map.name_of(node),
        id: node.to_string(),
        address: member.map_or_else(String::new, |member| member.address.to_string()),
        zone: member.map_or_else(String::new, |member| member.zone.to_string()),
        owned_permille: owned * 1000 / u64::from(map.partitions.count()),
        partitions_owned: owned,
        told,
        error,
    }
}

/// What is amiss, each in one line.
fn findings(map: &ClusterMap, lines: &[Line]) -> Vec<String> {
    let mut findings = Vec::new();
    for line in lines {
        let name = &line.name;
        let Some(told) = &line.told else {
            let why = line.error.as_deref().unwrap_or("it does not answer");
            findings.push(format!("{name} is down: {why}"));
            continue;
        };
        match told.ring_version {
            None => findings.push(format!("{name} is a member, but waits with an empty store")),
            Some(version) if version < map.version => {
                findings.push(format!("{name} has ring version {version}, not {} yet", map.version));
            }
            Some(_) => {}
        }
        if told.partitions_uncompared > 0 {
            let count = told.partitions_uncompared;
            findings.push(format!("{name} has {count} partitions not compared since it started"));
        }
        if let Some(why) = &told.refuses_writes {
            findings.push(format!("{name} takes no more writes: {why}"));
        }
    }
    findings
}

impl Item for Line {
    const KIND: &'static str = "node";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec![
            "",
            "NODE",
            "ADDRESS",
            "ZONE",
            "OWNED",
            "RECORDS",
            "HINTS",
            "CONFLICTS",
            "UNCOMPARED",
            "RING",
        ];
        if wide {
            headings.extend(["ID", "BOOT", "PROGRAM", "UPTIME", "DISK USED", "DISK FREE"]);
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let owned = format!("{}.{}%", self.owned_permille / 10, self.owned_permille % 10);
        let tone = if self.code.starts_with('U') && self.code != "UW" { Tone::Good } else { Tone::Bad };
        let mut cells = vec![(self.code.clone(), tone)];
        cells.extend([&self.name, &self.address, &self.zone, &owned].map(|text| (text.clone(), Tone::Plain)));
        let told = |read: &dyn Fn(&Told) -> String| self.told.as_ref().map_or_else(|| "-".to_owned(), read);
        let is_behind = self.told.as_ref().is_some_and(|told| told.partitions_uncompared > 0);
        cells.extend([
            (told(&|told| told.records.to_string()), Tone::Plain),
            (told(&|told| told.hints.to_string()), Tone::Plain),
            (told(&|told| told.conflicts.to_string()), Tone::Plain),
            (
                told(&|told| told.partitions_uncompared.to_string()),
                if is_behind { Tone::Warning } else { Tone::Plain },
            ),
            (
                told(&|told| told.ring_version.map_or_else(|| "-".to_owned(), |version| version.to_string())),
                Tone::Plain,
            ),
        ]);
        if wide {
            cells.push((self.id.clone(), Tone::Plain));
            let texts = [
                told(&|told| told.boot.to_string()),
                told(&|told| told.program.clone()),
                told(&|told| duration_for_people(told.uptime_ms)),
                told(&|told| bytes_for_people(told.disk_used_bytes)),
                told(&|told| bytes_for_people(told.disk_free_bytes)),
            ];
            cells.extend(texts.map(|text| (text, Tone::Plain)));
        }
        cells
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// Nodes without a cluster.
#[derive(Debug, Serialize)]
struct NoCluster {
    health: &'static str,
}

/// A node that waits, or that cannot be reached.
#[derive(Debug, Serialize)]
struct WaitingLine {
    code: &'static str,
    name: Option<String>,
    id: Option<String>,
    address: String,
    zone: Option<String>,
    error: Option<String>,
}

fn waiting(answers: Answers<Whoami>) -> Document<NoCluster, WaitingLine> {
    // A node may be listed under several names of its address.
    let mut known = BTreeSet::new();
    let mut items = Vec::new();
    for (address, answer) in answers {
        let line = match answer {
            Ok(whoami) if !known.insert(whoami.node) => continue,
            Ok(whoami) => WaitingLine {
                code: "UW",
                name: Some(whoami.name.to_string()),
                id: Some(whoami.node.to_string()),
                address: whoami.address.to_string(),
                zone: Some(whoami.zone.to_string()),
                error: None,
            },
            Err(error) => WaitingLine {
                code: "D?",
                name: None,
                id: None,
                address: address.to_string(),
                zone: None,
                error: Some(error.cause().unwrap_or_else(|| error.to_string())),
            },
        };
        items.push(line);
    }
    let lines = vec!["no cluster yet: these nodes wait with empty stores".to_owned()];
    Document { kind: "status", head: NoCluster { health: "waiting" }, lines, items }
}

impl Item for WaitingLine {
    const KIND: &'static str = "node";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["", "NODE", "ADDRESS", "ZONE", "ID"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        let or_dash = |text: &Option<String>| (text.clone().unwrap_or_else(|| "-".to_owned()), Tone::Plain);
        let tone = if self.code == "UW" { Tone::Warning } else { Tone::Bad };
        vec![
            (self.code.to_owned(), tone),
            or_dash(&self.name),
            (self.address.clone(), Tone::Plain),
            or_dash(&self.zone),
            or_dash(&self.id),
        ]
    }

    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.address.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use dynamo_client::Attempts;
    use shared::id::{Boot, ClusterId};
    use shared::level::Durability;
    use shared::map::Member;
    use shared::quorum::Quorum;
    use shared::token::Partitions;
    use shared::wire::look::{Counters, StoreStatus};

    use super::*;
    use crate::output::Format;
    use crate::output::tests::captured;

    fn map() -> ClusterMap {
        let member = |number: u16| Member {
            name: format!("n{number}").parse().unwrap(),
            address: ([127, 0, 0, 1], 7400 + number).into(),
            zone: "z1".parse().unwrap(),
        };
        ClusterMap {
            cluster: ClusterId(7),
            name: "prod".parse().unwrap(),
            version: 3,
            quorum: Quorum::DEFAULT,
            strict: false,
            durability: Durability::Synced,
            value_bytes_max: 1024,
            partitions: Partitions::new(8).unwrap(),
            members: (1..=4).map(|number| (NodeId(number.into()), member(number))).collect(),
            replicas: (0..8_u64)
                .map(|first| (0..3).map(|step| NodeId((first + step) % 4 + 1)).collect())
                .collect(),
            buckets: BTreeMap::new(),
        }
    }

    fn status(number: u64, uncompared: u32) -> NodeStatus {
        let map = map();
        let member = &map.members[&NodeId(number)];
        NodeStatus {
            whoami: Whoami {
                cluster: map.cluster,
                node: NodeId(number),
                name: member.name.clone(),
                address: member.address,
                zone: member.zone.clone(),
                boot: Boot(2),
                state_version: Some(3),
                program: "0.1.0".into(),
            },
            uptime_ms: 61_000,
            peers: Vec::new(),
            partitions_owned: 6,
            partitions_compared: 6 - uncompared,
            store: StoreStatus { records: 100 * number, hints: number, ..StoreStatus::default() },
            counters: Counters::default(),
        }
    }

    fn answers(of: Vec<Result<NodeStatus, ClientError>>) -> Answers<NodeStatus> {
        of.into_iter().map(|answer| (SocketAddr::from(([127, 0, 0, 1], 1)), answer)).collect()
    }

    fn printed(answers: Answers<NodeStatus>, format: Format) -> String {
        let (mut output, out, _) = captured(Some(format), false);
        output.document(&document(&map(), answers, None)).unwrap();
        out.text()
    }

    #[test]
    fn a_healthy_cluster_is_one_line_a_node() {
        let healthy = || answers((1..=4).map(|number| Ok(status(number, 0))).collect());
        assert_eq!(
            printed(healthy(), Format::Table),
            "cluster prod (00000000000000000000000000000007)  N=3 R=2 W=2  Q=8  ring version 3  healthy\n\
             \u{20}   NODE  ADDRESS         ZONE  OWNED  RECORDS  HINTS  CONFLICTS  UNCOMPARED  RING\n\
             UN  n1    127.0.0.1:7401  z1    75.0%  100      1      0          0           3\n\
             UN  n2    127.0.0.1:7402  z1    75.0%  200      2      0          0           3\n\
             UN  n3    127.0.0.1:7403  z1    75.0%  300      3      0          0           3\n\
             UN  n4    127.0.0.1:7404  z1    75.0%  400      4      0          0           3\n"
        );
        assert_eq!(printed(healthy(), Format::Name), "n1\nn2\nn3\nn4\n");
        assert!(document(&map(), healthy(), None).head.findings.is_empty());
    }

    #[test]
    fn what_is_amiss_is_said_and_stands_in_the_line() {
        let down = ClientError::NoNodeReachable { attempts: Attempts::default() };
        let mut behind = status(4, 0);
        behind.whoami.state_version = Some(2);
        let amiss = answers(vec![Ok(status(1, 0)), Ok(status(2, 5)), Err(down), Ok(behind)]);
        let json: serde_json::Value = serde_json::from_str(&printed(amiss, Format::Json)).unwrap();
        assert_eq!(json["health"], "degraded");
        let wanted = [
            "n2 has 5 partitions not compared since it started",
            "n3 is down: no node can be reached",
            "n4 has ring version 2, not 3 yet",
        ];
        assert_eq!(json["findings"], serde_json::json!(wanted));
        assert_eq!(json["items"][2]["code"], "DN");
        assert_eq!(json["items"][1]["partitions_uncompared"], 5);
        assert_eq!(json["items"][0]["id"], "0000000000000001");
    }

    #[test]
    fn waiting_nodes_are_listed_once_each() {
        let mut whoami = status(1, 0).whoami;
        whoami.state_version = None;
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let document = waiting(vec![(address, Ok(whoami.clone())), (address, Ok(whoami))]);
        assert_eq!(document.items.len(), 1);
        assert_eq!(document.items[0].code, "UW");
    }
}
