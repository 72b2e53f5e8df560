//! `node list`: members, former members, and nodes that wait.

use clap::Args;
use serde::Serialize;
use shared::wire::cluster::{ClusterView, Status};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::form::node::NodeForm;
use crate::members::Members;
use crate::output::Document;
use crate::problem::Stop;
use crate::text::count;

/// List members and nodes that wait to become one.
///
/// STATUS is what administrators declared: waiting (a certificate and an empty store, no member), joining (it takes its
/// share in), active, leaving (it hands over what it holds), and with --all also left. SEEN is what the member that answers
/// observes; IDEAL is the number of replicas that the node's weight gives it; STAGED what waits for `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node list",
    "dynamo-ctl node list -o wide --all",
    "dynamo-ctl node list -o json | jq -r '.items[] | select(.status == \"waiting\").name'",
])]
pub struct NodeList {
    /// Former members as well.
    #[arg(long)]
    all: bool,
}

impl NodeList {
    /// Asks and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let document = document(&members.view, self.all);
        let waiting: Vec<&str> = document
            .items
            .iter()
            .filter(|node| node.status == Status::Waiting && node.staged.is_empty())
            .map(|node| node.name.as_str())
            .collect();
        let note = (!waiting.is_empty())
            .then(|| format!("`dynamo-ctl node join {}` stages who waits", waiting.join(" ")));
        app.output.document(&document)?;
        note.iter().for_each(|note| app.output.note(note));
        Ok(Exit::Ok)
    }
}

/// The cluster that they belong to.
#[derive(Debug, Serialize)]
struct Head {
    cluster: String,
    id: String,
    version: u64,
    ring_version: u64,
    staged: usize,
}

fn document(view: &ClusterView, all: bool) -> Document<Head, NodeForm> {
    let shown = view.nodes.iter().filter(|node| all || node.status != Status::Left);
    let items: Vec<NodeForm> = shown.map(|node| NodeForm::new(node, view)).collect();
    let lines = vec![format!(
        "cluster {}  {}  Q={}  ring version {}  {}",
        view.name,
        view.quorum,
        view.partitions,
        view.ring_version,
        match view.staged.len() {
            0 => "nothing staged".to_owned(),
            staged => format!("{} staged", count(staged as u64, "change")),
        }
    )];
    let head = Head {
        cluster: view.name.to_string(),
        id: view.cluster.to_string(),
        version: view.version,
        ring_version: view.ring_version,
        staged: view.staged.len(),
    };
    Document { kind: "nodes", head, lines, items }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;
    use crate::output::Format;
    use crate::output::tests::captured;

    #[test]
    fn members_and_who_waits_are_one_line_each() {
        let (mut output, out, _) = captured(Some(Format::Wide), false);
        output.document(&document(&sample::view(), false)).unwrap();
        insta::assert_snapshot!(out.text());
    }

    #[test]
    fn former_members_are_shown_where_they_are_asked_for() {
        let mut view = sample::view();
        view.nodes[2].status = Status::Left;
        assert_eq!(document(&view, false).items.len(), 3);
        assert_eq!(document(&view, true).items.len(), 4);
    }
}
