//! `dynamo-node dev --join`: one more node beside a development cluster that runs, for trying out how nodes are let in.
//!
//! Deliberately absent: letting it in. That is an administrator's, with `dynamo-ctl`; what to type is said.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;

use dynamo_client::{Profile, Profiles};
use shared::id::Name;
use shared::wire::cluster::Status;

use super::args::DevArgs;
use super::children::{self, Children, Ended};
use super::error::DevError;
use super::kept::{self, Kept};
use super::layout::{self, Layout, NodeFolder};
use super::node_file::{self, Particulars};
use super::report::{self, Added};
use super::{Told, bring_up, certificates, own_program, profile};
use crate::config::{Config, Seed};
use crate::pid_file::{self, PidFile, Unclaimed};

/// A node that is run beside the others.
pub(super) struct Joining {
    layout: Layout,
    node: NodeFolder,
    address: SocketAddr,
    profile: Profile,
    program: PathBuf,
    /// Keeps others from running the same node.
    _keeper: PidFile,
}

/// Whether a `dev --join` runs this node.
pub(super) fn is_kept(node: &NodeFolder) -> bool {
    pid_file::holder(&node.keeper()).ok().flatten().is_some()
}

impl Joining {
    /// Until it is told to stop, or the node ends by itself.
    pub(super) async fn run(args: &DevArgs) -> Result<(), DevError> {
        // From here on a signal is an orderly end, not the default one that would leave the node behind.
        let mut told = Told::listen()?;
        let joining = tokio::select! {
            prepared = Self::prepare(args) => prepared?,
            () = told.stop_wanted() => return Ok(()),
        };
        let mut children = Children::start(&joining.program, vec![joining.node.clone()])?;
        let ran = tokio::select! {
            ran = joining.stay(&mut children) => ran,
            () = told.stop_wanted() => {
                report::stopping_one(&joining.node);
                Ok(())
            }
        };
        children.stop().await;
        ran
    }

    /// Everything that can be made or refused before anything runs.
    async fn prepare(args: &DevArgs) -> Result<Self, DevError> {
        let program = own_program()?;
        let layout = Layout::of(args)?;
        let directory = || layout.directory.clone();
        let kept = Kept::read(&layout)?.ok_or_else(|| DevError::NoCluster { directory: directory() })?;
        if !layout.nodes()?.iter().any(runs) {
            return Err(DevError::NotRunning { directory: directory() });
        }
        let profile = Profiles::load(None)?.get(&layout.profile)?;
        let standing = bring_up::standing(&profile, &kept.addresses()).await;
        let (node, keeper) = Choice { layout: &layout, kept: &kept, standing: &standing }.make(args)?;
        certificates::make_missing_of(&layout, &node)?;
        let address = settle_file(&layout, &kept, &node, args)?;
        if !kept::is_free(address) {
            return Err(DevError::NodePortTaken { address, node: node.name() });
        }
        Ok(Self { layout, node, address, profile, program, _keeper: keeper })
    }

    /// Until the node ends, which is an error.
    async fn stay(&self, children: &mut Children) -> Result<(), DevError> {
        let is_current = profile::is_current(&self.layout)?;
        let is_member = tokio::select! {
            up = self.up() => up?,
            ended = children.next_end() => {
                let log = self.node.log();
                report::tail(&log, &children::tail(&log));
                return Err(self.ended(ended));
            }
        };
        report::added(&Added {
            layout: &self.layout,
            node: &self.node,
            address: self.address,
            is_member,
            is_current,
            program: &self.program,
        });
        Err(self.ended(children.next_end().await))
    }

    async fn up(&self) -> Result<bool, DevError> {
        bring_up::all_listen(std::slice::from_ref(&self.node)).await?;
        bring_up::is_member(&self.profile, self.address).await
    }

    fn ended(&self, Ended { how, .. }: Ended) -> DevError {
        DevError::AddedEnded { node: self.node.name(), how, log: self.node.log() }
    }
}

/// Which node it is to be.
struct Choice<'a> {
    layout: &'a Layout,
    kept: &'a Kept,
    /// What the cluster knows of nodes, by their names.
    standing: &'a BTreeMap<Name, Status>,
}

impl Choice<'_> {
    /// The one that is named; else one that was added before and is stopped; else a new one. Its folder is there then.
    fn make(&self, args: &DevArgs) -> Result<(NodeFolder, PidFile), DevError> {
        if let Some(Some(name)) = &args.join {
            return self.named(name);
        }
        if !args.new {
            let added = self.layout.nodes()?.into_iter().filter(|node| node.number > self.kept.nodes());
            for node in added.filter(|node| !self.has_left(node)) {
                if let Some(keeper) = take(&node)? {
                    return Ok((node, keeper));
                }
            }
        }
        self.another()
    }

    fn named(&self, name: &Name) -> Result<(NodeFolder, PidFile), DevError> {
        let made_with = self.kept.nodes();
        let number = layout::node_number(name.as_str()).filter(|number| *number > made_with).ok_or_else(|| {
            DevError::Usage(format!(
                "`{name}` cannot be added: the cluster was made with node-1 to node-{made_with}, others are called \
                 node-{} and so on",
                made_with + 1
            ))
        })?;
        let node = self.layout.node(number);
        if self.has_left(&node) {
            return Err(DevError::HasLeft { node: node.name() });
        }
        layout::make_folder(&node.path)?;
        match take(&node)? {
            Some(keeper) => Ok((node, keeper)),
            None => Err(DevError::RunsAlready {
                node: node.name(),
                pid: pid_file::holder(&node.pid()).ok().flatten(),
            }),
        }
    }

    /// The first whose name nobody has or had.
    fn another(&self) -> Result<(NodeFolder, PidFile), DevError> {
        for number in self.kept.nodes() + 1.. {
            let node = self.layout.node(number);
            if node.path.exists() || self.standing.contains_key(&name_of(&node)?) {
                continue;
            }
            layout::make_folder(&node.path)?;
            // Somebody who adds a node at the same moment may have been faster.
            if let Some(keeper) = take(&node)? {
                return Ok((node, keeper));
            }
        }
        Err(DevError::Usage("there are no more names for nodes".to_owned()))
    }

    fn has_left(&self, node: &NodeFolder) -> bool {
        name_of(node).is_ok_and(|name| self.standing.get(&name) == Some(&Status::Left))
    }
}

fn name_of(node: &NodeFolder) -> Result<Name, DevError> {
    node.name().parse().map_err(|wrong: shared::id::NotAName| DevError::Usage(wrong.to_string()))
}

fn runs(node: &NodeFolder) -> bool {
    pid_file::holder(&node.pid()).ok().flatten().is_some()
}

/// The right to run a node; `None`: somebody runs it.
fn take(node: &NodeFolder) -> Result<Option<PidFile>, DevError> {
    match PidFile::claim(&node.keeper()) {
        Ok(keeper) => Ok(Some(keeper).filter(|_| !runs(node))),
        Err(error) => match error.why {
            Unclaimed::Held { .. } | Unclaimed::HeldBySomebody => Ok(None),
            Unclaimed::File(source) => Err(DevError::file("lock", &error.path)(source)),
        },
    }
}

/// Writes the node's file if it is missing, and says where the node listens.
fn settle_file(
    layout: &Layout,
    kept: &Kept,
    node: &NodeFolder,
    args: &DevArgs,
) -> Result<SocketAddr, DevError> {
    if !node.config().exists() {
        let added = layout.nodes()?.into_iter().filter_map(|node| node.address());
        let known: BTreeSet<u16> = added.chain(kept.addresses()).map(|address| address.port()).collect();
        let listen = SocketAddr::from(([127, 0, 0, 1], kept.another_port(&known)?));
        let seeds = kept.addresses().into_iter().map(Seed::from).collect();
        node_file::write_missing(layout, node, listen, Particulars { seeds, zone: args.zone.clone() })?;
    }
    let config = Config::read(&node.config())
        .map_err(|error| DevError::Kept { path: node.config(), reason: error.to_string() })?;
    match &args.zone {
        Some(zone) if *zone != config.zone => Err(DevError::Usage(format!(
            "{} was made with the zone `{}`, and `{zone}` is asked for; its file is {}",
            node.name(),
            config.zone,
            node.config().display()
        ))),
        _ => Ok(config.listen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(home: &std::path::Path) -> (Layout, Kept) {
        let args = DevArgs {
            dir: Some(home.join("dev")),
            base_port: Some(0),
            partitions: Some(shared::token::Partitions::new(16).unwrap()),
            ..DevArgs::default()
        };
        let layout = Layout::of(&args).unwrap();
        layout.prepare().unwrap();
        let kept = Kept::settle(&layout, &args).unwrap();
        kept.write(&layout).unwrap();
        (layout, kept)
    }

    fn asking(join: Option<&str>, new: bool) -> DevArgs {
        DevArgs { join: Some(join.map(|name| name.parse().unwrap())), new, ..DevArgs::default() }
    }

    #[test]
    fn a_stopped_node_is_taken_up_before_a_new_one_is_made() {
        let home = tempfile::tempdir().unwrap();
        let (layout, kept) = stage(home.path());
        let standing = BTreeMap::new();
        let choose = |join, new| {
            let choice = Choice { layout: &layout, kept: &kept, standing: &standing };
            choice.make(&asking(join, new)).map(|(node, keeper)| (node.number, keeper))
        };
        let (four, runs) = choose(None, false).unwrap();
        let (five, also_runs) = choose(None, false).unwrap();
        assert_eq!((four, five), (4, 5));
        let refused = choose(Some("node-4"), false).unwrap_err();
        assert!(matches!(refused, DevError::RunsAlready { .. }), "{refused}");
        drop(runs);
        assert_eq!(choose(None, true).unwrap().0, 6, "new is new");
        assert_eq!(choose(None, false).unwrap().0, 4);
        assert_eq!(choose(Some("node-9"), false).unwrap().0, 9);
        drop(also_runs);
        for name in ["node-3", "node-0", "four", "node-04"] {
            let refused = choose(Some(name), false).unwrap_err().to_string();
            assert!(refused.contains("node-1 to node-3"), "{refused}");
        }
    }

    #[test]
    fn names_that_the_cluster_knows_are_not_given_again_and_who_has_left_stays_away() {
        let home = tempfile::tempdir().unwrap();
        let (layout, kept) = stage(home.path());
        let known = [("node-4", Status::Left), ("node-5", Status::Active)];
        let standing = known.map(|(name, status)| (name.parse().unwrap(), status)).into();
        layout::make_folder(&layout.node(4).path).unwrap();
        let choice = Choice { layout: &layout, kept: &kept, standing: &standing };
        assert_eq!(choice.make(&asking(None, false)).unwrap().0.number, 6);
        let refused = choice.make(&asking(Some("node-4"), false)).err().unwrap();
        assert!(matches!(refused, DevError::HasLeft { .. }), "{refused}");
    }

    #[test]
    fn a_zone_is_written_once_and_not_changed_in_passing() {
        let home = tempfile::tempdir().unwrap();
        let (layout, kept) = stage(home.path());
        let node = layout.node(4);
        layout::make_folder(&node.path).unwrap();
        let in_zone = |zone: &str| DevArgs { zone: Some(zone.parse().unwrap()), ..DevArgs::default() };
        let address = settle_file(&layout, &kept, &node, &in_zone("b")).unwrap();
        assert!(!kept.addresses().contains(&address));
        assert_eq!(settle_file(&layout, &kept, &node, &in_zone("b")).unwrap(), address);
        assert_eq!(settle_file(&layout, &kept, &node, &DevArgs::default()).unwrap(), address);
        let refused = settle_file(&layout, &kept, &node, &in_zone("c")).unwrap_err().to_string();
        assert!(refused.contains("made with the zone `b`"), "{refused}");
        let config = Config::read(&node.config()).unwrap();
        let seeds: Vec<_> = kept.addresses().into_iter().map(Seed::from).collect();
        assert_eq!(config.seeds, seeds);
    }
}
