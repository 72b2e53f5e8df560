//! Config: one TOML file, made into settings that a node can run with, or into words that name the line.
//!
//! Who the node is does not stand here: cluster, id and name come from its certificate. Members are not here either:
//! they are declared by administrators and kept by the nodes themselves; a node that knows none yet begins at its seeds.

mod mistake;
mod seed;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared::id::Name;

use crate::store::StoreConfig;
use crate::telemetry;
pub use mistake::ConfigError;
use mistake::Document;
pub use seed::{NotASeed, Seed};

/// Everything that a node's file can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The UDP address and port to listen on.
    ///
    /// Default 127.0.0.1:7000: nothing is reachable from outside before somebody says so.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address at which the other nodes and the clients reach this node.
    ///
    /// Default: `listen`. Has to be given when that is every address of the machine (`0.0.0.0` or `[::]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advertise: Option<SocketAddr>,
    /// Where to look for nodes of the cluster as long as none is known: `host:port`, by name or by address.
    ///
    /// A node that is not a member yet waits, and makes itself known at its seeds; a member needs them only if it reaches no
    /// other by the addresses that were declared. Any member will do; two or three, so that one may be down. This node's own
    /// address may be among them. Default: none, which is enough for the nodes that a cluster is created with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<Seed>,
    /// The failure zone: nodes of one zone are expected to fail together, and replicas are spread over zones.
    ///
    /// Default `default`: one zone for all.
    #[serde(default = "default_zone")]
    pub zone: Name,
    /// The folder of this node's data, made with mode 0700 if it is missing. No default.
    pub data_dir: PathBuf,
    /// A file that holds the process id as long as the node runs and takes callers, and is locked as long.
    ///
    /// Default: none. Its folder has to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid_file: Option<PathBuf>,
    /// Whom the node is, and whom it believes.
    pub tls: Tls,
    /// How the store works.
    #[serde(default)]
    pub store: StoreConfig,
    /// How the node behaves in time.
    #[serde(default)]
    pub core: dynamo_core::config::Config,
    /// What is logged.
    #[serde(default)]
    pub log: Log,
}

/// Certificate files, PEM. Relative paths start at the configuration's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate of the cluster's authority; several while it is being replaced.
    pub ca: PathBuf,
    /// The node's certificate, which says who it is.
    pub cert: PathBuf,
    /// The node's key; only its owner may read it (mode 0600).
    pub key: PathBuf,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least level that is written to standard error: error, warn, info, debug or trace; or directives such as
    /// `info,dynamo_node=debug`.
    ///
    /// Default `info`: a line for each change of state, none for each request.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into() }
    }
}

impl Config {
    /// Reads and checks a file; paths in it become absolute or relative to the present folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Checks the text of a file; `path` is where it stands, for messages and for relative paths in it.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let document = Document::new(text, path);
        let mut config: Self = toml::from_str(text).map_err(|error| document.not_understood(&error))?;
        config.check(&document)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in [&mut config.data_dir, &mut config.tls.ca, &mut config.tls.cert, &mut config.tls.key] {
            *path = folder.join(&path);
        }
        config.pid_file = config.pid_file.map(|path| folder.join(path));
        Ok(config)
    }

    /// What no type says: values that are each fine and do not work, alone or together.
    fn check(&self, document: &Document<'_>) -> Result<(), ConfigError> {
        if self.data_dir.as_os_str().is_empty() {
            return Err(document.wrong(&["data_dir"], "data_dir is empty", "name a folder"));
        }
        self.check_addresses(document)?;
        self.check_times(document)?;
        self.check_zeros(document)?;
        if let Err(wrong) = telemetry::filter(&self.log.level) {
            let instead = "write error, warn, info, debug or trace";
            return Err(document.wrong(&["log", "level"], &wrong.to_string(), instead));
        }
        Ok(())
    }

    fn check_addresses(&self, document: &Document<'_>) -> Result<(), ConfigError> {
        let example = format!("10.0.0.1:{}", self.listen.port());
        match self.advertise {
            None if self.listen.ip().is_unspecified() => Err(document.wrong(
                &["listen"],
                &format!(
                    "listen is {}, which is every address of this machine and none that others could use",
                    self.listen
                ),
                &format!("say at which address others reach it: advertise = \"{example}\""),
            )),
            Some(advertise) if advertise.ip().is_unspecified() || advertise.port() == 0 => Err(document
                .wrong(
                    &["advertise"],
                    &format!("nobody can reach {advertise}"),
                    &format!("write one address and port of this machine: advertise = \"{example}\""),
                )),
            _ => Ok(()),
        }
    }

    fn check_zeros(&self, document: &Document<'_>) -> Result<(), ConfigError> {
        let core = mistake::numbers_of(&self.core).map(|(key, number)| ("core", key, number));
        let store = mistake::numbers_of(&self.store).map(|(key, number)| ("store", key, number));
        for (table, key, number) in core.chain(store) {
            if number == 0 && !ZERO_IS_FINE.contains(&key.as_str()) {
                return Err(document.wrong(&[table, &key], &format!("{key} is 0"), "give it at least 1"));
            }
        }
        Ok(())
    }

    fn check_times(&self, document: &Document<'_>) -> Result<(), ConfigError> {
        let core = &self.core;
        let ordered = [
            ("suspect_after_ms", core.suspect_after_ms, "ping_interval_ms", core.ping_interval_ms),
            ("down_after_ms", core.down_after_ms, "suspect_after_ms", core.suspect_after_ms),
            ("hint_after_ms", core.hint_after_ms, "reroute_after_ms", core.reroute_after_ms),
        ];
        for (later, later_ms, earlier, earlier_ms) in ordered {
            if later_ms <= earlier_ms {
                let wrong = format!("{later} is {later_ms}, not more than {earlier}, which is {earlier_ms}");
                let instead = format!("raise {later} above {earlier_ms}");
                return Err(document.wrong(&["core", later], &wrong, &instead));
            }
        }
        Ok(())
    }
}

/// Settings to which zero gives a meaning: not at all.
const ZERO_IS_FINE: [&str; 5] =
    ["repair_linger_ms", "skew_max_ms", "hint_bytes_max", "disk_free_bytes_min", "cache_bytes"];

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 7000))
}

fn default_zone() -> Name {
    "default".parse().expect("it is a name")
}
