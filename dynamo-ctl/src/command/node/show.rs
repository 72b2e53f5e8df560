//! `node show`: one node.

use clap::Args;
use shared::id::Name;
use shared::wire::cluster::Status;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::form::node::{NodeForm, status};
use crate::members::Members;
use crate::problem::Stop;
use crate::text::bytes_for_people;

/// Show a node: where it stands, what it holds, and what is staged for it.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node show node-3",
    "dynamo-ctl node show node-3 -o json | jq .stored_bytes",
])]
pub struct NodeShow {
    /// Which.
    #[arg(value_name = "NODE")]
    node: Name,
}

impl NodeShow {
    /// Asks and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let form = NodeForm::new(members.known(&self.node)?, &members.view);
        let (lines, next) = (lines(&form), next(&form));
        app.output.fact("node", form, lines, self.node.as_str())?;
        next.iter().for_each(|next| app.output.note(next));
        Ok(Exit::Ok)
    }
}

fn lines(node: &NodeForm) -> Vec<String> {
    let version = node.state_version.map_or_else(|| "none".to_owned(), |version| version.to_string());
    let boot = node.boot.map_or_else(String::new, |boot| format!(", start {boot}"));
    let mut lines = vec![
        match (&node.address, &node.zone) {
            (Some(address), Some(zone)) => format!("{}  {address}  zone {zone}", node.name),
            _ => node.name.clone(),
        },
        format!("{}, seen: {}", status(node.status), node.seen().0),
        format!("id {}, state version {version}{boot}", node.id),
    ];
    if node.weight > 0 {
        lines.push(format!(
            "weight {}: {} replicas of an ideal {}, the first of its list for {}",
            node.weight,
            node.replicas,
            node.ideal(),
            node.first_replicas
        ));
    }
    let bytes = [(node.stored_bytes, "stored"), (node.disk_free_bytes, "free on its disk")];
    let bytes = bytes.map(|(bytes, what)| bytes.map(|bytes| format!("{} {what}", bytes_for_people(bytes))));
    let bytes: Vec<String> = bytes.into_iter().flatten().collect();
    if !bytes.is_empty() {
        lines.push(bytes.join(", "));
    }
    lines.extend(node.staged.iter().map(|change| format!("staged: {change}")));
    lines
}

/// What one would do next.
fn next(node: &NodeForm) -> Option<String> {
    (node.status == Status::Waiting && node.staged.is_empty())
        .then(|| format!("it is no member; `dynamo-ctl node join {}` stages that", node.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn a_node_is_told_line_by_line() {
        let view = sample::view();
        let told = view.nodes.iter().map(|node| lines(&NodeForm::new(node, &view)).join("\n"));
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n\n"));
    }
}
