//! The configuration file of one node of a development cluster.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;
use shared::id::Name;

use super::error::DevError;
use super::layout::{Layout, NodeFolder};
use crate::config::Seed;

/// Of all that a node's file can say, what a node of a development cluster has to be told; the rest is left to its
/// defaults, so that a kept folder gets those of the program that is run.
#[derive(Debug, Serialize)]
struct NodeFile {
    listen: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<Name>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seeds: Vec<Seed>,
    data_dir: PathBuf,
    pid_file: PathBuf,
    tls: Tls,
}

#[derive(Debug, Serialize)]
struct Tls {
    ca: PathBuf,
    cert: PathBuf,
    key: PathBuf,
}

/// What tells one node of a development cluster from another.
#[derive(Debug, Default)]
pub(super) struct Particulars {
    /// The cluster's nodes, for one that is to be let in.
    pub(super) seeds: Vec<Seed>,
    /// Its failure zone, if it is to have one of its own.
    pub(super) zone: Option<Name>,
}

/// Writes the node's file, unless one is there: people are welcome to change it.
pub(super) fn write_missing(
    layout: &Layout,
    node: &NodeFolder,
    listen: SocketAddr,
    particulars: Particulars,
) -> Result<(), DevError> {
    let path = node.config();
    if path.exists() {
        return Ok(());
    }
    let certificate = node.certificate();
    let file = NodeFile {
        listen,
        zone: particulars.zone,
        seeds: particulars.seeds,
        data_dir: node.data(),
        pid_file: node.pid(),
        tls: Tls { ca: layout.authority().cert, cert: certificate.cert, key: certificate.key },
    };
    let text = toml::to_string(&file)
        .map_err(|error| DevError::Kept { path: path.clone(), reason: error.to_string() })?;
    let text =
        format!("# {} of a cluster of `dynamo-node dev`; see dynamo-node-run(1).\n{text}", node.name());
    fs::write(&path, text).map_err(DevError::file("write", &path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::dev::args::DevArgs;

    #[test]
    fn a_node_can_run_with_its_file() {
        let home = tempfile::tempdir().unwrap();
        let dir = Some(home.path().join("with \"quotes\""));
        let name = Some("t".parse().unwrap());
        let layout = Layout::of(&DevArgs { dir, name, ..DevArgs::default() }).unwrap();
        let node = layout.node(1);
        fs::create_dir_all(&node.path).unwrap();
        let listen: SocketAddr = "127.0.0.1:7700".parse().unwrap();
        let seeds = vec![Seed::from(listen)];
        let zone = Some("b".parse().unwrap());
        write_missing(&layout, &node, listen, Particulars { seeds: seeds.clone(), zone }).unwrap();
        let config = Config::read(&node.config()).unwrap();
        assert_eq!(config.listen, listen);
        assert_eq!((config.zone.as_str(), config.seeds), ("b", seeds));
        assert_eq!(config.data_dir, node.data());
        assert_eq!(config.pid_file, Some(node.pid()));
        assert_eq!(config.tls.key, node.certificate().key);
    }

    #[test]
    fn what_people_changed_stays() {
        let home = tempfile::tempdir().unwrap();
        let layout =
            Layout::of(&DevArgs { dir: Some(home.path().join("dev")), ..DevArgs::default() }).unwrap();
        let node = layout.node(1);
        fs::create_dir_all(&node.path).unwrap();
        fs::write(node.config(), "zone = \"a\"").unwrap();
        write_missing(&layout, &node, "127.0.0.1:7700".parse().unwrap(), Particulars::default()).unwrap();
        assert_eq!(fs::read_to_string(node.config()).unwrap(), "zone = \"a\"");
    }
}
