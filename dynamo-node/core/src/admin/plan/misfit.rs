//! Misfit: why changes are not taken, in words: what is wrong, that nothing was done, and what to try.

use shared::error::Failure;

/// What tells leave, replace and remove apart; said wherever one may have been meant for another.
pub(super) const THREE: &str = "(leave: a node that is alive hands over what it holds, and goes; replace: a node \
    that is dead gets a successor with the same partitions; remove: a node that is dead is struck off, and the others \
    make its copies anew)";

/// Why changes are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    kind: Kind,
    what: String,
    hint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Conflict,
    Refused,
}

impl Misfit {
    /// They do not fit what is there.
    pub(super) fn conflict(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind: Kind::Conflict, what: what.into(), hint: hint.into() }
    }

    /// They are not allowed.
    pub(super) fn refused(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind: Kind::Refused, what: what.into(), hint: hint.into() }
    }

    /// What the administrator is told, with what was therefore not done.
    pub(super) fn into_failure(self, undone: &str) -> Failure {
        let reason = format!("{}: {undone}; {}", self.what, self.hint);
        match self.kind {
            Kind::Conflict => Failure::Conflict { reason },
            Kind::Refused => Failure::Refused { reason },
        }
    }
}
