//! `cluster init`: the first declared state, out of waiting nodes.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use clap::Args;
use dynamo_client::Looker;
use dynamo_client::address::resolve;
use serde::Serialize;
use shared::id::Name;
use shared::key::VALUE_BYTES_MAX_DEFAULT;
use shared::level::Durability;
use shared::quorum::Quorum;
use shared::token::Partitions;
use shared::wire::admin::{Init, InitMember};
use shared::wire::look::Whoami;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::output::{Document, Item, Tone};
use crate::problem::{Problem, Stop};
use crate::text::{bytes_for_people, size};

/// Create a cluster out of waiting nodes.
///
/// Every node is asked who it is first; all of them must wait with empty stores. N and Q stand from then on. A node is
/// named by its address, or by its name where the profile lists its address.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl cluster init --name prod --replicas 3 n1.example:7400 n2.example:7400 n3.example:7400",
    "dynamo-ctl cluster init --name prod --replicas 3 --bucket sessions --dry-run n1 n2 n3",
])]
pub struct ClusterInit {
    /// What people will call it.
    #[arg(long, value_name = "NAME")]
    name: Name,
    /// N: replicas of every key.
    #[arg(long, value_name = "N", default_value_t = 3)]
    replicas: u8,
    /// R: answers that a get waits for [default: a majority of N].
    #[arg(long, value_name = "R")]
    r: Option<u8>,
    /// W: replicas that a put waits for [default: a majority of N].
    #[arg(long, value_name = "W")]
    w: Option<u8>,
    /// Q: into how many partitions the ring is cut; a power of two from 8 to 65536, for good.
    #[arg(long, value_name = "Q", default_value_t = Partitions::DEFAULT.count())]
    partitions: u32,
    /// Only owners of a key count, never fallbacks, unless a bucket or a request says otherwise.
    #[arg(long)]
    strict: bool,
    /// What counts as written, synced or buffered.
    #[arg(long, value_name = "LEVEL", default_value_t = Durability::Synced)]
    durability: Durability,
    /// A bucket to create; may be given several times. `default` is always there.
    #[arg(long = "bucket", value_name = "NAME")]
    buckets: Vec<Name>,
    /// Longest value.
    #[arg(long, value_name = "SIZE", default_value_t = VALUE_BYTES_MAX_DEFAULT as u64, value_parser = size)]
    value_bytes_max: u64,
    /// Only say what would be created.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// The first members: host:port, or a name.
    #[arg(value_name = "NODE", required = true)]
    nodes: Vec<String>,
}

impl ClusterInit {
    /// Asks every node who it is, checks, and has the first one create the cluster.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let (quorum, partitions) = (self.quorum()?, self.partitions()?);
        let found = self.find(app).await?;
        let (first, members) = checked(found, quorum)?;
        if !quorum.overlaps() {
            app.output.note(&format!("R+W is not above N ({quorum}): a get may miss the newest put"));
        }
        let init = Init {
            name: self.name.clone(),
            quorum,
            partitions,
            strict: self.strict,
            durability: self.durability,
            value_bytes_max: self.value_bytes_max,
            buckets: self.all_buckets(),
            members,
        };
        let mut document = document(&init);
        if self.dry_run {
            document.lines.insert(0, "would create:".to_owned());
            app.output.document(&document)?;
            return Ok(Exit::Ok);
        }
        let administrator = app.administrator_at(&[first.to_string()]).await?;
        let version = administrator.with_timeout(app.timeout()).init(first, init).await?;
        document.head.ring_version = Some(version);
        document.lines.insert(0, "created:".to_owned());
        app.output.document(&document)?;
        Ok(Exit::Ok)
    }

    fn quorum(&self) -> Result<Quorum, Problem> {
        let wrong = |error: shared::quorum::NotAQuorum| Problem::usage(error.to_string());
        Quorum::majority(self.replicas).and_then(|quorum| quorum.with(self.r, self.w)).map_err(wrong)
    }

    fn partitions(&self) -> Result<Partitions, Problem> {
        Partitions::new(self.partitions).map_err(|error| Problem::usage(error.to_string()))
    }

    fn all_buckets(&self) -> Vec<Name> {
        let mut seen = BTreeSet::new();
        self.buckets.iter().filter(|name| name.as_str() != "default" && seen.insert(*name)).cloned().collect()
    }

    /// Who each of the nodes is.
    async fn find(&self, app: &mut App) -> Result<Vec<(SocketAddr, Whoami)>, Stop> {
        let mut found = Vec::new();
        let named: Vec<&String> = self.nodes.iter().filter(|node| !node.contains(':')).collect();
        let listed = if named.is_empty() { Vec::new() } else { of_profile(&app.looker().await?).await };
        for node in &self.nodes {
            if named.contains(&node) {
                found.push(by_name(node, &listed)?);
                continue;
            }
            let looker = app.looker_at(std::slice::from_ref(node)).await?;
            found.push(at_address(node, &looker).await?);
        }
        Ok(found)
    }
}

/// The nodes that the profile lists and that answer.
async fn of_profile(looker: &Looker) -> Vec<(SocketAddr, Whoami)> {
    let answers = looker.whoami_of_all(looker.addresses()).await;
    answers.into_iter().filter_map(|(address, answer)| answer.ok().map(|whoami| (address, whoami))).collect()
}

fn by_name(name: &str, listed: &[(SocketAddr, Whoami)]) -> Result<(SocketAddr, Whoami), Problem> {
    listed.iter().find(|(_, whoami)| whoami.name.as_str() == name).cloned().ok_or_else(|| {
        let near = dynamo_client::near::near(name, listed.iter().map(|(_, whoami)| &whoami.name));
        let unknown = Problem::new(
            Exit::NotFound,
            "unknown-node",
            format!("no node of that name answers at the profile's addresses: `{name}`"),
        );
        match near.first() {
            Some(near) => unknown.try_this(format!("did you mean {near}?")),
            None => unknown.try_this("name it by its address, host:port"),
        }
    })
}

/// The node at an address; a host may have several, of which one answers.
async fn at_address(node: &str, looker: &Looker) -> Result<(SocketAddr, Whoami), Stop> {
    let addresses = resolve(&[node.to_owned()]).await?;
    let mut failed = None;
    for (address, answer) in looker.whoami_of_all(&addresses).await {
        match answer {
            Ok(whoami) => return Ok((address, whoami)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // `resolve` returns at least one address.
    Err(failed.map_or_else(|| Problem::usage(format!("`{node}` has no address")), Problem::from).into())
}

/// Where to send it, and the members, if a cluster can be made of these nodes.
fn checked(
    found: Vec<(SocketAddr, Whoami)>,
    quorum: Quorum,
) -> Result<(SocketAddr, Vec<InitMember>), Problem> {
    let refused = |error: String| Problem::new(Exit::Refused, "pre-flight", error);
    let taken: Vec<String> = found
        .iter()
        .filter_map(|(_, who)| {
            who.state_version.map(|version| format!("{} (ring version {version})", who.name))
        })
        .collect();
    if !taken.is_empty() {
        let taken = taken.join(", ");
        return Err(refused(format!("these nodes belong to a cluster already: {taken}"))
            .try_this("`dynamo-ctl cluster show` shows it"));
    }
    let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
    for (_, who) in &found {
        if !ids.insert(who.node) {
            return Err(Problem::usage(format!("{} is named twice", who.name)));
        }
        if !names.insert(&who.name) {
            return Err(refused(format!("two nodes are called {}", who.name)));
        }
    }
    if found.len() < usize::from(quorum.n()) {
        let (wanted, given) = (quorum.n(), found.len());
        return Err(Problem::usage(format!("N={wanted} wants at least {wanted} nodes; {given} are named")));
    }
    let first = found.first().map(|(address, _)| *address);
    let members = found.into_iter().map(|(_, who)| InitMember {
        node: who.node,
        name: who.name,
        address: who.address,
        zone: who.zone,
        weight: 1,
    });
    let members = members.collect();
    first.map(|first| (first, members)).ok_or_else(|| Problem::usage("no node is named"))
}

/// What is created, for programs.
#[derive(Debug, Serialize)]
struct Created {
    cluster: String,
    n: u8,
    r: u8,
    w: u8,
    partitions: u32,
    strict: bool,
    durability: Durability,
    value_bytes_max: u64,
    buckets: Vec<String>,
    ring_version: Option<u64>,
}

/// A first member.
#[derive(Debug, Serialize)]
struct FirstMember {
    name: String,
    id: String,
    address: String,
    zone: String,
}

fn document(init: &Init) -> Document<Created, FirstMember> {
    let items: Vec<FirstMember> = init
        .members
        .iter()
        .map(|member| FirstMember {
            name: member.name.to_string(),
            id: member.node.to_string(),
            address: member.address.to_string(),
            zone: member.zone.to_string(),
        })
        .collect();
    let buckets: Vec<String> =
        std::iter::once("default".to_owned()).chain(init.buckets.iter().map(Name::to_string)).collect();
    let lines = vec![
        format!("cluster {}  {}  Q={}", init.name, init.quorum, init.partitions.count()),
        format!(
            "{}, {}, values up to {}, buckets: {}",
            if init.strict { "strict" } else { "sloppy" },
            init.durability,
            bytes_for_people(init.value_bytes_max),
            buckets.join(", ")
        ),
    ];
    let head = Created {
        cluster: init.name.to_string(),
        n: init.quorum.n(),
        r: init.quorum.r(),
        w: init.quorum.w(),
        partitions: init.partitions.count(),
        strict: init.strict,
        durability: init.durability,
        value_bytes_max: init.value_bytes_max,
        buckets,
        ring_version: None,
    };
    Document { kind: "cluster-init", head, lines, items }
}

impl Item for FirstMember {
    const KIND: &'static str = "member";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["NODE", "ADDRESS", "ZONE", "ID"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        [&self.name, &self.address, &self.zone, &self.id].map(|text| (text.clone(), Tone::Plain)).to_vec()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use shared::id::{Boot, ClusterId, NodeId};

    use super::*;

    fn node(number: u16, state_version: Option<u64>) -> (SocketAddr, Whoami) {
        let address = SocketAddr::from(([127, 0, 0, 1], 7400 + number));
        let whoami = Whoami {
            cluster: ClusterId(7),
            node: NodeId(number.into()),
            name: format!("n{number}").parse().unwrap(),
            address,
            zone: "z1".parse().unwrap(),
            boot: Boot(1),
            state_version,
            program: "0".into(),
        };
        (address, whoami)
    }

    fn problem(found: Vec<(SocketAddr, Whoami)>) -> (u8, String) {
        let problem = checked(found, Quorum::DEFAULT).unwrap_err();
        (problem.exit.code(), problem.error)
    }

    #[test]
    fn a_cluster_is_made_of_enough_different_waiting_nodes() {
        let waiting = |number| node(number, None);
        let (first, members) = checked(vec![waiting(2), waiting(1), waiting(3)], Quorum::DEFAULT).unwrap();
        assert_eq!(first, waiting(2).0);
        assert_eq!(members.iter().map(|member| member.node.0).collect::<Vec<_>>(), [2, 1, 3]);

        assert_eq!(problem(vec![waiting(1), waiting(2)]).0, 2);
        assert_eq!(problem(vec![waiting(1), waiting(1), waiting(2)]), (2, "n1 is named twice".into()));
        let taken = vec![waiting(1), node(2, Some(4)), waiting(3)];
        let wanted = "these nodes belong to a cluster already: n2 (ring version 4)";
        assert_eq!(problem(taken), (9, wanted.into()));
    }

    #[test]
    fn a_node_is_found_by_its_name() {
        let listed = [node(1, None), node(2, None)];
        assert_eq!(by_name("n2", &listed).unwrap().1.node, NodeId(2));
        let unknown = by_name("n3", &listed).unwrap_err();
        assert_eq!(unknown.exit.code(), 4);
        assert!(unknown.hint.unwrap().starts_with("did you mean n"));
    }
}
