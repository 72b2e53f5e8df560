//! How `dynamo-node dev` can fail: what went wrong, what to try, and the exit code.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use dynamo_client::ProfileError;
use dynamo_transport::AuthorityError;

use crate::pid_file::Pid;
use crate::trouble::{Exit, Trouble};

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub(super) enum DevError {
    /// The command line contradicts itself.
    #[error("{0}")]
    Usage(String),
    /// The command line contradicts what the folder was made with.
    #[error("{} was made with {flag} {kept}, and {flag} {asked} is asked for", .directory.display())]
    Contradiction {
        /// The folder.
        directory: PathBuf,
        /// Which flag.
        flag: &'static str,
        /// What it was made with.
        kept: String,
        /// What is asked for now.
        asked: String,
    },
    /// Another `dev` has the folder.
    #[error("process {pid} already runs the cluster in {}, profile `{profile}`", .directory.display())]
    Running {
        /// Its process.
        pid: Pid,
        /// The folder.
        directory: PathBuf,
        /// Its profile.
        profile: String,
    },
    /// What is to be cleaned is not ours.
    #[error("{} is not a folder of `dynamo-node dev`, and is not removed: it has no {}", .directory.display(), super::layout::MARKER)]
    NotOurs {
        /// The folder.
        directory: PathBuf,
    },
    /// The folder holds other things.
    #[error("{} is not empty, and is not a folder of `dynamo-node dev`: it has no {}", .directory.display(), super::layout::MARKER)]
    Occupied {
        /// The folder.
        directory: PathBuf,
    },
    /// What the folder was made with cannot be understood.
    #[error("{} cannot be understood: {reason}", .path.display())]
    Kept {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The profile's name belongs to another cluster that is still there.
    #[error("the profile `{profile}` belongs to the cluster in {}", .other.display())]
    ProfileTaken {
        /// The profile.
        profile: String,
        /// Where that one's authority lies.
        other: PathBuf,
    },
    /// A port is not free.
    #[error("{address} is taken by another program")]
    PortTaken {
        /// Which address.
        address: SocketAddr,
    },
    /// No port is free.
    #[error("no free ports were found")]
    NoPorts,
    /// A file cannot be read or written.
    #[error("cannot {verb} {}: {source}", .path.display())]
    File {
        /// What was tried.
        verb: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// No certificates can be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The profile cannot be written or used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The operating system refuses something of the process itself.
    #[error("cannot {verb}: {source}")]
    System {
        /// What was tried.
        verb: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// There is no cluster to add a node to.
    #[error("there is no development cluster in {}", .directory.display())]
    NoCluster {
        /// The folder.
        directory: PathBuf,
    },
    /// There is one, and it does not run.
    #[error("the development cluster in {} does not run", .directory.display())]
    NotRunning {
        /// The folder.
        directory: PathBuf,
    },
    /// The node that is named runs already.
    #[error("{node} runs already{}", as_process(*.pid))]
    RunsAlready {
        /// Which node.
        node: String,
        /// Its process, where it says which.
        pid: Option<Pid>,
    },
    /// The node that is named was a member.
    #[error("{node} has left the cluster; its name is not used again")]
    HasLeft {
        /// Which node.
        node: String,
    },
    /// The port of a node that was added before is not free.
    #[error("{address}, where {node} is to listen, is taken by another program")]
    NodePortTaken {
        /// Which address.
        address: SocketAddr,
        /// Which node.
        node: String,
    },
    /// A node that was added has ended by itself.
    #[error("{node} {how}; its log is {}", .log.display())]
    AddedEnded {
        /// Which one.
        node: String,
        /// How it ended.
        how: String,
        /// Its log.
        log: PathBuf,
    },
    /// A node ended before the cluster was ready.
    #[error("node-{number} {how} before the cluster was ready; its log is {}", .log.display())]
    NodeEnded {
        /// Which one.
        number: usize,
        /// How it ended.
        how: String,
        /// Its log.
        log: PathBuf,
    },
    /// The nodes run, and are not what they should be within anybody's patience.
    #[error("the cluster was not ready within {limit_s} s: {waiting_for}")]
    NotReady {
        /// How long was waited, seconds.
        limit_s: u64,
        /// What was still missing.
        waiting_for: String,
    },
    /// The cluster refused its first declared state.
    #[error("the nodes run, but did not become a cluster: {0}")]
    NotInitialised(String),
}

impl DevError {
    /// A file that cannot be read or written, for `map_err`.
    pub(super) fn file(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { verb, path, source }
    }

    /// What to try.
    fn hint(&self) -> &'static str {
        match self {
            Self::Contradiction { .. } => {
                "leave the flag away to go on with what is kept, or begin anew with --clean (it removes the data)"
            }
            Self::Running { .. } => "use that cluster, stop it first, or start another one with --name",
            Self::NotOurs { .. } | Self::Occupied { .. } => "name another folder with --dir",
            Self::ProfileTaken { .. } => "give this cluster another name with --name",
            Self::PortTaken { .. } | Self::NoPorts => {
                "begin elsewhere with --base-port, or with --base-port 0 on any that are free"
            }
            Self::NoCluster { .. } => {
                "start one with `dynamo-node dev`, or say which is meant with --name or --dir"
            }
            Self::NotRunning { .. } => "start it first, in another terminal, with `dynamo-node dev`",
            Self::RunsAlready { .. } => "leave the name away for another node, or stop that one first",
            Self::HasLeft { .. } => "add another node with --join --new",
            Self::NodePortTaken { .. } => "stop that program, or change `listen` in the node's node.toml",
            Self::AddedEnded { .. } => "the log says more; the same command starts the node again",
            Self::Kept { .. } | Self::NodeEnded { .. } | Self::NotReady { .. } | Self::NotInitialised(_) => {
                "the nodes' logs say more; begin anew with --clean (it removes the data)"
            }
            _ => "`dynamo-node dev --help` tells what there is to say",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Usage(_)
            | Self::Contradiction { .. }
            | Self::ProfileTaken { .. }
            | Self::HasLeft { .. }
            | Self::Profile(_) => Exit::Configuration,
            Self::Running { .. }
            | Self::NotOurs { .. }
            | Self::Occupied { .. }
            | Self::NoCluster { .. }
            | Self::RunsAlready { .. }
            | Self::Kept { .. }
            | Self::File { .. } => Exit::DataDirectory,
            Self::PortTaken { .. } | Self::NodePortTaken { .. } | Self::NoPorts => Exit::Address,
            _ => Exit::Failed,
        }
    }
}

fn as_process(pid: Option<Pid>) -> String {
    pid.map(|pid| format!(", as process {pid}")).unwrap_or_default()
}

impl DevError {
    /// For a person, of whom this is what was wanted in vain.
    pub(super) fn into_trouble(self, in_vain: &str) -> Trouble {
        Trouble {
            exit: self.exit(),
            error: in_vain.to_owned(),
            cause: self.to_string(),
            hint: self.hint().to_owned(),
        }
    }
}

impl From<DevError> for Trouble {
    fn from(error: DevError) -> Self {
        error.into_trouble("there is no development cluster")
    }
}
