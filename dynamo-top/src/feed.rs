//! Asks every node at every tick, and hands over answers as they come, so that a silent node does not hold up the
//! others. A node that still owes an answer is not asked again.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use dynamo_client::{ClientError, Looker, Profile, Settings};
use shared::map::ClusterMap;
use shared::wire::Plane;
use shared::wire::look::NodeStatus;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::app::Event;

/// How long an answer is waited for; then the node is as good as silent.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// Questions under way.
#[derive(Debug)]
pub struct Feed {
    looker: Looker,
    began: Instant,
    asked: JoinSet<Answer>,
    owing: BTreeSet<SocketAddr>,
    is_mapping: bool,
}

#[derive(Debug)]
enum Answer {
    Status(SocketAddr, Result<Box<NodeStatus>, ClientError>),
    Map(Result<Box<ClusterMap>, ClientError>),
}

impl Feed {
    /// As the profile says. Nobody is dialled yet.
    pub async fn open(profile: &Profile) -> Result<Self, ClientError> {
        let credentials = profile.credentials(Plane::Look)?;
        let mut settings = Settings::default();
        // A node that comes back is to be seen within a second or two.
        settings.link.back_off_max = Duration::from_secs(1);
        let looker = Looker::connect_with(&profile.addresses, &credentials, &settings).await?;
        Ok(Self {
            looker: looker.with_timeout(ANSWER_LIMIT),
            began: Instant::now(),
            asked: JoinSet::new(),
            owing: BTreeSet::new(),
            is_mapping: false,
        })
    }

    /// The addresses to begin with.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.looker.addresses()
    }

    /// Milliseconds since it was opened: the time of [`Event`]s.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Asks all of these for their status, and somebody for the declared state if that is wanted.
    pub fn ask(&mut self, addresses: &[SocketAddr], wants_map: bool) {
        for address in addresses.iter().copied() {
            if self.owing.insert(address) {
                let looker = self.looker.clone();
                self.asked.spawn(async move {
                    Answer::Status(address, looker.status(address).await.map(Box::new))
                });
            }
        }
        if wants_map && !self.is_mapping {
            self.is_mapping = true;
            let (looker, addresses) = (self.looker.clone(), addresses.to_vec());
            self.asked.spawn(async move { Answer::Map(map(&looker, &addresses).await) });
        }
    }

    /// Who still owes an answer.
    pub fn owing(&self) -> Vec<SocketAddr> {
        self.owing.iter().copied().collect()
    }

    /// The next answer; `None` when nobody owes one. Safe to give up and to call again.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.asked.join_next().await? {
                Ok(Answer::Status(address, answer)) => {
                    self.owing.remove(&address);
                    let answer = answer.map_err(|error| error.cause().unwrap_or_else(|| error.to_string()));
                    return Some(Event::Heard { at_ms: self.now_ms(), address, answer });
                }
                Ok(Answer::Map(map)) => {
                    self.is_mapping = false;
                    // Asked again at the next tick; the nodes' own answers tell what is wrong.
                    if let Ok(map) = map {
                        return Some(Event::Mapped(map));
                    }
                }
                // A question that broke off is not owed any more; which one it was is not known.
                Err(_) => self.owing.clear(),
            }
        }
    }
}

/// The first that comes: an old one is found out by the next status of a node that has a newer one. Where nobody of the
/// profile answers, the others may.
async fn map(looker: &Looker, addresses: &[SocketAddr]) -> Result<Box<ClusterMap>, ClientError> {
    match looker.find_map().await {
        Ok(map) => Ok(Box::new(map)),
        Err(error) => {
            let answers = looker.map_of_all(addresses).await;
            let newest = answers.into_iter().filter_map(|(_, map)| map.ok()).max_by_key(|map| map.version);
            newest.map(Box::new).ok_or(error)
        }
    }
}
