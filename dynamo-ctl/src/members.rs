//! The cluster as its members tell it: the newest view there is, whom to ask next, and what nodes are called.
//!
//! Any member will do, and any may be gone: whoever answered with the newest state is asked first, then the addresses of
//! the profile, then every other member.

use std::net::SocketAddr;
use std::time::Duration;

use dynamo_client::near::near;
use dynamo_client::{Answers, Looker};
use shared::error::Outcome;
use shared::id::{Name, NodeId, OperationId};
use shared::map::ClusterMap;
use shared::wire::admin::{Admin, Done};
use shared::wire::cluster::{ClusterView, NodeView, RingView, Status};
use shared::wire::operation::{Operation, Transfer};
use shared::wire::plan::{Change, Objective, Plan, Proposal};

use crate::app::App;
use crate::exit::Exit;
use crate::problem::{Problem, Stop};

/// The cluster, and whom to ask about it.
pub struct Members {
    /// As whoever knows most tells it.
    pub view: ClusterView,
    looker: Looker,
    order: Vec<SocketAddr>,
}

impl Members {
    /// Asks every address of the profile; the newest view counts.
    pub async fn find(app: &mut App) -> Result<Self, Stop> {
        let looker = app.looker().await?;
        let (view, answered) = looker.newest_cluster(looker.addresses()).await?;
        let order = order(answered, looker.addresses(), &view);
        Ok(Self { view, looker, order })
    }

    /// Asks again: whoever was known before, so that it does not matter which of them are still there.
    pub async fn refresh(&mut self) -> Result<(), Problem> {
        let (view, answered) = self.looker.newest_cluster(&self.order).await?;
        self.order = order(answered, &self.order, &view);
        self.view = view;
        Ok(())
    }

    /// The same, waiting no longer than this for each answer.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.looker = self.looker.with_timeout(timeout);
        self
    }

    /// Whom to ask, the best informed first.
    pub fn order(&self) -> &[SocketAddr] {
        &self.order
    }

    /// What a plan of these changes on top of what is staged would do.
    pub async fn plan(&self, changes: Vec<Change>) -> Result<Plan, Problem> {
        let planned = self.looker.plan_of_any(&self.order, changes).await;
        planned.map_err(|error| what_to_try_apart(error.into()))
    }

    /// Ways to balance what is there.
    pub async fn proposals(
        &self,
        objective: Objective,
        moves_max: Option<u32>,
    ) -> Result<Vec<Proposal>, Problem> {
        Ok(self.looker.proposals_of_any(&self.order, objective, moves_max).await?)
    }

    /// The ring, partition by partition.
    pub async fn ring(&self) -> Result<RingView, Problem> {
        Ok(self.looker.ring_of_any(&self.order).await?)
    }

    /// The declared state, as clients know it.
    pub async fn map(&self) -> Result<ClusterMap, Problem> {
        Ok(self.looker.map_of_any(&self.order).await?)
    }

    /// What these members take in or give up at this moment; whoever has not answered in time is shown to be silent.
    pub async fn transfers_of(
        &self,
        within: Duration,
        chosen: impl Fn(&NodeView) -> bool,
    ) -> Answers<Vec<Transfer>> {
        let members = self.view.nodes.iter().filter(|node| is_member(node) && chosen(node));
        let members: Vec<SocketAddr> = members.map(|node| node.address).collect();
        self.looker.clone().with_timeout(within).transfers_of_all(&members).await
    }

    /// Has a member make a change. A change whose answer was lost is not asked for again.
    pub async fn change(&self, app: &mut App, change: &Admin) -> Result<Done, Stop> {
        let addresses: Vec<String> = self.order.iter().map(SocketAddr::to_string).collect();
        let administrator = app.administrator_at(&addresses).await?;
        let asked = administrator.with_timeout(app.timeout()).ask_first_of(&self.order, change).await;
        asked.map_err(|error| {
            let mut problem = what_to_try_apart(Problem::from(error));
            if problem.outcome == Outcome::Unknown {
                let told = std::mem::replace(
                    &mut problem.error,
                    "outcome unknown: the change may or may not have been made".to_owned(),
                );
                problem.cause = problem.cause.map(|who| format!("{told}; {who}"));
                problem.hint = Some("look before asking again: `dynamo-ctl plan show`, `op list`".to_owned());
            }
            problem.into()
        })
    }

    /// The node of that name, member or not.
    pub fn known(&self, name: &Name) -> Result<&NodeView, Problem> {
        self.view.nodes.iter().find(|node| node.name == *name).ok_or_else(|| {
            let unknown =
                Problem::new(Exit::NotFound, "unknown-node", format!("no node is called `{name}` here"));
            let near = near(name.as_str(), self.view.nodes.iter().map(|node| &node.name));
            match near.first() {
                Some(near) => unknown.try_this(format!("did you mean {near}?")),
                None => unknown.try_this("`dynamo-ctl node list` shows members and nodes that wait"),
            }
        })
    }

    /// The operation whose id begins so.
    pub fn operation(&self, id: &str) -> Result<&Operation, Problem> {
        operation(&self.view.operations, id)
    }

    /// The operation under way, else the last that ended.
    pub fn latest_operation(&self) -> Result<&Operation, Problem> {
        let operations = &self.view.operations;
        operations
            .iter()
            .find(|operation| !operation.state.is_over())
            .or_else(|| operations.first())
            .ok_or_else(|| Problem::new(Exit::NotFound, "no-operation", "the ring was never changed"))
    }

    /// What a node is called, or its id where it is not known any more.
    pub fn name_of(&self, node: NodeId) -> String {
        name_of(&self.view, node)
    }
}

/// Nodes say what to try behind what they refuse; people look for it on a line of its own.
fn what_to_try_apart(problem: Problem) -> Problem {
    const NOTHING_DONE: &str = ": nothing was staged";
    match problem.error.split_once(&format!("{NOTHING_DONE}; ")) {
        Some((what, hint)) => {
            let (error, hint) = (format!("{what}{NOTHING_DONE}"), hint.to_owned());
            Problem { error, ..problem }.try_this(hint)
        }
        None => problem,
    }
}

/// An answer that is to another question.
pub fn strange() -> Problem {
    Problem::new(Exit::Other, "strange-answer", "the node answered what was not asked")
        .try_this("do the tool and the nodes have the same version?")
}

/// What a node is called, or its id where it is not known any more.
pub fn name_of(view: &ClusterView, node: NodeId) -> String {
    let known = view.nodes.iter().find(|known| known.node == node);
    known.map_or_else(|| node.to_string(), |known| known.name.to_string())
}

fn operation<'a>(operations: &'a [Operation], id: &str) -> Result<&'a Operation, Problem> {
    let begin_so =
        || operations.iter().filter(|known| !id.is_empty() && known.id.to_string().starts_with(id));
    let unknown = |error: String| {
        let known: Vec<OperationId> = operations.iter().map(|known| known.id).collect();
        let unknown = Problem::new(Exit::NotFound, "unknown-operation", error);
        match known.first() {
            Some(latest) => {
                unknown.try_this(format!("the latest is {latest}; `dynamo-ctl op list` shows all"))
            }
            None => unknown.because("the ring was never changed"),
        }
    };
    match (begin_so().next(), begin_so().count()) {
        (Some(found), 1) => Ok(found),
        (Some(_), _) => Err(unknown(format!("several operations begin with `{id}`"))),
        (None, _) => Err(unknown(format!("no operation is called `{id}` here"))),
    }
}

fn is_member(node: &NodeView) -> bool {
    matches!(node.status, Status::Joining | Status::Active | Status::Leaving)
}

/// Whoever answered, then whoever did not, then every other member.
fn order(answered: Vec<SocketAddr>, asked: &[SocketAddr], view: &ClusterView) -> Vec<SocketAddr> {
    let members = view.nodes.iter().filter(|node| is_member(node)).map(|node| node.address);
    let mut order = answered;
    for address in asked.iter().copied().chain(members) {
        if !order.contains(&address) {
            order.push(address);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn whoever_answered_is_asked_first_and_every_member_may_be_asked() {
        let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let view = sample::view();
        let order = order(vec![address(7402)], &[address(7401), address(7402), address(9000)], &view);
        assert_eq!(order, [7402, 7401, 9000, 7403].map(address), "node-4 waits, and cannot say");
    }

    #[test]
    fn an_operation_is_found_by_the_beginning_of_its_id() {
        let operations = sample::view().operations;
        let id = operations[0].id.to_string();
        assert_eq!(operation(&operations, &id[..6]).unwrap().id, operations[0].id);
        assert_eq!(operation(&operations, "").unwrap_err().exit.code(), 4);
        let unknown = operation(&operations, "ffff").unwrap_err();
        assert!(unknown.hint.unwrap().contains(&id));
    }
}
