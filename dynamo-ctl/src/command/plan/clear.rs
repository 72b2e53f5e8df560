//! `plan clear`: takes staged changes back.

use clap::Args;
use shared::wire::admin::{Admin, Done};
use shared::wire::cluster::ClusterView;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::form::change::StagedForm;
use crate::members::Members;
use crate::output::Document;
use crate::problem::{Problem, Stop};

/// Take staged changes back.
///
/// All of them, or those with the numbers that `node join` and its like printed and `plan clear --dry-run` shows. What is
/// committed already is taken back with `op cancel`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl plan clear",
    "dynamo-ctl plan clear 7 8",
    "dynamo-ctl plan clear --dry-run",
])]
pub struct PlanClear {
    /// Numbers of staged changes [default: all].
    #[arg(value_name = "NUMBER")]
    numbers: Vec<u64>,
    /// Only say what would be taken back.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl PlanClear {
    /// Looks up what is staged, and takes it back.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let mut items = chosen(&members.view, &self.numbers)?;
        if items.is_empty() {
            app.output.note("nothing is staged");
            return Ok(Exit::Ok);
        }
        let mut lines = vec!["would take back:".to_owned()];
        if !self.dry_run {
            let done = members.change(app, &Admin::Clear { numbers: self.numbers.clone() }).await?;
            if let Done::Cleared { numbers, .. } = done {
                items.retain(|item| numbers.contains(&item.number));
            }
            lines = vec!["taken back:".to_owned()];
        }
        app.output.document(&Document { kind: "cleared", head: (), lines, items })?;
        Ok(Exit::Ok)
    }
}

/// What is staged under these numbers.
fn chosen(view: &ClusterView, numbers: &[u64]) -> Result<Vec<StagedForm>, Problem> {
    if let Some(number) =
        numbers.iter().find(|number| view.staged.iter().all(|known| known.number != **number))
    {
        let unknown = Problem::new(
            Exit::NotFound,
            "unknown-number",
            format!("no staged change has the number {number}"),
        );
        return Err(unknown.try_this("`dynamo-ctl plan clear --dry-run` shows all that are staged"));
    }
    let chosen = view.staged.iter().filter(|known| numbers.is_empty() || numbers.contains(&known.number));
    Ok(chosen.map(StagedForm::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn all_are_meant_where_no_number_is_given_and_none_where_one_is_unknown() {
        let view = sample::view();
        assert_eq!(chosen(&view, &[]).unwrap().len(), 1);
        assert_eq!(chosen(&view, &[7]).unwrap()[0].number, 7);
        assert_eq!(chosen(&view, &[7, 8]).unwrap_err().exit.code(), 4);
    }
}
