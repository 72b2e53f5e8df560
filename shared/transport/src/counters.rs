//! What an endpoint has seen: handshakes refused by cause, malformed frames, connections.
//!
//! Counting only; nothing is decided here.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::error::Distrust;

/// A snapshot of an endpoint's counters since it was bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections that are open now, accepted and dialled.
    pub connections_open: u64,
    /// Connections accepted.
    pub accepted: u64,
    /// Connections dialled with success.
    pub dialled: u64,
    /// Callers without a certificate.
    pub refused_no_certificate: u64,
    /// Callers with another authority's certificate.
    pub refused_other_authority: u64,
    /// Callers with a certificate that has expired or is not valid yet.
    pub refused_out_of_date: u64,
    /// Callers with a good certificate that carries no role.
    pub refused_nobody: u64,
    /// Callers of another cluster under the same authority.
    pub refused_other_cluster: u64,
    /// Callers whose role may not use the plane.
    pub refused_role: u64,
    /// Callers turned away because there are too many.
    pub refused_too_many: u64,
    /// Callers that gave up, or did not finish the handshake in time, or failed it in another way.
    pub refused_other: u64,
    /// Frames that were none; each cost its connection.
    pub malformed_frames: u64,
    /// Connections closed because the other end's certificate expired meanwhile.
    pub expired: u64,
}

/// Why a caller was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Distrust(Distrust),
    Nobody,
    OtherCluster,
    Role,
    TooMany,
    Other,
}

/// The counters themselves.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    connections_open: AtomicU64,
    accepted: AtomicU64,
    dialled: AtomicU64,
    no_certificate: AtomicU64,
    other_authority: AtomicU64,
    out_of_date: AtomicU64,
    nobody: AtomicU64,
    other_cluster: AtomicU64,
    role: AtomicU64,
    too_many: AtomicU64,
    other: AtomicU64,
    malformed_frames: AtomicU64,
    expired: AtomicU64,
}

impl Tallies {
    pub(crate) fn refused(&self, refusal: Refusal) {
        let tally = match refusal {
            Refusal::Distrust(Distrust::NoCertificate) => &self.no_certificate,
            Refusal::Distrust(Distrust::OtherAuthority) => &self.other_authority,
            Refusal::Distrust(Distrust::OutOfDate) => &self.out_of_date,
            Refusal::Nobody => &self.nobody,
            Refusal::OtherCluster => &self.other_cluster,
            Refusal::Role => &self.role,
            Refusal::TooMany => &self.too_many,
            Refusal::Distrust(_) | Refusal::Other => &self.other,
        };
        tally.fetch_add(1, Relaxed);
    }

    pub(crate) fn opened(&self, accepted: bool) {
        self.connections_open.fetch_add(1, Relaxed);
        if accepted { &self.accepted } else { &self.dialled }.fetch_add(1, Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.connections_open.fetch_sub(1, Relaxed);
    }

    pub(crate) fn malformed_frame(&self) {
        self.malformed_frames.fetch_add(1, Relaxed);
    }

    pub(crate) fn expired(&self) {
        self.expired.fetch_add(1, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Counters {
        let read = |tally: &AtomicU64| tally.load(Relaxed);
        Counters {
            connections_open: read(&self.connections_open),
            accepted: read(&self.accepted),
            dialled: read(&self.dialled),
            refused_no_certificate: read(&self.no_certificate),
            refused_other_authority: read(&self.other_authority),
            refused_out_of_date: read(&self.out_of_date),
            refused_nobody: read(&self.nobody),
            refused_other_cluster: read(&self.other_cluster),
            refused_role: read(&self.role),
            refused_too_many: read(&self.too_many),
            refused_other: read(&self.other),
            malformed_frames: read(&self.malformed_frames),
            expired: read(&self.expired),
        }
    }
}
