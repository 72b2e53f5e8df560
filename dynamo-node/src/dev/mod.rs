//! `dynamo-node dev`: a whole cluster on this machine, for trying things out and for tests.
//!
//! | room | noun |
//! |---|---|
//! | `args` | what may be said on the command line |
//! | `layout` | where everything lies |
//! | `kept` | what the cluster was made with, from one start to the next |
//! | `certificates` | an authority of its own, and whom it knows |
//! | `node_file` | one node's configuration |
//! | `children` | the nodes as processes |
//! | `join` | one more node beside them, to be let in |
//! | `bring_up` | from nodes that run to a cluster that serves |
//! | `profile` | how tools find it |
//! | `report` | what is said |
//! | `error` | how it can fail |
//!
//! Deliberately absent: any other way to run a node. Each is `dynamo-node run` with a configuration, certificates and
//! an `init` like everybody's, so that what is tried here is what would be run.

mod args;
mod bring_up;
mod certificates;
mod children;
mod error;
mod join;
mod kept;
mod layout;
mod node_file;
mod profile;
mod report;

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use dynamo_client::{Profile, Profiles};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub use args::DevArgs;
use children::{Children, Ended};
use error::DevError;
use join::Joining;
use kept::Kept;
use layout::{Layout, NodeFolder};
use node_file::Particulars;
use report::Ready;

use crate::pid_file::{self, ClaimError, PidFile, Unclaimed};
use crate::trouble::Trouble;

/// Runs a cluster, or one more node of it, until it is told to stop.
pub fn run(args: &DevArgs) -> Result<(), Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| DevError::System { verb: "start threads", source })?;
    if args.join.is_some() {
        let added = runtime.block_on(Joining::run(args));
        return added.map_err(|error| error.into_trouble("no node runs beside the development cluster"));
    }
    Ok(runtime.block_on(Dev::run(args))?)
}

/// A cluster whose folder is ours.
struct Dev {
    layout: Layout,
    kept: Kept,
    program: PathBuf,
    /// The nodes that the cluster was made with, and those that were added and that nobody else runs.
    nodes: Vec<NodeFolder>,
    /// Keeps others away from the folder.
    _lock: PidFile,
}

impl Dev {
    async fn run(args: &DevArgs) -> Result<(), DevError> {
        // From here on a signal is an orderly end, not the default one that would leave nodes behind.
        let mut told = Told::listen()?;
        let dev = Self::prepare(args)?;
        let mut children = dev.start().await?;
        let served = dev.serve(&mut children, &mut told).await;
        report::stopping();
        children.stop().await;
        served
    }

    /// Everything that can be made or refused before anything runs.
    fn prepare(args: &DevArgs) -> Result<Self, DevError> {
        let program = own_program()?;
        let layout = Layout::of(args)?;
        profile::check(&layout)?;
        let lock = claim(&layout, args.clean)?;
        if args.clean {
            layout.clean()?;
        }
        let kept = Kept::settle(&layout, args)?;
        kept.write(&layout)?;
        certificates::make_missing(&layout, kept.nodes())?;
        for (number, address) in (1..).zip(kept.addresses()) {
            node_file::write_missing(&layout, &layout.node(number), address, Particulars::default())?;
        }
        let mut nodes = layout.nodes()?;
        nodes.retain(|node| node.number <= kept.nodes() || (node.config().exists() && !join::is_kept(node)));
        Ok(Self { layout, kept, program, nodes, _lock: lock })
    }

    async fn start(&self) -> Result<Children, DevError> {
        let addresses = self.addresses();
        let taken = if children::stop_leftovers(&self.nodes).await {
            children::await_free(&addresses).await
        } else {
            addresses.into_iter().find(|address| !kept::is_free(*address))
        };
        match taken {
            Some(address) => Err(DevError::PortTaken { address }),
            None => Children::start(&self.program, self.nodes.clone()),
        }
    }

    /// Until a signal ends it, which is how it should, or something that should not.
    async fn serve(&self, children: &mut Children, told: &mut Told) -> Result<(), DevError> {
        let addresses = self.addresses();
        let is_current = profile::write(&self.layout, &addresses)?;
        let profile = Profiles::load(None)?.get(&self.layout.profile)?;
        let is_up = tokio::select! {
            up = self.up(&profile, children) => up.map(|()| true)?,
            () = told.stop_wanted() => false,
        };
        if !is_up {
            return Ok(());
        }
        report::ready(&Ready {
            layout: &self.layout,
            addresses: &addresses,
            is_current,
            program: &self.program,
            pids: &children.pids(),
        });
        loop {
            tokio::select! {
                ended = children.next_end() => {
                    report::ended(&ended, &self.layout.node(ended.number), &self.program);
                }
                () = told.stop_wanted() => return Ok(()),
            }
        }
    }

    async fn up(&self, profile: &Profile, children: &mut Children) -> Result<(), DevError> {
        tokio::select! {
            up = bring_up::bring_up(&self.kept, &self.nodes, profile) => up,
            ended = children.next_end() => Err(self.ended_too_early(ended)),
        }
    }

    fn ended_too_early(&self, ended: Ended) -> DevError {
        let log = self.layout.node(ended.number).log();
        report::tail(&log, &children::tail(&log));
        DevError::NodeEnded { number: ended.number, how: ended.how, log }
    }

    /// Where the nodes listen, those that the cluster was made with first.
    fn addresses(&self) -> Vec<SocketAddr> {
        let added = self.nodes.iter().filter(|node| node.number > self.kept.nodes());
        self.kept.addresses().into_iter().chain(added.filter_map(NodeFolder::address)).collect()
    }
}

fn own_program() -> Result<PathBuf, DevError> {
    env::current_exe().map_err(|source| DevError::System { verb: "find this program's file", source })
}

/// The lock on the folder, which is made if it is missing.
fn claim(layout: &Layout, is_cleaned_next: bool) -> Result<PidFile, DevError> {
    if !is_cleaned_next {
        layout.prepare()?;
    } else if !layout.directory.exists() {
        layout::make_folder(&layout.directory)?;
    }
    let path = layout.lock();
    PidFile::claim(&path).map_err(|ClaimError { why, .. }| match why {
        Unclaimed::Held { pid } => running(layout, Some(pid)),
        Unclaimed::HeldBySomebody => running(layout, pid_file::holder(&path).ok().flatten()),
        Unclaimed::File(source) => DevError::file("lock", Path::new(&path))(source),
    })
}

fn running(layout: &Layout, pid: Option<pid_file::Pid>) -> DevError {
    DevError::Running {
        pid: pid.unwrap_or_default(),
        directory: layout.directory.clone(),
        profile: layout.profile.to_string(),
    }
}

/// The signals that end it.
struct Told {
    signals: [Signal; 3],
}

impl Told {
    fn listen() -> Result<Self, DevError> {
        let listen =
            |kind| signal(kind).map_err(|source| DevError::System { verb: "wait for signals", source });
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(listen);
        Ok(Self { signals: [interrupt?, terminate?, hangup?] })
    }

    /// Safe to give up and to call again.
    async fn stop_wanted(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
