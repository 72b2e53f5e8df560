//! `audit list`: who changed what at which node, and who was refused.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;
use shared::id::Name;

use super::line::Line;
use super::read::{self, Audit, Summary, Whole};
use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::output::Document;
use crate::problem::{Problem, Stop};

/// How many lines are shown unless --limit says otherwise.
const LINES: usize = 50;

/// Who changed what, and who was refused.
///
/// Every node writes down the changes that it is asked for and whom it turns away, before anybody is told; the lines of all
/// members and of the profile's nodes are read, and the newest shown last. Each line carries the hash of the one before
/// it at the same node: --verify follows these chains from the beginning, and exits 10 if one does not hold. That the
/// end of a chain was cut off only shows to whoever has kept its last hash. Exits 3 if some nodes cannot be read.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl audit list",
    "dynamo-ctl audit list --node node-1 --limit 0 -o wide",
    "dynamo-ctl audit list --verify",
    "dynamo-ctl audit list --limit 0 -o jsonl | jq -c 'select(.event == \"refused\")'",
])]
pub struct AuditList {
    /// Only of this node.
    #[arg(long, value_name = "NAME")]
    node: Option<Name>,
    /// How many lines, the newest; 0 for all.
    #[arg(short = 'n', long, value_name = "N", default_value_t = LINES)]
    limit: usize,
    /// Also the lines of requests whose answers are there.
    #[arg(long)]
    all: bool,
    /// Say of every node whether its chain holds.
    #[arg(long)]
    verify: bool,
}

/// What belongs to all of it.
#[derive(Debug, Serialize)]
struct Head {
    /// Whether every chain that was read holds; not said where nobody asked.
    holds: Option<bool>,
    nodes: Vec<Summary>,
    left_out: usize,
}

impl AuditList {
    /// Reads, follows, prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let looker = app.looker().await?;
        let mut audits = read::all(&looker, self.node.as_ref()).await?;
        if let (Some(name), true) = (&self.node, audits.is_empty()) {
            let unknown =
                Problem::new(Exit::NotFound, "unknown-node", format!("no node is called `{name}` here"));
            return Err(unknown.try_this("`dynamo-ctl status` names the members").into());
        }
        if audits.iter().all(|audit| audit.read.is_err())
            && let Some(Audit { read: Err(problem), .. }) = audits.pop()
        {
            return Err(problem.into());
        }
        let exit = self.judge(&audits);
        let document = self.document(audits);
        app.output.document(&document)?;
        if document.head.left_out > 0 {
            let more = document.head.left_out;
            app.output.note(&format!("{more} earlier lines are not shown; --limit 0 shows all"));
        }
        Ok(exit)
    }

    fn judge(&self, audits: &[Audit]) -> Exit {
        let is_broken = |audit: &Audit| audit.read.as_ref().is_ok_and(|whole| !whole.breaks.is_empty());
        if self.verify && audits.iter().any(is_broken) {
            Exit::Degraded
        } else if audits.iter().any(|audit| audit.read.is_err()) {
            Exit::Partly
        } else {
            Exit::Ok
        }
    }

    fn document(&self, audits: Vec<Audit>) -> Document<Head, Line> {
        let nodes: Vec<Summary> = audits.iter().map(Audit::summary).collect();
        let holds = |audits: &[Audit]| {
            audits.iter().flat_map(|audit| &audit.read).all(|whole| whole.breaks.is_empty())
        };
        let holds = self.verify.then(|| holds(&audits));
        let words = audits.iter().filter_map(|audit| self.words(audit)).collect();
        let mut items: Vec<Line> = audits.into_iter().flat_map(|audit| self.lines(audit)).collect();
        // A damaged line has lost its time: it stays where it stands, behind the line before it.
        items.sort_by_key(|line| line.at_ms);
        let left_out = if self.limit == 0 { 0 } else { items.len().saturating_sub(self.limit) };
        items.drain(..left_out);
        Document { kind: "audit", head: Head { holds, nodes, left_out }, lines: words, items }
    }

    fn lines(&self, audit: Audit) -> Vec<Line> {
        let Ok(Whole { lines, .. }) = audit.read else { return Vec::new() };
        let mut shown = Vec::new();
        let mut at_ms = None;
        for (line, entry) in lines {
            let mut line = Line::new(&audit.node, &line, entry);
            at_ms = line.at_ms.or(at_ms);
            line.at_ms = at_ms;
            shown.push(line);
        }
        if !self.all {
            let answered: BTreeSet<u64> = shown.iter().filter_map(|line| line.of).collect();
            shown.retain(|line| !answered.contains(&line.sequence));
        }
        shown
    }

    /// What people should know of one node.
    fn words(&self, audit: &Audit) -> Option<String> {
        let name = &audit.node;
        match &audit.read {
            Err(problem) => {
                let why = problem.cause.as_ref().unwrap_or(&problem.error);
                Some(format!("! {name} cannot be read: {why}"))
            }
            Ok(_) if !self.verify => None,
            Ok(whole) if whole.breaks.is_empty() => {
                let (lines, hash) = (whole.lines.len(), whole.chain.hash());
                Some(format!("{name}: the chain of {lines} lines holds; the last hash is {hash}"))
            }
            Ok(whole) => Some(format!("! {name}: the chain does not hold: {}", whole.breaks.join("; "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::wire::audit::{AuditLine, Chain};

    use super::*;
    use crate::output::Item;

    /// A node's audit of such events, at seconds that are given.
    fn audit(node: &str, events: &[(u64, &str)]) -> Audit {
        let mut chain = Chain::default();
        let mut whole = Whole::default();
        for (second, event) in events {
            let (sequence, previous) = (chain.sequence() + 1, chain.hash());
            let text = format!(
                "{{\"sequence\":{sequence},\"previous\":\"{previous}\",\"at\":\"\",\"at_ms\":{second}000,{event}}}"
            );
            chain.follow(text.as_bytes()).unwrap();
            whole.take(AuditLine { sequence, text });
        }
        Audit { node: node.into(), address: ([127, 0, 0, 1], 1).into(), read: Ok(whole) }
    }

    fn listing(limit: usize, all: bool, verify: bool) -> AuditList {
        AuditList { node: None, limit, all, verify }
    }

    const ASKED: &str = r#""kind":"asked","what":"pause transfers","who":"admin a""#;
    const ANSWERED: &str =
        r#""kind":"answered","what":"pause transfers","who":"admin a","of":1,"outcome":"done""#;
    const NOTE: &str = r#""kind":"note","what":"x""#;

    #[test]
    fn lines_of_all_nodes_stand_in_the_order_of_time_and_answered_requests_once() {
        let audits = || {
            vec![audit("n1", &[(1, ASKED), (3, ANSWERED), (5, ASKED)]), audit("n2", &[(2, NOTE), (4, NOTE)])]
        };
        let names =
            |list: AuditList| -> Vec<_> { list.document(audits()).items.iter().map(Item::name).collect() };
        assert_eq!(names(listing(0, false, false)), ["n2/1", "n1/2", "n2/2", "n1/3"]);
        assert_eq!(names(listing(0, true, false)), ["n1/1", "n2/1", "n1/2", "n2/2", "n1/3"]);
        assert_eq!(names(listing(2, false, false)), ["n2/2", "n1/3"]);
        let document = listing(2, false, false).document(audits());
        assert_eq!(document.head.left_out, 2);
        assert_eq!(document.items[1].cells(false)[5].0, "not answered");
        assert_eq!(listing(0, false, false).judge(&audits()), Exit::Ok);
    }

    #[test]
    fn a_chain_that_does_not_hold_is_said_when_asked() {
        let whole = audit("n1", &[(1, NOTE), (2, NOTE), (3, NOTE)]);
        let Ok(Whole { lines, .. }) = whole.read else { unreachable!() };
        let mut damaged = Whole::default();
        for (number, (line, _)) in lines.into_iter().enumerate() {
            let text = if number == 1 { "garbage".to_owned() } else { line.text };
            damaged.take(AuditLine { text, ..line });
        }
        let audits = || {
            vec![
                Audit { node: "n1".into(), address: ([127, 0, 0, 1], 1).into(), read: Ok(Whole::default()) },
                audit("n2", &[(1, NOTE)]),
            ]
        };
        let list = listing(0, false, true);
        let mut broken = audits();
        broken[0].read = Ok(damaged);
        assert_eq!(list.judge(&broken), Exit::Degraded);
        assert_eq!(listing(0, false, false).judge(&broken), Exit::Ok);
        let document = list.document(broken);
        assert_eq!(document.head.holds, Some(false));
        assert!(document.lines[0].contains("! n1: the chain does not hold: what stands in place of line 2"));
        assert!(document.lines[1].starts_with("n2: the chain of 1 lines holds; the last hash is "));
        let shown: Vec<_> = document.items.iter().map(|line| (line.node.as_str(), line.event)).collect();
        assert_eq!(shown, [("n1", "note"), ("n1", "damaged"), ("n2", "note"), ("n1", "note")]);
    }
}
