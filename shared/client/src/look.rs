//! Looking: what nodes say of themselves, and of the cluster. Changes nothing. What a node says of itself is asked once: an
//! onlooker wants to know who is silent. What any member can say of the cluster is asked of the next when one is silent.

use std::cmp::Reverse;
use std::net::SocketAddr;
use std::time::Duration;

use dynamo_transport::Credentials;
use shared::map::ClusterMap;
use shared::wire::Plane;
use shared::wire::cluster::{ClusterView, RingView};
use shared::wire::look::{Look, NodeStatus, Seen, Whoami};
use shared::wire::operation::Transfer;
use shared::wire::plan::{Change, Objective, Plan, Proposal};
use shared::wire::telemetry::{Page, Since};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::{Attempt, ClientError, Trouble};
use crate::line::{Line, Wrong};
use crate::profile::Profile;
use crate::settings::Settings;

/// How long whoever is slower than the first to answer may still say that they know of something newer.
const GRACE: Duration = Duration::from_millis(250);

/// A node that is silent for so long has the next one asked as well; it is still listened to.
const NEXT_AFTER: Duration = Duration::from_secs(1);

/// Somebody who looks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Looker {
    line: Line,
}

/// Takes from an answer what was asked for.
type Read<T> = fn((SocketAddr, Result<Seen, Wrong>)) -> Result<T, Wrong>;

/// What each of several nodes answered, in the order in which they were named.
pub type Answers<T> = Vec<(SocketAddr, Result<T, ClientError>)>;

impl Looker {
    /// As the profile says, with the usual [`Settings`].
    pub async fn connect(profile: &Profile) -> Result<Self, ClientError> {
        Ok(Self { line: Line::to_profile(Plane::Look, profile).await? })
    }

    /// With these addresses (`host:port`) to begin with. Nobody is dialled yet.
    pub async fn connect_with(
        addresses: &[String],
        credentials: &Credentials,
        settings: &Settings,
    ) -> Result<Self, ClientError> {
        Ok(Self { line: Line::open(Plane::Look, addresses, credentials, settings).await? })
    }

    /// The same, waiting no longer than this for each answer.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.line.timeout = timeout;
        self
    }

    /// The addresses to begin with.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.line.seeds
    }

    /// Says goodbye to the nodes, so that they need not find out; waits at most so long for that to be sent.
    pub async fn close(&self, limit: Duration) {
        self.line.close(limit).await;
    }

    /// Who a node is; it answers even while it waits for a cluster.
    pub async fn whoami(&self, address: SocketAddr) -> Result<Whoami, ClientError> {
        whoami(self.look(address, Look::Whoami).await).map_err(|wrong| wrong.into_error(false))
    }

    /// A node's declared state.
    pub async fn map(&self, address: SocketAddr) -> Result<ClusterMap, ClientError> {
        map(self.look(address, Look::Map).await).map_err(|wrong| wrong.into_error(false))
    }

    /// A node's view of itself and of the others.
    pub async fn status(&self, address: SocketAddr) -> Result<NodeStatus, ClientError> {
        status(self.look(address, Look::Status).await).map_err(|wrong| wrong.into_error(false))
    }

    /// What a node measured, second by second: a page of it, which says how to go on.
    pub async fn telemetry(&self, address: SocketAddr, since: Since) -> Result<Page, ClientError> {
        telemetry(self.look(address, Look::Telemetry(since)).await).map_err(|wrong| wrong.into_error(false))
    }

    /// What a node answers to any question.
    pub async fn ask(&self, address: SocketAddr, look: Look) -> Result<Seen, ClientError> {
        self.look(address, look).await.1.map_err(|wrong| wrong.into_error(false))
    }

    /// What all of these answer to the same question, asked at the same time.
    pub async fn ask_all(&self, addresses: &[SocketAddr], look: &Look) -> Answers<Seen> {
        separate(self.look_at_all(addresses, look, |(_, seen)| seen).await)
    }

    /// Who all of these are, asked at the same time.
    pub async fn whoami_of_all(&self, addresses: &[SocketAddr]) -> Answers<Whoami> {
        separate(self.look_at_all(addresses, &Look::Whoami, whoami).await)
    }

    /// The status of all of these, asked at the same time.
    pub async fn status_of_all(&self, addresses: &[SocketAddr]) -> Answers<NodeStatus> {
        separate(self.look_at_all(addresses, &Look::Status, status).await)
    }

    /// The declared state of all of these, asked at the same time.
    pub async fn map_of_all(&self, addresses: &[SocketAddr]) -> Answers<ClusterMap> {
        separate(self.look_at_all(addresses, &Look::Map, map).await)
    }

    /// The declared state that the first of the addresses to begin with answers, asked at the same time.
    ///
    /// Fails if none of them has one: with [`shared::error::Failure::Waiting`] if one that can be reached has no
    /// cluster yet.
    pub async fn find_map(&self) -> Result<ClusterMap, ClientError> {
        let mut asked = JoinSet::new();
        for address in self.line.seeds.clone() {
            let looker = self.clone();
            asked.spawn(async move { map(looker.look(address, Look::Map).await) });
        }
        let mut in_vain = Vec::new();
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok(Ok(map)) => return Ok(map),
                Ok(Err(wrong)) => in_vain.push(wrong),
                Err(error) => tracing::debug!(%error, "a question was not asked to its end"),
            }
        }
        Err(Wrong::all_into_error(in_vain))
    }

    /// The newest view of the cluster that these nodes have, asked at the same time, and who of them answered, whoever
    /// knows the newest state first. Nobody waits for those who are much slower than the first.
    ///
    /// Fails if none of them has one: with [`shared::error::Failure::Waiting`] if one that can be reached has no
    /// cluster yet.
    pub async fn newest_cluster(
        &self,
        addresses: &[SocketAddr],
    ) -> Result<(ClusterView, Vec<SocketAddr>), ClientError> {
        let mut asked = JoinSet::new();
        for address in addresses.iter().copied() {
            let looker = self.clone();
            asked.spawn(async move { (address, cluster(looker.look(address, Look::Cluster).await)) });
        }
        let (mut views, mut in_vain) = (Vec::new(), Vec::new());
        let mut until: Option<Instant> = None;
        loop {
            let next = match until {
                None => asked.join_next().await,
                Some(until) => timeout_at(until, asked.join_next()).await.unwrap_or(None),
            };
            match next {
                None => break,
                Some(Ok((address, Ok(view)))) => {
                    views.push((address, view));
                    until.get_or_insert_with(|| Instant::now() + GRACE);
                }
                Some(Ok((_, Err(wrong)))) => in_vain.push(wrong),
                Some(Err(error)) => tracing::debug!(%error, "a question was not asked to its end"),
            }
        }
        views.sort_by_key(|(_, view)| Reverse(view.version));
        let answered = views.iter().map(|(address, _)| *address).collect();
        let newest = views.into_iter().next().map(|(_, view)| view);
        newest.map(|view| (view, answered)).ok_or_else(|| Wrong::all_into_error(in_vain))
    }

    /// The declared state, of the first of these nodes that answers.
    pub async fn map_of_any(&self, addresses: &[SocketAddr]) -> Result<ClusterMap, ClientError> {
        self.first_of(addresses, &Look::Map, map).await
    }

    /// The ring partition by partition, of the first of these nodes that answers.
    pub async fn ring_of_any(&self, addresses: &[SocketAddr]) -> Result<RingView, ClientError> {
        self.first_of(addresses, &Look::Ring, ring).await
    }

    /// What a plan of these changes on top of what is staged would do, of the first of these nodes that answers. What a
    /// node refuses to plan, another would too, and is not asked.
    pub async fn plan_of_any(
        &self,
        addresses: &[SocketAddr],
        changes: Vec<Change>,
    ) -> Result<Plan, ClientError> {
        self.first_of(addresses, &Look::Plan { changes }, plan).await
    }

    /// Ways to balance what is there, of the first of these nodes that answers. At most `moves_max` replicas may move.
    pub async fn proposals_of_any(
        &self,
        addresses: &[SocketAddr],
        objective: Objective,
        moves_max: Option<u32>,
    ) -> Result<Vec<Proposal>, ClientError> {
        self.first_of(addresses, &Look::Propose { objective, moves_max }, proposals).await
    }

    /// The partitions that each of these nodes takes in or gives up, asked at the same time.
    pub async fn transfers_of_all(&self, addresses: &[SocketAddr]) -> Answers<Vec<Transfer>> {
        separate(self.look_at_all(addresses, &Look::Transfers, transfers).await)
    }

    /// The first answer that there is. The nodes are asked one after the other: the next where one failed, or was silent
    /// for a while.
    async fn first_of<T: Send + 'static>(
        &self,
        addresses: &[SocketAddr],
        look: &Look,
        read: Read<T>,
    ) -> Result<T, ClientError> {
        let (mut asked, mut left, mut in_vain) = (JoinSet::new(), addresses.iter().copied(), Vec::new());
        loop {
            if let Some(address) = left.next() {
                let (looker, look) = (self.clone(), look.clone());
                asked.spawn(async move { read(looker.look(address, look).await) });
            } else if asked.is_empty() {
                return Err(Wrong::all_into_error(in_vain));
            }
            match timeout(NEXT_AFTER, asked.join_next()).await {
                Ok(Some(Ok(Ok(answer)))) => return Ok(answer),
                Ok(Some(Ok(Err(wrong)))) if is_final(&wrong) => return Err(wrong.into_error(false)),
                Ok(Some(Ok(Err(wrong)))) => in_vain.push(wrong),
                Ok(Some(Err(error))) => tracing::debug!(%error, "a question was not asked to its end"),
                Ok(None) | Err(_) => {}
            }
        }
    }

    async fn look(&self, address: SocketAddr, look: Look) -> (SocketAddr, Result<Seen, Wrong>) {
        (address, self.line.ask(address, &look, self.line.timeout).await)
    }

    async fn look_at_all<T: Send + 'static>(
        &self,
        addresses: &[SocketAddr],
        look: &Look,
        read: Read<T>,
    ) -> Vec<(SocketAddr, Result<T, Wrong>)> {
        let mut asked = JoinSet::new();
        for (place, address) in addresses.iter().copied().enumerate() {
            let (looker, look) = (self.clone(), look.clone());
            asked.spawn(async move { (place, address, read(looker.look(address, look).await)) });
        }
        let mut answers = asked.join_all().await;
        answers.sort_by_key(|(place, ..)| *place);
        answers.into_iter().map(|(_, address, answer)| (address, answer)).collect()
    }
}

fn separate<T>(answers: Vec<(SocketAddr, Result<T, Wrong>)>) -> Answers<T> {
    answers
        .into_iter()
        .map(|(address, answer)| (address, answer.map_err(|wrong| wrong.into_error(false))))
        .collect()
}

fn whoami((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<Whoami, Wrong> {
    match seen? {
        Seen::Whoami(whoami) => Ok(whoami),
        _ => Err(not_asked(address)),
    }
}

fn map((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<ClusterMap, Wrong> {
    match seen? {
        Seen::Map(map) => Ok(*map),
        _ => Err(not_asked(address)),
    }
}

fn status((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<NodeStatus, Wrong> {
    match seen? {
        Seen::Status(status) => Ok(*status),
        _ => Err(not_asked(address)),
    }
}

fn telemetry((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<Page, Wrong> {
    match seen? {
        Seen::Telemetry(page) => Ok(*page),
        _ => Err(not_asked(address)),
    }
}

fn cluster((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<ClusterView, Wrong> {
    match seen? {
        Seen::Cluster(cluster) => Ok(*cluster),
        _ => Err(not_asked(address)),
    }
}

fn ring((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<RingView, Wrong> {
    match seen? {
        Seen::Ring(ring) => Ok(*ring),
        _ => Err(not_asked(address)),
    }
}

fn plan((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<Plan, Wrong> {
    match seen? {
        Seen::Plan(plan) => Ok(*plan),
        _ => Err(not_asked(address)),
    }
}

fn proposals((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<Vec<Proposal>, Wrong> {
    match seen? {
        Seen::Proposals(proposals) => Ok(proposals),
        _ => Err(not_asked(address)),
    }
}

fn transfers((address, seen): (SocketAddr, Result<Seen, Wrong>)) -> Result<Vec<Transfer>, Wrong> {
    match seen? {
        Seen::Transfers(transfers) => Ok(transfers),
        _ => Err(not_asked(address)),
    }
}

/// Whether another node would say the same: this one answered, and not because of how it is itself.
fn is_final(wrong: &Wrong) -> bool {
    wrong.failure().is_some_and(|failure| !failure.is_worth_retrying())
}

fn not_asked(address: SocketAddr) -> Wrong {
    let trouble = Trouble::Strange("the answer is to another question".to_owned());
    Wrong::strange(Attempt { node: address.to_string(), trouble })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use dynamo_transport::Subject;
    use shared::error::Failure;

    use super::*;
    use crate::sample;
    use crate::stage::{Stage, brisk};

    async fn looker(stage: &Stage) -> Looker {
        let operator = stage.credentials(&Subject::Operator("looker".parse().unwrap()));
        Looker::connect_with(&stage.addresses(), &operator, &brisk()).await.unwrap()
    }

    fn view(version: u64) -> ClusterView {
        ClusterView {
            cluster: sample::CLUSTER,
            name: "prod".parse().unwrap(),
            lineage: "00".into(),
            version,
            ring_version: 1,
            quorum: shared::quorum::Quorum::DEFAULT,
            partitions: 8,
            nodes: Vec::new(),
            staged: Vec::new(),
            operations: Vec::new(),
            limits: shared::wire::cluster::TransferLimits {
                bytes_per_second: 0,
                partitions_at_once: 1,
                is_paused: false,
            },
            history: Vec::new(),
        }
    }

    #[tokio::test]
    async fn the_newest_view_counts_and_whoever_is_silent_is_not_waited_for() {
        let stage = Stage::of(3);
        *stage.shared.look.lock().unwrap() = Box::new(|number, _| match number {
            0 => Some(Ok(Seen::Cluster(Box::new(view(4))))),
            1 => Some(Ok(Seen::Cluster(Box::new(view(5))))),
            _ => None,
        });
        let looker = looker(&stage).await;
        let (newest, answered) = looker.newest_cluster(looker.addresses()).await.unwrap();
        assert_eq!(newest.version, 5);
        assert_eq!(answered, [looker.addresses()[1], looker.addresses()[0]]);

        *stage.shared.look.lock().unwrap() =
            Box::new(|number, _| Some(Err(Failure::Waiting { node: format!("n{number}") })));
        let error = looker.newest_cluster(looker.addresses()).await.unwrap_err();
        assert!(matches!(error.failure(), Some(Failure::Waiting { .. })), "{error}");
    }

    #[tokio::test]
    async fn the_next_is_asked_where_one_cannot_say_and_nobody_where_one_refuses() {
        let stage = Stage::of(3);
        let asked: Arc<Mutex<Vec<usize>>> = Arc::default();
        let heard = Arc::clone(&asked);
        *stage.shared.look.lock().unwrap() = Box::new(move |number, _| {
            heard.lock().unwrap().push(number);
            match number {
                0 => Some(Err(Failure::Waiting { node: "n1".into() })),
                1 => None,
                _ => Some(Err(Failure::Refused { reason: "no such zone".into() })),
            }
        });
        let looker = looker(&stage).await;
        let error = looker.plan_of_any(looker.addresses(), Vec::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "no such zone");
        assert_eq!(*asked.lock().unwrap(), [0, 1, 2]);
        let first = &looker.addresses()[2..];
        assert_eq!(looker.plan_of_any(first, Vec::new()).await.unwrap_err().to_string(), "no such zone");
        assert_eq!(asked.lock().unwrap().len(), 4);
    }
}
