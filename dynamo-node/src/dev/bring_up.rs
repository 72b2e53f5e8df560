//! From nodes that run to a cluster that serves: all answer, the first declared state is there, every replica is
//! compared. Nothing here is special to development; it is what an administrator does with `dynamo-ctl`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use dynamo_client::{Administrator, Answers, ClientError, Looker, Profile, Settings};
use shared::id::Name;
use shared::key::VALUE_BYTES_MAX_DEFAULT;
use shared::level::Durability;
use shared::wire::Plane;
use shared::wire::admin::{Init, InitMember};
use shared::wire::cluster::Status;
use shared::wire::look::{NodeStatus, Whoami};
use tokio::time::{Instant, sleep};

use super::error::DevError;
use super::kept::Kept;
use super::layout::NodeFolder;
use crate::pid_file;

/// How long any one step may take before it is given up. Generous: a machine may be busy with many clusters.
const STEP_LIMIT: Duration = Duration::from_mins(1);

/// How long one answer is waited for; a node that is just starting is asked again.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Makes the nodes of the profile serve; they have been started already.
pub(super) async fn bring_up(kept: &Kept, nodes: &[NodeFolder], profile: &Profile) -> Result<(), DevError> {
    all_listen(nodes).await?;
    let addresses = kept.addresses();
    let credentials = profile.credentials(Plane::Look)?;
    let looker = Looker::connect_with(&profile.addresses, &credentials, &impatient())
        .await
        .map_err(|error| not_initialised(&error))?
        .with_timeout(ANSWER_LIMIT);
    let members = all_answer(&looker, &addresses).await?;
    if members.iter().all(|member| member.state_version.is_none()) {
        initialise(kept, profile, members).await?;
    }
    all_serve(&looker, nodes).await
}

/// A node writes its pid file once it listens. Dialling it before would cost a whole handshake's patience.
pub(super) async fn all_listen(nodes: &[NodeFolder]) -> Result<(), DevError> {
    until(async || {
        let listens = |node: &&NodeFolder| pid_file::holder(&node.pid()).ok().flatten().is_some();
        match nodes.iter().find(|node| !listens(node)) {
            Some(node) => Err(format!("{} does not listen yet", node.name())),
            None => Ok(()),
        }
    })
    .await
}

/// Dials again soon: every node is about to come up.
fn impatient() -> Settings {
    let mut settings = Settings::default();
    settings.link.handshake_timeout = Duration::from_secs(1);
    settings.link.back_off_max = Duration::from_millis(200);
    settings
}

async fn all_answer(looker: &Looker, addresses: &[SocketAddr]) -> Result<Vec<Whoami>, DevError> {
    until(async || {
        let answers = looker.whoami_of_all(addresses).await;
        let silent = complaints(&answers, |_| None);
        if silent.is_empty() {
            Ok(answers.into_iter().filter_map(|(_, answer)| answer.ok()).collect())
        } else {
            Err(silent)
        }
    })
    .await
}

async fn initialise(kept: &Kept, profile: &Profile, members: Vec<Whoami>) -> Result<(), DevError> {
    let administrator = Administrator::connect(profile)
        .await
        .map_err(|error| not_initialised(&error))?
        .with_timeout(STEP_LIMIT);
    let Some(first) = members.first().map(|member| member.address) else { return Ok(()) };
    let init = Init {
        name: kept.profile.clone(),
        quorum: kept.quorum()?,
        partitions: kept.partitions()?,
        strict: false,
        durability: Durability::Synced,
        value_bytes_max: VALUE_BYTES_MAX_DEFAULT as u64,
        buckets: Vec::new(),
        members: members.into_iter().map(member).collect(),
    };
    administrator.init(first, init).await.map(drop).map_err(|error| not_initialised(&error))
}

fn member(whoami: Whoami) -> InitMember {
    let Whoami { node, name, address, zone, .. } = whoami;
    InitMember { node, name, address, zone, weight: 1 }
}

/// Those of the nodes that are members: one that was added may still wait, and one may have left.
async fn all_serve(looker: &Looker, nodes: &[NodeFolder]) -> Result<(), DevError> {
    let ours: BTreeSet<SocketAddr> = nodes.iter().filter_map(NodeFolder::address).collect();
    until(async || {
        let map =
            looker.find_map().await.map_err(|error| error.cause().unwrap_or_else(|| error.to_string()))?;
        let members = map.members.values().map(|member| member.address);
        let members: Vec<_> = members.filter(|address| ours.contains(address)).collect();
        let missing = complaints(&looker.status_of_all(&members).await, does_not_serve);
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    })
    .await
}

/// Whether one node is a member, as it says itself once it answers.
pub(super) async fn is_member(profile: &Profile, address: SocketAddr) -> Result<bool, DevError> {
    let credentials = profile.credentials(Plane::Look)?;
    let looker = Looker::connect_with(&[address.to_string()], &credentials, &impatient())
        .await
        .map_err(|error| not_initialised(&error))?
        .with_timeout(ANSWER_LIMIT);
    let whoami = until(async || {
        looker.whoami(address).await.map_err(|error| error.cause().unwrap_or_else(|| error.to_string()))
    });
    Ok(whoami.await?.state_version.is_some())
}

/// Where every node stands that the running cluster knows of, former members included; nothing where none can tell.
pub(super) async fn standing(profile: &Profile, addresses: &[SocketAddr]) -> BTreeMap<Name, Status> {
    let Ok(credentials) = profile.credentials(Plane::Look) else { return BTreeMap::new() };
    let Ok(looker) = Looker::connect_with(&profile.addresses, &credentials, &impatient()).await else {
        return BTreeMap::new();
    };
    let known = looker.with_timeout(ANSWER_LIMIT).newest_cluster(addresses).await;
    known.map_or_else(
        |_| BTreeMap::new(),
        |(cluster, _)| cluster.nodes.into_iter().map(|node| (node.name, node.status)).collect(),
    )
}

fn does_not_serve(status: &NodeStatus) -> Option<String> {
    let (owned, compared) = (status.partitions_owned, status.partitions_compared);
    match status.whoami.state_version {
        None => Some("has not learnt of the cluster yet".to_owned()),
        Some(_) if compared < owned => Some(format!("has compared {compared} of its {owned} partitions")),
        Some(_) => None,
    }
}

/// What is missing, in words; empty: nothing.
fn complaints<T>(answers: &Answers<T>, complaint: impl Fn(&T) -> Option<String>) -> String {
    let told: BTreeSet<String> = answers
        .iter()
        .filter_map(|(address, answer)| {
            let complaint = match answer {
                Ok(answer) => complaint(answer)?,
                Err(error) => error.cause().unwrap_or_else(|| error.to_string()),
            };
            Some(format!("{address} {complaint}"))
        })
        .collect();
    told.into_iter().collect::<Vec<_>>().join("; ")
}

/// Looks again and again, until there is something or the time is over.
async fn until<T>(look: impl AsyncFn() -> Result<T, String>) -> Result<T, DevError> {
    let end = Instant::now() + STEP_LIMIT;
    loop {
        match look().await {
            Ok(found) => return Ok(found),
            Err(waiting_for) if Instant::now() >= end => {
                return Err(DevError::NotReady { limit_s: STEP_LIMIT.as_secs(), waiting_for });
            }
            Err(_) => sleep(BETWEEN_LOOKS).await,
        }
    }
}

fn not_initialised(error: &ClientError) -> DevError {
    let cause = error.cause().map(|cause| format!(" ({cause})")).unwrap_or_default();
    DevError::NotInitialised(format!("{error}{cause}"))
}
