//! What a development cluster was made with, kept from one start to the next, and what its flags may still say then.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use serde::{Deserialize, Serialize};
use shared::id::Name;
use shared::quorum::Quorum;
use shared::token::Partitions;

use super::args::DevArgs;
use super::error::DevError;
use super::layout::Layout;

const NODES: u8 = 3;
const REPLICAS: u8 = 3;
const BASE_PORT: u16 = 7700;

/// Where free ports are looked for: below those that the system hands to programs that do not care, so that a node
/// that is down for a while finds its own port free when it comes back.
const FREE_PORTS: std::ops::Range<u16> = 10_240..32_000;

/// What is written into the marker file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// The cluster's name, and its profile's.
    pub(super) profile: Name,
    /// N.
    pub(super) replicas: u8,
    /// Q.
    pub(super) partitions: u32,
    /// One for each node.
    pub(super) ports: Vec<u16>,
}

impl Kept {
    /// What was kept, if it does not contradict the arguments; else what the arguments ask for, not yet written.
    pub(super) fn settle(layout: &Layout, args: &DevArgs) -> Result<Self, DevError> {
        match Self::read(layout)? {
            Some(kept) => kept.contradiction(layout, args).map_or(Ok(kept), Err),
            None => Self::asked_for(layout, args),
        }
    }

    /// What was kept, if anything was.
    pub(super) fn read(layout: &Layout) -> Result<Option<Self>, DevError> {
        let wrong = |reason| DevError::Kept { path: layout.marker(), reason };
        match fs::read_to_string(layout.marker()) {
            Ok(text) => {
                let kept: Self = toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
                kept.check().map_err(wrong)?;
                Ok(Some(kept))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DevError::file("read", &layout.marker())(error)),
        }
    }

    /// Writes it, which makes the folder one of ours.
    pub(super) fn write(&self, layout: &Layout) -> Result<(), DevError> {
        let path = layout.marker();
        let text = toml::to_string(self)
            .map_err(|error| DevError::Kept { path: path.clone(), reason: error.to_string() })?;
        let text =
            format!("# Made by `dynamo-node dev`, which removes this whole folder with --clean.\n{text}");
        fs::write(&path, text).map_err(DevError::file("write", &path))
    }

    /// How many nodes.
    pub(super) fn nodes(&self) -> usize {
        self.ports.len()
    }

    /// Where the nodes listen.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.ports.iter().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).collect()
    }

    /// N, and a majority of it for R and W.
    pub(super) fn quorum(&self) -> Result<Quorum, DevError> {
        Quorum::majority(self.replicas).map_err(|wrong| DevError::Usage(wrong.to_string()))
    }

    /// Q.
    pub(super) fn partitions(&self) -> Result<Partitions, DevError> {
        Partitions::new(self.partitions).map_err(|wrong| DevError::Usage(wrong.to_string()))
    }

    /// A port for one more node: the one after the last, where ports follow each other and that one is free and nobody's
    /// who is `known`; else any that is free.
    pub(super) fn another_port(&self, known: &BTreeSet<u16>) -> Result<u16, DevError> {
        let follows = |pair: &[u16]| matches!(pair, [one, next] if one.checked_add(1) == Some(*next));
        let is_good = |port: &u16| !known.contains(port) && is_free((Ipv4Addr::LOCALHOST, *port).into());
        let last = self.ports.iter().chain(known).max().copied().unwrap_or(BASE_PORT);
        let next = last.checked_add(1).filter(|_| self.ports.len() > 1 && self.ports.windows(2).all(follows));
        if let Some(next) = next.filter(is_good) {
            return Ok(next);
        }
        free_ports(64)?.into_iter().find(|port| is_good(port)).ok_or(DevError::NoPorts)
    }

    fn asked_for(layout: &Layout, args: &DevArgs) -> Result<Self, DevError> {
        let nodes = args.nodes.unwrap_or(NODES);
        let replicas = args.replicas.unwrap_or_else(|| nodes.min(REPLICAS));
        if replicas > nodes {
            return Err(DevError::Usage(format!(
                "{replicas} replicas of each key need as many nodes, and --nodes is {nodes}"
            )));
        }
        let ports = match args.base_port.unwrap_or(BASE_PORT) {
            0 => free_ports(nodes)?,
            base => consecutive_ports(base, nodes)?,
        };
        Ok(Self {
            profile: layout.profile.clone(),
            replicas,
            partitions: args.partitions.unwrap_or(Partitions::DEFAULT).count(),
            ports,
        })
    }

    /// The file may have been edited.
    fn check(&self) -> Result<(), String> {
        let distinct: BTreeSet<u16> = self.ports.iter().copied().collect();
        if self.ports.is_empty() || distinct.len() != self.ports.len() || distinct.contains(&0) {
            return Err("a port for each node is wanted, and no port twice".to_owned());
        }
        if usize::from(self.replicas) > self.ports.len() {
            return Err(format!("{} replicas need as many nodes", self.replicas));
        }
        Quorum::majority(self.replicas).map_err(|wrong| wrong.to_string())?;
        Partitions::new(self.partitions).map_err(|wrong| wrong.to_string())?;
        Ok(())
    }

    fn contradiction(&self, layout: &Layout, args: &DevArgs) -> Option<DevError> {
        let differs = |flag, kept: String, asked: Option<String>| {
            let asked = asked.filter(|asked| *asked != kept)?;
            Some(DevError::Contradiction { directory: layout.directory.clone(), flag, kept, asked })
        };
        let base_port = self.ports.first().map(u16::to_string).unwrap_or_default();
        // Any port will do, so those that are kept will.
        let asked_base_port = args.base_port.filter(|port| *port != 0);
        differs("--nodes", self.nodes().to_string(), args.nodes.map(|nodes| nodes.to_string()))
            .or_else(|| {
                differs("--replicas", self.replicas.to_string(), args.replicas.map(|n| n.to_string()))
            })
            .or_else(|| {
                let asked = args.partitions.map(|q| q.count().to_string());
                differs("--partitions", self.partitions.to_string(), asked)
            })
            .or_else(|| differs("--base-port", base_port, asked_base_port.map(|port| port.to_string())))
            .or_else(|| differs("--name", self.profile.to_string(), Some(layout.profile.to_string())))
    }
}

/// Whether nobody listens there.
pub(super) fn is_free(address: SocketAddr) -> bool {
    UdpSocket::bind(address).is_ok()
}

fn consecutive_ports(base: u16, nodes: u8) -> Result<Vec<u16>, DevError> {
    (0..u16::from(nodes))
        .map(|offset| base.checked_add(offset))
        .collect::<Option<Vec<u16>>>()
        .ok_or_else(|| DevError::Usage(format!("{nodes} ports from {base} on go beyond 65535")))
}

/// Distinct free ports, drawn at random so that two starts at once do not meet.
fn free_ports(nodes: u8) -> Result<Vec<u16>, DevError> {
    let mut ports = BTreeSet::new();
    let mut taken = Vec::new();
    for _ in 0..10_000 {
        if taken.len() == usize::from(nodes) {
            return Ok(taken);
        }
        let drawn = getrandom::u32().map_err(|_| DevError::NoPorts)?;
        let width = u32::from(FREE_PORTS.end - FREE_PORTS.start);
        let offset = u16::try_from(drawn % width).map_err(|_| DevError::NoPorts)?;
        let port = FREE_PORTS.start + offset;
        if ports.insert(port) && is_free((Ipv4Addr::LOCALHOST, port).into()) {
            taken.push(port);
        }
    }
    Err(DevError::NoPorts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::{Exit, Trouble};

    fn layout(folder: &std::path::Path) -> Layout {
        let args = DevArgs { dir: Some(folder.to_owned()), name: Some("t".parse().unwrap()), ..args() };
        Layout::of(&args).unwrap()
    }

    fn args() -> DevArgs {
        DevArgs { base_port: Some(0), ..DevArgs::default() }
    }

    #[test]
    fn a_fresh_cluster_has_three_of_everything() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::settle(&layout(folder.path()), &DevArgs::default()).unwrap();
        assert_eq!(kept.ports, [7700, 7701, 7702]);
        assert_eq!((kept.replicas, kept.partitions), (3, 1024));
        assert_eq!(kept.quorum().unwrap(), Quorum::DEFAULT);
    }

    #[test]
    fn fewer_nodes_mean_fewer_replicas_unless_more_are_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        let one = DevArgs { nodes: Some(1), ..args() };
        assert_eq!(Kept::settle(&layout, &one).unwrap().replicas, 1);
        let refused = Kept::settle(&layout, &DevArgs { replicas: Some(2), ..one }).unwrap_err();
        assert!(refused.to_string().contains("need as many nodes"), "{refused}");
    }

    #[test]
    fn what_is_kept_stands_and_contradictions_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        let kept = Kept::settle(&layout, &args()).unwrap();
        kept.write(&layout).unwrap();
        assert_eq!(Kept::settle(&layout, &args()).unwrap(), kept, "ports are remembered");
        assert_eq!(Kept::settle(&layout, &DevArgs { nodes: Some(3), ..args() }).unwrap(), kept);
        for (asked, flag) in [
            (DevArgs { nodes: Some(4), ..args() }, "--nodes 4"),
            (DevArgs { replicas: Some(2), ..args() }, "--replicas 2"),
            (DevArgs { partitions: Some(Partitions::new(8).unwrap()), ..args() }, "--partitions 8"),
            (DevArgs { base_port: Some(9), ..args() }, "--base-port 9"),
        ] {
            let refused = Kept::settle(&layout, &asked).unwrap_err();
            assert!(refused.to_string().contains(flag), "{refused}");
            let trouble = Trouble::from(refused);
            assert!(trouble.hint.contains("--clean"), "{trouble}");
            assert_eq!(trouble.exit, Exit::Configuration);
        }
    }

    #[test]
    fn an_edited_file_is_refused_and_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        for text in [
            "",
            "profile = \"dev-t\"\nreplicas = 3\npartitions = 64\nports = []\n",
            "profile = \"dev-t\"\nreplicas = 3\npartitions = 64\nports = [1, 2, 2]\n",
            "profile = \"dev-t\"\nreplicas = 3\npartitions = 65\nports = [1, 2, 3]\n",
            "profile = \"dev-t\"\nreplicas = 4\npartitions = 64\nports = [1, 2, 3]\n",
        ] {
            fs::write(layout.marker(), text).unwrap();
            assert!(matches!(Kept::settle(&layout, &args()), Err(DevError::Kept { .. })), "{text}");
        }
    }

    #[test]
    fn another_node_gets_a_port_that_no_node_has() {
        let ports = free_ports(2).unwrap();
        let kept =
            Kept { profile: "dev".parse().unwrap(), replicas: 1, partitions: 16, ports: ports.clone() };
        let known: BTreeSet<u16> = ports.iter().copied().collect();
        let another = kept.another_port(&known).unwrap();
        assert!(!ports.contains(&another) && another >= 1024, "{another}");
    }

    #[test]
    fn ports_stay_within_what_there_is() {
        assert!(consecutive_ports(65_534, 3).is_err());
        let free = free_ports(5).unwrap();
        assert!(free.iter().all(|port| FREE_PORTS.contains(port)));
        assert_eq!(free.iter().collect::<BTreeSet<_>>().len(), 5);
    }
}
