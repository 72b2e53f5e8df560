//! What can go wrong, with a stable code, what is known of the outcome, the cause, and what to try.
//!
//! `Display` says what; [`ClientError::cause`] why; [`ClientError::hint`] what to do about it.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use dynamo_transport::LinkError;
use shared::error::{Failure, Outcome};
use shared::id::Name;

use crate::profile::ProfileError;

/// How many attempts a cause tells of: the first and the last are what matters.
const ATTEMPTS_TOLD_MAX: usize = 6;

/// Why a request was not done, or why that is not known.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// There is nobody to ask.
    #[error("no address to begin with was given")]
    NoAddress,
    /// A text is no address, or its name is not known.
    #[error("`{address}` cannot be resolved")]
    BadAddress {
        /// The text.
        address: String,
        /// What the resolver said.
        reason: String,
    },
    /// This machine gives no port to dial from, or the credentials cannot be used.
    #[error("cannot open a port to dial from")]
    Endpoint(LinkError),
    /// Nothing was asked, because nobody could be reached.
    #[error("no node can be reached")]
    NoNodeReachable {
        /// What was tried.
        attempts: Attempts,
    },
    /// Nodes are there, but do not trust this certificate, or are not trusted.
    #[error("not authorised")]
    NotAuthorised {
        /// What was tried.
        attempts: Attempts,
    },
    /// No bucket has that name.
    #[error("there is no bucket `{name}`")]
    UnknownBucket {
        /// What was asked for.
        name: Name,
        /// The names that look like it.
        near: Vec<Name>,
        /// What there is.
        known: Vec<Name>,
    },
    /// A node answered, and this is what it said. Nothing was changed.
    #[error("{failure}")]
    Failed {
        /// Its answer.
        failure: Failure,
        /// What was tried.
        attempts: Attempts,
    },
    /// Nodes were reached, but none of them answered in time. Nothing was to be changed.
    #[error("no node answered in time")]
    NoAnswer {
        /// What was tried.
        attempts: Attempts,
    },
    /// The write may have been done: somebody was asked and did not say.
    #[error("outcome unknown: the write may or may not have been done")]
    OutcomeUnknown {
        /// What was tried.
        attempts: Attempts,
    },
    /// A node answered something that is no answer to what was asked.
    #[error("{address} answered what was not asked")]
    Strange {
        /// Who.
        address: SocketAddr,
        /// What is wrong with it.
        reason: String,
    },
    /// The machine has no randomness to name a request with.
    #[error("no random number can be had: {0}")]
    NoRandomness(getrandom::Error),
}

impl ClientError {
    /// A stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Profile(ProfileError::NoCertificate { .. }) | Self::NotAuthorised { .. } => {
                "not-authorised"
            }
            Self::Profile(ProfileError::Credentials(_)) => "credentials",
            Self::Profile(_) => "profile",
            Self::NoAddress | Self::BadAddress { .. } => "bad-address",
            Self::Endpoint(_) => "endpoint",
            Self::NoNodeReachable { .. } => "no-node-reachable",
            Self::UnknownBucket { .. } => "unknown-bucket",
            Self::Failed { failure, .. } => failure.code(),
            Self::NoAnswer { .. } => "no-answer",
            Self::OutcomeUnknown { .. } => "outcome-unknown",
            Self::Strange { .. } => "strange-answer",
            Self::NoRandomness(_) => "no-randomness",
        }
    }

    /// Whether something may have been changed.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::OutcomeUnknown { .. } => Outcome::Unknown,
            Self::Failed { failure, .. } => failure.outcome(),
            _ => Outcome::Unchanged,
        }
    }

    /// What a node answered last, if one did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            _ => None,
        }
    }

    /// Why, in one line.
    pub fn cause(&self) -> Option<String> {
        match self {
            Self::BadAddress { reason, .. } | Self::Strange { reason, .. } => Some(reason.clone()),
            Self::Endpoint(error) => Some(error.to_string()),
            Self::NoNodeReachable { attempts }
            | Self::NotAuthorised { attempts }
            | Self::Failed { attempts, .. }
            | Self::NoAnswer { attempts }
            | Self::OutcomeUnknown { attempts } => Some(attempts.to_string()).filter(|text| !text.is_empty()),
            Self::Profile(_) | Self::NoAddress | Self::UnknownBucket { .. } | Self::NoRandomness(_) => None,
        }
    }

    /// What to try, in one line.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownBucket { near, known, .. } => return Some(buckets(near, known)),
            Self::Failed { failure, .. } => return hint_for(failure).map(str::to_owned),
            Self::Profile(ProfileError::NoneCurrent { .. } | ProfileError::Unknown { .. }) => {
                "`dynamo-ctl profile list` shows what there is"
            }
            Self::Profile(ProfileError::NoCertificate { .. }) => {
                "have one issued with `dynamo-ctl cert issue`, and name it in the profile"
            }
            Self::Profile(_) | Self::Endpoint(_) | Self::NoRandomness(_) => return None,
            Self::NoAddress => "name one in the profile's `addresses`",
            Self::BadAddress { .. } => "addresses are written host:port",
            Self::NoNodeReachable { .. } => {
                "is a node running there? `dynamo-ctl profile show` tells which addresses are tried"
            }
            Self::NotAuthorised { .. } => {
                "`dynamo-ctl cert inspect` tells a certificate's cluster, role and last day"
            }
            Self::NoAnswer { .. } => "`dynamo-ctl status` tells which nodes are down; --timeout waits longer",
            Self::OutcomeUnknown { .. } => "read the key before writing it again",
            Self::Strange { .. } => "do the tool and the nodes have the same version?",
        };
        Some(hint.to_owned())
    }
}

fn hint_for(failure: &Failure) -> Option<&'static str> {
    Some(match failure {
        Failure::NotAuthorised { .. } => {
            "`dynamo-ctl cert inspect` tells a certificate's cluster, role and last day"
        }
        Failure::Waiting { .. } => "create the cluster with `dynamo-ctl cluster init`",
        Failure::ContextForged | Failure::ContextForeign => "get the key again, and put with that context",
        Failure::QuorumNotMet { .. } | Failure::DeadlinePassed { .. } => {
            "`dynamo-ctl status` tells which nodes are down"
        }
        Failure::OutcomeUnknown { .. } => "read the key before writing it again",
        Failure::Full { .. } => "free disk space on that node, or add a node",
        Failure::Busy { .. } | Failure::Stopping { .. } => "try again in a moment",
        Failure::PartitionUnreachable { .. } => "`dynamo-ctl status` tells what is not compared yet",
        _ => return None,
    })
}

fn buckets(near: &[Name], known: &[Name]) -> String {
    let listed = |names: &[Name]| names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
    if near.is_empty() {
        format!("there is {}", listed(known.get(..10).unwrap_or(known)))
    } else {
        format!("did you mean {}?", listed(near))
    }
}

/// What went wrong at one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Between here and there.
    Link(LinkError),
    /// It answered that it did not.
    Failure(Failure),
    /// It has not answered for so long; it may still do so.
    Silent(Duration),
    /// What it answered cannot be read.
    Strange(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
            Self::Failure(failure) => failure.fmt(f),
            Self::Silent(since) => write!(f, "no answer for {since:.1?}"),
            Self::Strange(reason) => write!(f, "its answer cannot be read: {reason}"),
        }
    }
}

/// One node that was asked in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its name, or its address where the name is not known.
    pub node: String,
    /// What went wrong.
    pub trouble: Trouble,
}

/// Everyone who was asked in vain, in the order of their troubles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts(pub Vec<Attempt>);

impl fmt::Display for Attempts {
    /// In one line; what one node said several times is told once.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: Vec<String> = Vec::new();
        for Attempt { node, trouble } in &self.0 {
            let trouble = trouble.to_string();
            // Links name the address that they go to.
            let line = if trouble.contains(node) { trouble } else { format!("{node}: {trouble}") };
            if !told.contains(&line) {
                told.push(line);
            }
        }
        let more = told.len().saturating_sub(ATTEMPTS_TOLD_MAX);
        f.write_str(&told.get(more..).unwrap_or_default().join("; "))?;
        if more > 0 { write!(f, " (and {more} more before)") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(node: &str, trouble: Trouble) -> Attempt {
        Attempt { node: node.into(), trouble }
    }

    #[test]
    fn attempts_are_told_once_each() {
        let failure = Failure::QuorumNotMet { needed: 2, reached: 1, uncompared: 0 };
        let silent = Trouble::Silent(Duration::from_secs(1));
        let attempts = Attempts(vec![
            attempt("n1", Trouble::Failure(failure.clone())),
            attempt("n2", silent.clone()),
            attempt("n1", Trouble::Failure(failure)),
        ]);
        let told = "n1: quorum not met: 1 of the 2 wanted replicas answered; n2: no answer for 1.0s";
        assert_eq!(attempts.to_string(), told);
    }

    #[test]
    fn of_many_attempts_the_last_are_told() {
        let silent = Trouble::Silent(Duration::from_secs(1));
        let attempts = Attempts((1..=8).map(|n| attempt(&format!("n{n}"), silent.clone())).collect());
        let told = attempts.to_string();
        assert!(told.starts_with("n3: ") && told.ends_with("(and 2 more before)"), "{told}");
    }

    #[test]
    fn near_names_are_proposed_before_all_names() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let unknown = |near| ClientError::UnknownBucket {
            name: name("sesions"),
            near,
            known: vec![name("default"), name("sessions")],
        };
        assert_eq!(unknown(vec![name("sessions")]).hint().unwrap(), "did you mean sessions?");
        assert_eq!(unknown(vec![]).hint().unwrap(), "there is default, sessions");
    }
}
