//! Changing the cluster. Never retries: a change whose answer was lost has an unknown outcome, and says so.

use std::net::SocketAddr;
use std::time::Duration;

use dynamo_transport::Credentials;
use shared::error::Failure;
use shared::wire::Plane;
use shared::wire::admin::{Admin, Done, Init};

use crate::error::{Attempt, ClientError, Trouble};
use crate::line::{Line, Wrong};
use crate::profile::Profile;
use crate::settings::Settings;

/// Somebody who may change the cluster. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Administrator {
    line: Line,
}

impl Administrator {
    /// As the profile says, with the usual [`Settings`].
    pub async fn connect(profile: &Profile) -> Result<Self, ClientError> {
        Ok(Self { line: Line::to_profile(Plane::Admin, profile).await? })
    }

    /// With these addresses (`host:port`) to begin with. Nobody is dialled yet.
    pub async fn connect_with(
        addresses: &[String],
        credentials: &Credentials,
        settings: &Settings,
    ) -> Result<Self, ClientError> {
        Ok(Self { line: Line::open(Plane::Admin, addresses, credentials, settings).await? })
    }

    /// The same, waiting no longer than this for each answer.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.line.timeout = timeout;
        self
    }

    /// Says goodbye to the nodes, so that they need not find out; waits at most so long for that to be sent.
    pub async fn close(&self, limit: Duration) {
        self.line.close(limit).await;
    }

    /// The addresses to begin with.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.line.seeds
    }

    /// Creates the first declared state; returns its version. The node at the address must be among the members, and
    /// all of them must be waiting with empty stores.
    pub async fn init(&self, address: SocketAddr, init: Init) -> Result<u64, ClientError> {
        match self.ask(address, &Admin::Init(init)).await? {
            Done::Initialised { version } => Ok(version),
            _ => {
                Err(Wrong::strange(Attempt { node: address.to_string(), trouble: strange() })
                    .into_error(true))
            }
        }
    }

    /// Asks the node at an address for a change; what came of it is of the change's own kind.
    pub async fn ask(&self, address: SocketAddr, change: &Admin) -> Result<Done, ClientError> {
        let asked = self.line.ask(address, change, self.line.timeout).await;
        asked.map_err(|wrong| wrong.into_error(true))
    }

    /// Asks these nodes for a change, one after the other, until one of them took the question up. The next is asked only
    /// where the one before cannot have changed anything: it was not reached, or it has no cluster, is busy or stops.
    pub async fn ask_first_of(&self, addresses: &[SocketAddr], change: &Admin) -> Result<Done, ClientError> {
        let mut in_vain = Vec::new();
        for address in addresses {
            match self.line.ask(*address, change, self.line.timeout).await {
                Ok(done) => return Ok(done),
                Err(wrong) if !is_for_another(&wrong) => return Err(wrong.into_error(true)),
                Err(wrong) => in_vain.push(wrong),
            }
        }
        Err(Wrong::all_into_error(in_vain))
    }
}

/// Whether another node may do what this one certainly did not.
fn is_for_another(wrong: &Wrong) -> bool {
    match wrong.failure() {
        Some(Failure::Waiting { .. } | Failure::Busy { .. } | Failure::Stopping { .. }) => true,
        Some(_) => false,
        None => !wrong.may_be_done(),
    }
}

fn strange() -> Trouble {
    Trouble::Strange("the answer is to another question".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use dynamo_transport::Subject;

    use super::*;
    use crate::stage::{Stage, brisk};

    #[tokio::test]
    async fn the_next_is_asked_for_a_change_only_where_the_first_certainly_did_nothing() {
        let stage = Stage::of(3);
        let asked: Arc<Mutex<Vec<usize>>> = Arc::default();
        let heard = Arc::clone(&asked);
        *stage.shared.admin.lock().unwrap() = Box::new(move |number, _| {
            heard.lock().unwrap().push(number);
            Some(match number {
                0 => Err(Failure::Stopping { node: "n1".into() }),
                1 => Err(Failure::Conflict { reason: "somebody else was first".into() }),
                _ => Ok(Done::Set { version: 2 }),
            })
        });
        let root = stage.credentials(&Subject::Admin("root".parse().unwrap()));
        let admin = Administrator::connect_with(&stage.addresses(), &root, &brisk()).await.unwrap();
        let pause = Admin::Pause { pause: true };
        let error = admin.ask_first_of(admin.addresses(), &pause).await.unwrap_err();
        assert_eq!(error.to_string(), "somebody else was first");
        assert_eq!(*asked.lock().unwrap(), [0, 1]);
        let done = admin.ask_first_of(&admin.addresses()[2..], &pause).await.unwrap();
        assert_eq!(done, Done::Set { version: 2 });
    }
}
