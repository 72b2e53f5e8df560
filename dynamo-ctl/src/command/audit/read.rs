//! Reading the audits of nodes, each from its beginning, and following their chains.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use dynamo_client::{ClientError, Looker};
use serde::Serialize;
use serde_json::Value;
use shared::error::Failure;
use shared::id::{Name, NodeId};
use shared::wire::audit::{AuditEntry, AuditLine, Chain};
use shared::wire::look::{Look, Seen};
use tokio::task::JoinSet;

use crate::problem::{Problem, Stop};

/// Lines that are asked for at once.
const PAGE_LINES: u32 = 1000;

/// The audit of one node, or why it cannot be read.
pub(super) struct Audit {
    pub(super) node: String,
    pub(super) address: SocketAddr,
    pub(super) read: Result<Whole, Problem>,
}

/// All that a node has.
#[derive(Default)]
pub(super) struct Whole {
    /// Each line, and what stands in it; `None`: it is damaged.
    pub(super) lines: Vec<(AuditLine, Option<AuditEntry<Value>>)>,
    pub(super) chain: Chain,
    pub(super) breaks: Vec<String>,
}

/// What was found of one node, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    node: String,
    address: String,
    lines: usize,
    first: Option<u64>,
    last: Option<u64>,
    /// Of the last line: who keeps it elsewhere sees later whether the end was cut off.
    last_hash: Option<String>,
    breaks: Vec<String>,
    error: Option<String>,
}

impl Audit {
    pub(super) fn summary(&self) -> Summary {
        let empty = Whole::default();
        let whole = self.read.as_ref().unwrap_or(&empty);
        let first = whole.lines.first().map(|(line, _)| line.sequence);
        Summary {
            node: self.node.clone(),
            address: self.address.to_string(),
            lines: whole.lines.len(),
            first,
            last: first.map(|_| whole.chain.sequence()),
            last_hash: first.map(|_| whole.chain.hash().to_owned()),
            breaks: whole.breaks.clone(),
            error: self.read.as_ref().err().map(|problem| problem.error.clone()),
        }
    }
}

/// The audits of every member, and of the profile's other nodes; or only of the node of that name. By name.
pub(super) async fn all(looker: &Looker, only: Option<&Name>) -> Result<Vec<Audit>, Stop> {
    let mut asked = JoinSet::new();
    for (address, name) in nodes(looker).await? {
        if only.is_none_or(|only| only.as_str() == name) {
            let looker = looker.clone();
            asked.spawn(async move { Audit { read: whole(&looker, address).await, node: name, address } });
        }
    }
    let mut audits = asked.join_all().await;
    audits.sort_by(|one, other| (&one.node, one.address).cmp(&(&other.node, other.address)));
    Ok(audits)
}

/// Whom to ask, and what they are called: one that does not answer, by its address.
async fn nodes(looker: &Looker) -> Result<BTreeMap<SocketAddr, String>, Stop> {
    let members = match looker.find_map().await {
        Ok(map) => map.members,
        Err(error) if matches!(error.failure(), Some(Failure::Waiting { .. })) => BTreeMap::new(),
        Err(error) => return Err(error.into()),
    };
    let mut nodes: BTreeMap<SocketAddr, String> =
        members.values().map(|member| (member.address, member.name.to_string())).collect();
    let others: Vec<SocketAddr> =
        looker.addresses().iter().copied().filter(|address| !nodes.contains_key(address)).collect();
    let mut known: Vec<NodeId> = members.into_keys().collect();
    for (address, answer) in looker.whoami_of_all(&others).await {
        match answer {
            // The profile may name a node twice, or a member by another address.
            Ok(whoami) if known.contains(&whoami.node) => {}
            Ok(whoami) => {
                known.push(whoami.node);
                nodes.insert(address, whoami.name.to_string());
            }
            Err(_) => {
                nodes.insert(address, address.to_string());
            }
        }
    }
    Ok(nodes)
}

async fn whole(looker: &Looker, address: SocketAddr) -> Result<Whole, Problem> {
    let mut whole = Whole::default();
    let mut after = 0;
    loop {
        let page = page(looker, address, after).await?;
        match page.last() {
            // A node that does not get any further would be asked for ever.
            Some(last) if last.sequence > after => after = last.sequence,
            _ => return Ok(whole),
        }
        page.into_iter().for_each(|line| whole.take(line));
    }
}

async fn page(looker: &Looker, address: SocketAddr, after: u64) -> Result<Vec<AuditLine>, ClientError> {
    match looker.ask(address, Look::Audit { after, limit: PAGE_LINES }).await? {
        Seen::Audit(lines) => Ok(lines),
        // Another answer to this question cannot be; to take it for an empty one does no harm.
        _ => Ok(Vec::new()),
    }
}

impl Whole {
    pub(super) fn take(&mut self, line: AuditLine) {
        if let Err(broken) = self.chain.follow(line.text.as_bytes()) {
            self.breaks.push(broken.to_string());
        }
        let entry = serde_json::from_str(&line.text).ok();
        self.lines.push((line, entry));
    }
}
