//! `cert`: the cluster's certificate authority, a folder with `ca.pem` and `ca.key`.

mod init;
mod inspect;
mod issue;

pub use init::CertInit;
pub use inspect::CertInspect;
pub use issue::CertIssue;

use std::path::{Path, PathBuf};

use dynamo_transport::{Clock, Identity};
use serde::Serialize;

use crate::exit::Exit;
use crate::problem::Problem;
use crate::text::moment;

/// The two files of an authority.
fn authority_in(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("ca.pem"), folder.join("ca.key"))
}

/// Refuses to write over what is there.
fn refuse_to_replace(path: &Path) -> Result<(), Problem> {
    if path.exists() {
        return Err(Problem::new(Exit::Refused, "exists", format!("{} is there already", path.display()))
            .try_this("choose another folder, or move it away"));
    }
    Ok(())
}

/// As many random bytes as an id has.
fn random<const BYTES: usize>() -> Result<[u8; BYTES], Problem> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        Problem::new(Exit::Other, "no-randomness", "no random number can be had").because(error.to_string())
    })?;
    Ok(bytes)
}

/// Whom a certificate speaks for, for programs.
#[derive(Debug, Serialize)]
struct Described {
    role: &'static str,
    name: String,
    cluster: String,
    node: Option<String>,
    serial: String,
    not_before: String,
    not_after: String,
    valid: bool,
    days_left: u64,
}

impl Described {
    fn new(identity: &Identity, clock: &Clock) -> Self {
        let now = clock.now();
        Self {
            role: identity.role.as_str(),
            name: identity.name.to_string(),
            cluster: identity.cluster.to_string(),
            node: identity.node.map(|node| node.to_string()),
            serial: identity.serial.clone(),
            not_before: moment(identity.not_before.saturating_mul(1000)),
            not_after: moment(identity.not_after.saturating_mul(1000)),
            valid: (identity.not_before..=identity.not_after).contains(&now),
            days_left: identity.not_after.saturating_sub(now) / 86_400,
        }
    }

    fn lines(&self) -> Vec<String> {
        let node = self.node.iter().map(|node| format!("node id     {node}"));
        let state =
            if self.valid { format!("{} days left", self.days_left) } else { "not valid now".to_owned() };
        [format!("role        {}", self.role), format!("name        {}", self.name)]
            .into_iter()
            .chain(node)
            .chain([
                format!("cluster     {}", self.cluster),
                format!("serial      {}", self.serial),
                format!("valid from  {}", self.not_before),
                format!("valid until {} ({state})", self.not_after),
            ])
            .collect()
    }
}
