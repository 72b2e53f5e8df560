//! How a link can fail: each way a type of its own, each saying what happened and to whom.
//!
//! Deliberately not here: whether asking again is safe. An ask that failed after it was sent may have been carried
//! out; only the layer that names its requests can say more.

use std::fmt;
use std::net::SocketAddr;

/// How a link can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The address to bind is taken.
    #[error("{addr} is already in use by another process")]
    AddressInUse {
        /// The address that was to be bound.
        addr: SocketAddr,
    },
    /// The address cannot be bound for another reason.
    #[error("cannot listen on {addr}: {reason}")]
    CannotBind {
        /// The address that was to be bound.
        addr: SocketAddr,
        /// What the operating system or TLS said.
        reason: String,
    },
    /// Nobody answers there, or not in time.
    #[error("{addr} cannot be reached: {reason}")]
    Unreachable {
        /// The address that was dialled.
        addr: SocketAddr,
        /// What was tried, and for how long.
        reason: String,
    },
    /// One end did not accept the other's certificate, or found no common protocol.
    #[error("no trust between here and {addr}: {by} because {cause}{}", in_brackets(.detail))]
    NotAuthorised {
        /// The address that was dialled.
        addr: SocketAddr,
        /// Which end refused.
        by: By,
        /// What was wrong.
        cause: Distrust,
        /// What the refusing end's TLS said; empty if it said nothing.
        detail: String,
    },
    /// The other end knows who is calling and refuses, in its own words.
    #[error("{addr} refused: {reason}")]
    Refused {
        /// The address that was dialled.
        addr: SocketAddr,
        /// The other end's words.
        reason: String,
    },
    /// Somebody else than a node of this cluster answered.
    #[error("{addr} is not what was dialled: {reason}")]
    WrongPeer {
        /// The address that was dialled.
        addr: SocketAddr,
        /// Who was wanted and who was found.
        reason: String,
    },
    /// The connection is over. An ask that was under way may or may not have been carried out.
    #[error("the connection to {addr} is closed: {reason}")]
    Closed {
        /// The other end.
        addr: SocketAddr,
        /// Why.
        reason: String,
    },
    /// The other end (or this one) received bytes that are no frame; the connection is over.
    #[error("the connection to {addr} was closed because of malformed bytes: {reason}")]
    Malformed {
        /// The other end.
        addr: SocketAddr,
        /// What was wrong with them.
        reason: String,
    },
    /// The other end did not carry out this one ask and says why; the connection lives on.
    #[error("{addr} did not take the request: {reason}")]
    Declined {
        /// The other end.
        addr: SocketAddr,
        /// The other end's words.
        reason: String,
    },
    /// No answer in time. The ask may or may not have been carried out.
    #[error("no answer from {addr} within the deadline")]
    Deadline {
        /// The other end.
        addr: SocketAddr,
    },
    /// The queue towards the other end is full; nothing was queued.
    #[error("the queue to {addr} is full")]
    Full {
        /// The other end.
        addr: SocketAddr,
    },
    /// The payload is longer than any frame; nothing was queued.
    #[error("a message of {bytes} bytes is too long: the limit is {bytes_max}")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// New credentials are not for who this endpoint is.
    #[error("the new certificate does not fit this endpoint: {reason}")]
    NotForThisEndpoint {
        /// What differs.
        reason: String,
    },
}

/// Which end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// This end refused the other's certificate.
    Us,
    /// The other end refused ours.
    Them,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Us => "this end refused the other's certificate",
            Self::Them => "the other end refused ours",
        })
    }
}

/// What one end found wrong with the other during the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// It presented no certificate.
    NoCertificate,
    /// Its certificate is signed by an authority that is not the cluster's.
    OtherAuthority,
    /// Its certificate has expired, or is not valid yet.
    OutOfDate,
    /// Its certificate was revoked.
    Revoked,
    /// Its certificate cannot be read, or is not meant for this use.
    Unusable,
    /// Its key does not belong to its certificate.
    WrongKey,
    /// It speaks no version of the protocol that both know.
    NoCommonProtocol,
    /// TLS failed in another way: the alert's number.
    Other(u8),
}

impl Distrust {
    /// What a TLS alert means here.
    pub(crate) fn from_alert(alert: u8) -> Self {
        match alert {
            41 | 116 => Self::NoCertificate,
            42 | 43 | 46 | 49 => Self::Unusable,
            44 => Self::Revoked,
            45 => Self::OutOfDate,
            48 => Self::OtherAuthority,
            51 => Self::WrongKey,
            40 | 70 | 120 => Self::NoCommonProtocol,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => f.write_str("no certificate was presented"),
            Self::OtherAuthority => {
                f.write_str("the certificate is signed by an authority that is not this cluster's")
            }
            Self::OutOfDate => f.write_str("the certificate has expired or is not valid yet"),
            Self::Revoked => f.write_str("the certificate was revoked"),
            Self::Unusable => f.write_str("the certificate cannot be used here"),
            Self::WrongKey => f.write_str("the key does not belong to the certificate"),
            Self::NoCommonProtocol => f.write_str("there is no version of the protocol that both speak"),
            Self::Other(alert) => write!(f, "the TLS handshake failed with alert {alert}"),
        }
    }
}

fn in_brackets(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(" ({detail})") }
}
