//! The exit codes: what a script may rely on, and which failure gets which.

use dynamo_client::{ClientError, ProfileError};
use dynamo_transport::CredentialsError;
use shared::error::Failure;

/// How the program ends. The numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for happened.
    Ok = 0,
    /// None of the others.
    Other = 1,
    /// The command line, a file it names, or the profile is wrong.
    Usage = 2,
    /// Partly done.
    Partly = 3,
    /// There is no such key, bucket, node, operation, plan or profile.
    NotFound = 4,
    /// Siblings where one value was asked for, or a change that does not fit what is there.
    Conflict = 5,
    /// Too few replicas.
    Quorum = 6,
    /// The deadline passed: whether it was done is not known.
    Unknown = 7,
    /// It goes on in the cluster.
    NotFinished = 8,
    /// Refused before anything was tried.
    Refused = 9,
    /// The cluster works, but not as it should.
    Degraded = 10,
    /// The cluster cannot do it now.
    Unavailable = 11,
    /// No node can be reached.
    NoNode = 12,
    /// The certificate may not do this.
    NotAuthorised = 13,
    /// The cluster did not do in the end what it had begun.
    OperationFailed = 14,
    /// Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What a client's error ends with.
    pub fn of(error: &ClientError) -> Self {
        match error {
            ClientError::Profile(error) => Self::of_profile(error),
            ClientError::NoAddress | ClientError::BadAddress { .. } => Self::Usage,
            ClientError::NoNodeReachable { .. } => Self::NoNode,
            ClientError::NotAuthorised { .. } => Self::NotAuthorised,
            ClientError::UnknownBucket { .. } => Self::NotFound,
            ClientError::Failed { failure, .. } => Self::of_failure(failure),
            ClientError::NoAnswer { .. } => Self::Unavailable,
            ClientError::OutcomeUnknown { .. } => Self::Unknown,
            ClientError::Endpoint(_) | ClientError::Strange { .. } | ClientError::NoRandomness(_) => {
                Self::Other
            }
        }
    }

    /// What a wrong profile ends with.
    pub fn of_profile(error: &ProfileError) -> Self {
        match error {
            ProfileError::NoCertificate { .. } => Self::NotAuthorised,
            ProfileError::Credentials(error) => Self::of_credentials(error),
            ProfileError::Unknown { .. } => Self::NotFound,
            ProfileError::File { verb: "write", .. } => Self::Other,
            _ => Self::Usage,
        }
    }

    fn of_credentials(error: &CredentialsError) -> Self {
        use CredentialsError::{Expired, NotYetValid, OtherAuthority};
        match error {
            Expired { .. } | NotYetValid { .. } | OtherAuthority { .. } => Self::NotAuthorised,
            _ => Self::Usage,
        }
    }

    /// What a node's refusal ends with.
    pub fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::BadQuorum { .. } | Failure::ValueTooLong { .. } => Self::Usage,
            Failure::NotAuthorised { .. } => Self::NotAuthorised,
            Failure::UnknownBucket => Self::NotFound,
            Failure::ContextForged | Failure::ContextForeign | Failure::Conflict { .. } => Self::Conflict,
            Failure::QuorumNotMet { .. } | Failure::DeadlinePassed { .. } | Failure::NoMajority { .. } => {
                Self::Quorum
            }
            Failure::OutcomeUnknown { .. } => Self::Unknown,
            Failure::Refused { .. } | Failure::Blocked { .. } => Self::Refused,
            Failure::Waiting { .. }
            | Failure::Full { .. }
            | Failure::Busy { .. }
            | Failure::Stopping { .. }
            | Failure::Left { .. }
            | Failure::PartitionUnreachable { .. } => Self::Unavailable,
            Failure::Malformed { .. } | Failure::StoreFailed { .. } => Self::Other,
        }
    }
}

/// The table, as the manual pages show it.
pub const TABLE: &[(Exit, &str)] = &[
    (Exit::Ok, "What was asked for happened."),
    (Exit::Other, "Something that has no code of its own, such as a node's store that failed."),
    (Exit::Usage, "The command line, a file it names, or the profile is wrong; r or w is out of range."),
    (Exit::Partly, "Partly done: some partitions or nodes could not be reached."),
    (Exit::NotFound, "There is no such key, bucket, node, operation, plan or profile."),
    (Exit::Conflict, "Siblings where one value was asked for, or a stale context, plan or change."),
    (Exit::Quorum, "Quorum not met; nothing was written."),
    (Exit::Unknown, "Outcome unknown: the write or change may or may not have been done."),
    (Exit::NotFinished, "Not finished when the time to wait was over; it goes on in the cluster."),
    (Exit::Refused, "Refused before anything was tried: something stands in the way, or nobody agreed."),
    (Exit::Degraded, "The cluster works, but a node is down or not compared yet."),
    (Exit::Unavailable, "The cluster cannot do it now: waiting, full, busy or stopping."),
    (Exit::NoNode, "No node can be reached."),
    (Exit::NotAuthorised, "Not authorised: the certificate may not do this."),
    (Exit::OperationFailed, "The operation was cancelled in the cluster."),
    (Exit::Interrupted, "Interrupted by Ctrl-C; what the cluster has begun goes on."),
];

#[cfg(test)]
mod tests {
    use dynamo_client::Attempts;

    use super::*;

    fn failed(failure: Failure) -> u8 {
        Exit::of(&ClientError::Failed { failure, attempts: Attempts::default() }).code()
    }

    #[test]
    fn what_scripts_rely_on() {
        let bad = Failure::BadQuorum { name: "r".into(), given: 4, max: 3 };
        assert_eq!(failed(bad), 2);
        assert_eq!(failed(Failure::UnknownBucket), 4);
        assert_eq!(failed(Failure::ContextForged), 5);
        assert_eq!(failed(Failure::QuorumNotMet { needed: 2, reached: 1, uncompared: 0 }), 6);
        assert_eq!(failed(Failure::DeadlinePassed { needed: 2, reached: 1, uncompared: 0 }), 6);
        assert_eq!(failed(Failure::OutcomeUnknown { needed: 2, reached: 1 }), 7);
        assert_eq!(failed(Failure::Refused { reason: String::new() }), 9);
        assert_eq!(failed(Failure::Full { node: "n".into(), reason: String::new() }), 11);
        assert_eq!(failed(Failure::Waiting { node: "n".into() }), 11);
        assert_eq!(failed(Failure::NotAuthorised { reason: String::new() }), 13);
        assert_eq!(failed(Failure::StoreFailed { node: "n".into(), reason: String::new() }), 1);
        let attempts = Attempts::default;
        assert_eq!(Exit::of(&ClientError::NoNodeReachable { attempts: attempts() }).code(), 12);
        assert_eq!(Exit::of(&ClientError::NotAuthorised { attempts: attempts() }).code(), 13);
        assert_eq!(Exit::of(&ClientError::OutcomeUnknown { attempts: attempts() }).code(), 7);
    }

    #[test]
    fn the_table_tells_each_code_once_in_order() {
        let codes: Vec<u8> = TABLE.iter().map(|(exit, _)| exit.code()).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }
}
