//! Changing the cluster. Never retries: a change whose answer was lost has an unknown outcome, and says so.

use std::net::SocketAddr;
use std::time::Duration;

use dynamo_transport::Credentials;
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
}

fn strange() -> Trouble {
    Trouble::Strange("the answer is to another question".to_owned())
}
