//! A plan out of a file, and whether it still fits the cluster.

use std::path::Path;

use shared::id::PlanId;
use shared::wire::cluster::ClusterView;
use shared::wire::plan::Change;

use crate::exit::Exit;
use crate::form::plan::{KIND, PlanFile, PlanForm};
use crate::problem::{Problem, SCHEMA};
use crate::stdio;

/// Longer than a plan of the largest ring.
const FILE_BYTES_MAX: usize = 64 << 20;

/// The plan in a file, or in standard input for `-`.
pub(super) async fn read(path: &Path) -> Result<PlanFile, Problem> {
    let text = stdio::text(path, FILE_BYTES_MAX).await?;
    parse(&text).map_err(|reason| {
        Problem::new(Exit::Usage, "not-a-plan", format!("{} holds no plan", path.display()))
            .because(reason)
            .try_this("`dynamo-ctl plan export FILE` writes one")
    })
}

fn parse(text: &str) -> Result<PlanFile, String> {
    let file: PlanFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if file.kind != KIND {
        return Err(format!("it holds a {}", file.kind));
    }
    if file.schema > SCHEMA {
        return Err(format!("it is of version {}, and this program knows {SCHEMA}", file.schema));
    }
    Ok(file)
}

/// The changes in it, as nodes take them.
pub(super) fn changes(plan: &PlanForm) -> Result<Vec<Change>, Problem> {
    let changes: Result<Vec<Change>, String> = plan.changes.iter().cloned().map(Change::try_from).collect();
    let wrong = |reason: String| Problem::new(Exit::Usage, "not-a-plan", "this is no plan").because(reason);
    match changes {
        Ok(changes) if changes.is_empty() => Err(wrong("it changes nothing".to_owned())),
        other => other.map_err(wrong),
    }
}

/// Its id, where it has one.
pub(super) fn id(plan: &PlanForm) -> Result<Option<PlanId>, Problem> {
    let id = plan.plan.as_deref().map(str::parse).transpose();
    id.map_err(|error: shared::id::NotAnId| {
        Problem::new(Exit::Usage, "not-a-plan", "this is no plan").because(error.to_string())
    })
}

/// Whether it was made for this cluster, and for its ring as it is now.
pub(super) fn check(plan: &PlanForm, view: &ClusterView) -> Result<(), Problem> {
    if plan.cluster != view.cluster.to_string() {
        return Err(Problem::new(Exit::Refused, "other-cluster", "the plan is for another cluster")
            .because(format!("it is for {}; this is {} ({})", plan.cluster, view.name, view.cluster))
            .try_this("--profile names the cluster that is meant"));
    }
    if plan.base_ring_version != view.ring_version {
        return Err(Problem::new(Exit::Conflict, "stale-plan", "the plan is stale")
            .because(format!(
                "it starts from ring version {}, and the ring has version {}",
                plan.base_ring_version, view.ring_version
            ))
            .try_this("`dynamo-ctl plan show --file FILE` shows its changes; stage them anew"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    fn plan() -> PlanForm {
        PlanFile::new(&sample::plan(), 8, 3).plan
    }

    #[test]
    fn a_plan_fits_one_ring_of_one_cluster() {
        let view = sample::view();
        assert_eq!(check(&plan(), &view), Ok(()));
        let foreign = PlanForm { cluster: "00".repeat(16), ..plan() };
        assert_eq!(check(&foreign, &view).unwrap_err().exit.code(), 9);
        let stale = PlanForm { base_ring_version: 2, ..plan() };
        let stale = check(&stale, &view).unwrap_err();
        assert_eq!((stale.exit.code(), stale.code), (5, "stale-plan"));
    }

    #[test]
    fn what_is_no_plan_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "EOF"),
            ("{}", "missing field"),
            (r#"{"schema":1,"kind":"status","cluster":"","base_ring_version":1,"changes":[]}"#, "a status"),
            (r#"{"schema":9,"kind":"plan","cluster":"","base_ring_version":1,"changes":[]}"#, "version 9"),
            (
                r#"{"schema":1,"kind":"plan","cluster":"","base_ring_version":1,"changes":[{"change":"explode","node":"a"}]}"#,
                "unknown variant",
            ),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.contains(reason), "{text}: {said}");
        }
        assert_eq!(changes(&PlanForm { changes: Vec::new(), ..plan() }).unwrap_err().exit.code(), 2);
        assert_eq!(id(&PlanForm { plan: Some("x".into()), ..plan() }).unwrap_err().exit.code(), 2);
        assert_eq!(id(&plan()).unwrap(), Some(PlanId(0xfeed)));
    }
}
