//! Asking one named node one question, on the planes where it matters which node answers.

use std::net::SocketAddr;
use std::time::Duration;

use dynamo_transport::{Credentials, Endpoint, Pool};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::error::Failure;
use shared::wire::{Plane, decode, encode};

use crate::address::resolve;
use crate::errand::{deadline_after, surely_not_done, verdict};
use crate::error::{Attempt, Attempts, ClientError, Trouble};
use crate::profile::Profile;
use crate::settings::Settings;

/// Links on one plane.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    plane: Plane,
    pool: Pool,
    pub(crate) seeds: Vec<SocketAddr>,
    pub(crate) timeout: Duration,
}

/// One question went wrong.
pub(crate) struct Wrong {
    attempt: Attempt,
    /// Whether it may have been carried out.
    maybe_done: bool,
    /// Whether the node was reached.
    reached: bool,
}

impl Wrong {
    /// An answer that is none, to a question that changes nothing.
    pub(crate) fn strange(attempt: Attempt) -> Self {
        Self { attempt, maybe_done: false, reached: true }
    }

    /// What the node itself answered, if it did.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match &self.attempt.trouble {
            Trouble::Failure(failure) => Some(failure),
            _ => None,
        }
    }

    /// Whether it may have been carried out.
    pub(crate) fn may_be_done(&self) -> bool {
        self.maybe_done
    }

    /// As an error of its own.
    pub(crate) fn into_error(self, changes: bool) -> ClientError {
        let attempts = Attempts(vec![self.attempt]);
        if changes && self.maybe_done {
            return ClientError::OutcomeUnknown { attempts };
        }
        verdict(attempts, self.reached)
    }

    /// Many of them as one error, for questions that change nothing.
    pub(crate) fn all_into_error(all: Vec<Self>) -> ClientError {
        let reached = all.iter().any(|wrong| wrong.reached);
        verdict(Attempts(all.into_iter().map(|wrong| wrong.attempt).collect()), reached)
    }
}

impl Line {
    pub(crate) async fn to_profile(plane: Plane, profile: &Profile) -> Result<Self, ClientError> {
        let credentials = profile.credentials(plane)?;
        Self::open(plane, &profile.addresses, &credentials, &Settings::default()).await
    }

    pub(crate) async fn open(
        plane: Plane,
        addresses: &[String],
        credentials: &Credentials,
        settings: &Settings,
    ) -> Result<Self, ClientError> {
        let seeds = resolve(addresses).await?;
        let endpoint = Endpoint::dialer(credentials, settings.link.clone()).map_err(ClientError::Endpoint)?;
        Ok(Self { plane, pool: Pool::new(endpoint), seeds, timeout: settings.timeout })
    }

    /// Says goodbye.
    pub(crate) async fn close(&self, limit: Duration) {
        self.pool.endpoint().shutdown("done", limit).await;
    }

    /// Asks one node. The answer is a result in itself: the node may refuse.
    pub(crate) async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        address: SocketAddr,
        question: &Q,
        timeout: Duration,
    ) -> Result<A, Wrong> {
        let deadline = deadline_after(timeout);
        let wrong = |trouble, maybe_done, reached| Wrong {
            attempt: Attempt { node: address.to_string(), trouble },
            maybe_done,
            reached,
        };
        let connection = self
            .pool
            .connection(address, self.plane, deadline)
            .await
            .map_err(|error| wrong(Trouble::Link(error), false, false))?;
        let answer = connection.ask(encode(question), deadline).await.map_err(|error| {
            let maybe_done = !surely_not_done(&error);
            wrong(Trouble::Link(error), maybe_done, true)
        })?;
        let answer: Result<A, Failure> = decode("answer", &answer)
            .map_err(|error| wrong(Trouble::Strange(error.to_string()), true, true))?;
        answer.map_err(|failure| wrong(Trouble::Failure(failure), false, true))
    }
}
