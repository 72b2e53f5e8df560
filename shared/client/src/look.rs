//! Looking: what nodes say of themselves. Changes nothing, and never retries: an onlooker wants to know who is silent.

use std::net::SocketAddr;
use std::time::Duration;

use dynamo_transport::Credentials;
use shared::map::ClusterMap;
use shared::wire::Plane;
use shared::wire::look::{Look, NodeStatus, Seen, Whoami};
use tokio::task::JoinSet;

use crate::error::{Attempt, ClientError, Trouble};
use crate::line::{Line, Wrong};
use crate::profile::Profile;
use crate::settings::Settings;

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

fn not_asked(address: SocketAddr) -> Wrong {
    let trouble = Trouble::Strange("the answer is to another question".to_owned());
    Wrong::strange(Attempt { node: address.to_string(), trouble })
}
