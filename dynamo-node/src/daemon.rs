//! Daemon: a node that runs, from its configuration to its end.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use dynamo_core::durable::Me;
use dynamo_core::effect::Effects;
use dynamo_core::node::Node;
use dynamo_transport::{Credentials, CredentialsError, Endpoint, Identity, LinkError, Role, Settings};
use shared::id::NodeId;
use tokio::task::JoinHandle;

use crate::audit::Audit;
use crate::clocks::Clocks;
use crate::config::{Config, Tls};
use crate::inbox::{self, Doors, Happened, Inbox};
use crate::peers::Peers;
use crate::runtime::{Ended, Runtime};
use crate::server::{self, Reception};
use crate::store::{OpenError, Opened, Store};
use crate::telemetry::{Archive, Keeper, Recorder};
use crate::trouble::{Exit, Trouble};

/// For so long answers that are on their way are let out before the connections are closed.
const LINGER: Duration = Duration::from_millis(100);

/// How long the other ends' confirmation is awaited that they know of the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// From so few days of validity on, a certificate is warned about.
const CERTIFICATE_DAYS_LOW: u64 = 14;

/// A node cannot start. What was opened is closed again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Certificate, key or authority cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The certificate is good, but not a node's.
    #[error("the certificate {path} is for {identity}, which is no node", path = .path.display())]
    NotANode {
        /// Which file.
        path: PathBuf,
        /// Whom it is for.
        identity: Box<Identity>,
    },
    /// The address cannot be used.
    #[error(transparent)]
    Address(#[from] LinkError),
    /// The data directory cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The audit in the data directory cannot be written.
    #[error("the audit in {path} cannot be written: {source}", path = .path.display())]
    Audit {
        /// Which folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The machine has no randomness to give.
    #[error("the system gives no random bits: {0}")]
    NoEntropy(#[from] getrandom::Error),
    /// A thread of the daemon's has died while it started.
    #[error("starting was interrupted: {0}")]
    Interrupted(String),
}

/// Why a node that ran cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The store has failed as a whole. What was acknowledged is on the disk.
    #[error("the store has failed: {0}")]
    Store(String),
    /// A part of the program has died.
    #[error("a part of the node has died: {0}")]
    Defect(String),
}

impl From<StartError> for Trouble {
    fn from(error: StartError) -> Self {
        let (exit, hint) = match &error {
            StartError::Credentials(_) | StartError::NotANode { .. } => (
                Exit::Configuration,
                "look at [tls] in the configuration; `dynamo-ctl cert` makes certificates",
            ),
            StartError::Address(LinkError::AddressInUse { .. }) => {
                (Exit::Address, "stop the other process, or give this node another `listen`")
            }
            StartError::Address(_) => {
                (Exit::Address, "give this node a `listen` that is an address of this machine")
            }
            StartError::Store(_) | StartError::Audit { .. } => {
                (Exit::DataDirectory, "look at `data_dir` in the configuration")
            }
            StartError::NoEntropy(_) | StartError::Interrupted(_) => (Exit::Failed, "start the node again"),
        };
        Self { exit, error: "the node cannot start".into(), cause: error.to_string(), hint: hint.into() }
    }
}

/// A node that runs. Dropping it ends it at once, as a crash would; [`Daemon::stop`] ends it in order.
#[derive(Debug)]
pub struct Daemon {
    tls: Tls,
    identity: Identity,
    endpoint: Endpoint,
    reception: Arc<Reception>,
    /// Takes callers.
    accepting: JoinHandle<()>,
    /// Writes down whom the transport turns away.
    noting: JoinHandle<()>,
    runtime: JoinHandle<(Ended, Store)>,
    /// Until the node is stopped in order.
    audit: Option<Audit>,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.accepting.abort();
        self.noting.abort();
        self.runtime.abort();
    }
}

impl Daemon {
    /// Reads certificates, binds the address, opens the store, and takes callers. Must be called within a tokio runtime.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (credentials, node) = credentials(&config.tls)?;
        let identity = credentials.identity().clone();
        let endpoint = Endpoint::bind(config.listen, &credentials, Settings::default())?;
        let (doors, inbox) = inbox::doors();
        let opened = open(&config, &identity, node, doors.clone()).await?;
        let address = config.advertise.unwrap_or(endpoint.local_addr());
        let me = Me {
            cluster: identity.cluster,
            node,
            name: identity.name.clone(),
            address,
            zone: config.zone.clone(),
        };
        tracing::info!(
            name = %me.name, %node, cluster = %me.cluster, listen = %endpoint.local_addr(), advertise = %address,
            zone = %me.zone, boot = %opened.durable.boot, recovery = ?opened.durable.recovery,
            "node {} is ready", me.name,
        );
        say_how_long_it_is_valid(&identity);
        let audit = open_audit(&config, &opened).await?;
        let reception = Arc::new(Reception::new(node, identity.name.clone(), doors, audit.auditor()));
        let runtime = assemble(&config, me, opened, &endpoint, &reception, inbox)?;
        Ok(Self {
            tls: config.tls,
            identity,
            accepting: tokio::spawn(server::accept(endpoint.clone(), Arc::clone(&reception))),
            noting: tokio::spawn(server::strangers::note(endpoint.clone(), audit.auditor())),
            runtime: tokio::spawn(runtime.run()),
            audit: Some(audit),
            endpoint,
            reception,
        })
    }

    /// Whom a node of this configuration would be: reads certificates, and changes nothing.
    pub fn check(config: &Config) -> Result<Identity, StartError> {
        Ok(credentials(&config.tls)?.0.identity().clone())
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.endpoint.local_addr()
    }

    /// Who it is, by its certificate.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Reads certificate, key and authority again; an error changes nothing.
    pub async fn reload(&self) -> Result<(), StartError> {
        let tls = self.tls.clone();
        let (credentials, _) = blocking(move || credentials(&tls)).await??;
        self.endpoint.reload(&credentials)?;
        say_how_long_it_is_valid(credentials.identity());
        Ok(())
    }

    /// Resolves when the node cannot go on, with the reason. Not to be called again after that.
    pub async fn failed(&mut self) -> Fault {
        match (&mut self.runtime).await {
            Ok((Ended::Poisoned(reason), _)) => Fault::Store(reason),
            Ok((Ended::Stopped, _)) => Fault::Defect("it ended without being told to".into()),
            Err(error) => Fault::Defect(error.to_string()),
        }
    }

    /// Stops in order: takes on no more, finishes what is under way within five seconds, closes connections, closes the
    /// store.
    pub async fn stop(mut self) -> Result<(), Fault> {
        self.reception.is_stopping.store(true, Relaxed);
        self.accepting.abort();
        // A runtime that is gone already has nothing under way.
        let _ = self.reception.doors.done.send(Happened::Stop);
        let (ended, store) = (&mut self.runtime).await.map_err(|error| Fault::Defect(error.to_string()))?;
        if let Some(audit) = self.audit.take() {
            // Whoever has changed something is told only when it stands there.
            blocking(move || audit.close()).await.map_err(|error| Fault::Defect(error.to_string()))?;
        }
        tokio::time::sleep(LINGER).await;
        self.endpoint.shutdown("the node is stopping", FAREWELL).await;
        if let Ended::Poisoned(reason) = ended {
            return Err(Fault::Store(reason));
        }
        blocking(move || store.close()).await.map_err(|error| Fault::Defect(error.to_string()))
    }
}

/// The credentials that the configuration names, and which node they are for.
fn credentials(tls: &Tls) -> Result<(Credentials, NodeId), StartError> {
    let credentials = Credentials::read(&tls.ca, &tls.cert, &tls.key)?;
    let identity = credentials.identity();
    match identity.node {
        Some(node) if identity.role == Role::Node => Ok((credentials, node)),
        _ => Err(StartError::NotANode { path: tls.cert.clone(), identity: Box::new(identity.clone()) }),
    }
}

async fn open(
    config: &Config,
    identity: &Identity,
    node: NodeId,
    doors: Doors,
) -> Result<Opened, StartError> {
    let (dir, settings, cluster) = (config.data_dir.clone(), config.store.clone(), identity.cluster);
    // The runtime is gone: nobody waits for completions any more.
    let complete = Box::new(move |completion| drop(doors.done.send(Happened::Completed(completion))));
    Ok(blocking(move || Store::open(&dir, cluster, node, settings, complete)).await??)
}

async fn open_audit(config: &Config, opened: &Opened) -> Result<Audit, StartError> {
    let (dir, boot) = (config.data_dir.clone(), opened.durable.boot);
    let start = format!("the node starts for the {boot}. time, with version {}", env!("CARGO_PKG_VERSION"));
    let audit = blocking(move || Audit::open(&dir, &start)).await?;
    audit.map_err(|source| StartError::Audit { path: config.data_dir.clone(), source })
}

fn assemble(
    config: &Config,
    me: Me,
    Opened { store, durable }: Opened,
    endpoint: &Endpoint,
    reception: &Arc<Reception>,
    inbox: Inbox,
) -> Result<Runtime, StartError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let (clocks, mut effects) = (Clocks::new(), Effects::default());
    let own = [me.address, endpoint.local_addr()];
    let peers = Peers::new(me.node, own, endpoint.clone(), reception.doors.done.clone(), &config.seeds);
    let keeper = Keeper::start(Archive::new(me.node, durable.boot));
    let keeper = keeper.map_err(|error| StartError::Interrupted(error.to_string()))?;
    let node = Node::new(clocks.now(), me, config.core.clone(), durable, seed, &mut effects);
    // Before anybody asks: what is written down of a request tells the version that it found.
    reception.state_version.store(node.declared().map_or(0, |declared| declared.state.version), Relaxed);
    Ok(Runtime {
        node,
        store,
        peers,
        endpoint: endpoint.clone(),
        reception: Arc::clone(reception),
        clocks,
        inbox,
        effects,
        waiting: HashMap::new(),
        calls: 0,
        recorder: Recorder::new(clocks.now()),
        keeper,
        transfers: Vec::new(),
        auditor: reception.auditor.clone(),
        audited: HashMap::new(),
        stop_by: None,
    })
}

fn say_how_long_it_is_valid(identity: &Identity) {
    let now = dynamo_transport::Clock::system().now();
    let days = identity.not_after.saturating_sub(now) / (24 * 60 * 60);
    if days < CERTIFICATE_DAYS_LOW {
        tracing::warn!(days, serial = identity.serial, "the certificate expires soon");
    } else {
        tracing::info!(days, serial = identity.serial, "the certificate is valid");
    }
}

/// Does what may wait for a disk where nothing else waits for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StartError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StartError::Interrupted(error.to_string()))
}

#[cfg(test)]
mod tests {
    use dynamo_transport::{Authority, Clock, Subject, Window};
    use shared::id::ClusterId;

    use super::*;
    use crate::store::Completion;

    fn config(home: &std::path::Path) -> Config {
        let window = Window::days_from(Clock::system().now(), 1);
        let authority = Authority::create(ClusterId(1), window).unwrap();
        let subject = Subject::Node { node: NodeId(1), name: "node-1".parse().unwrap() };
        let issued = authority.issue(&subject, window).unwrap();
        issued.write(&home.join("node.crt"), &home.join("node.key")).unwrap();
        std::fs::write(home.join("ca.crt"), authority.certificate_pem()).unwrap();
        let text = "listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\n\
                    [tls]\nca = \"ca.crt\"\ncert = \"node.crt\"\nkey = \"node.key\"\n";
        Config::parse(text, &home.join("node.toml")).unwrap()
    }

    #[tokio::test]
    async fn a_store_that_has_failed_ends_the_node_with_exit_code_5() {
        let home = tempfile::tempdir().unwrap();
        let mut daemon = Daemon::start(config(home.path())).await.unwrap();
        let poisoned = Completion::Poisoned("the disk is gone".into());
        daemon.reception.doors.done.send(Happened::Completed(poisoned)).unwrap();
        let fault = daemon.failed().await;
        assert_eq!(fault, Fault::Store("the disk is gone".into()));
        let trouble = Trouble::from(fault);
        assert_eq!(trouble.exit.code(), 5);
        assert!(trouble.cause.contains("the disk is gone"), "{trouble}");
    }

    #[tokio::test]
    async fn a_store_that_fails_while_the_node_stops_is_not_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let daemon = Daemon::start(config(home.path())).await.unwrap();
        let poisoned = Completion::Poisoned("the disk is gone".into());
        daemon.reception.doors.done.send(Happened::Completed(poisoned)).unwrap();
        assert_eq!(daemon.stop().await, Err(Fault::Store("the disk is gone".into())));
    }
}
