//! Check: whether changes may be staged. What was staged before is not judged again, except where it no longer fits.

use shared::error::Failure;
use shared::id::Name;
use shared::wire::look::Liveness;
use shared::wire::plan::Change;

use super::draft::Draft;
use super::ground::Ground;
use super::misfit::{Misfit, THREE};

const UNDONE: &str = "nothing was staged";

/// May these be staged on top of what is staged? Nothing is staged by halves.
///
/// # Errors
/// [`Failure::Conflict`] where they do not fit what is there, [`Failure::Refused`] where they are not allowed.
pub(crate) fn check(ground: &Ground<'_>, staged: &[Change], new: &[Change]) -> Result<(), Failure> {
    Draft::of(ground, staged.iter()).map_err(|misfit| {
        misfit.into_failure("what was staged earlier no longer fits, and nothing was staged on top of it")
    })?;
    Draft::of(ground, staged.iter().chain(new))
        .and_then(Draft::with_enough_members)
        .map_err(|misfit| misfit.into_failure(UNDONE))?;
    new.iter()
        .try_for_each(|change| check_liveness(ground, change))
        .map_err(|misfit| misfit.into_failure(UNDONE))
}

/// Leave is for the living, replace and remove are for the dead, and who comes must be there.
fn check_liveness(ground: &Ground<'_>, change: &Change) -> Result<(), Misfit> {
    match change {
        Change::Join { node, .. } => check_newcomer(ground, node),
        Change::Leave { node } => check_alive(ground, node),
        Change::Replace { node, by } => {
            check_dead(ground, node, "replace")?;
            check_newcomer(ground, by)
        }
        Change::Remove { node } => check_dead(ground, node, "remove"),
        Change::Weight { .. } | Change::Zone { .. } => Ok(()),
    }
}

fn check_newcomer(ground: &Ground<'_>, name: &Name) -> Result<(), Misfit> {
    let is_down = |&(node, _): &(_, _)| ground.liveness(node) == Liveness::Down;
    if ground.newcomers(name).iter().any(is_down) {
        return Err(Misfit::refused(
            format!("{name} waits, but cannot be reached"),
            format!("start {name}, or see to the network between it and the members, and stage this again"),
        ));
    }
    Ok(())
}

fn check_alive(ground: &Ground<'_>, name: &Name) -> Result<(), Misfit> {
    if ground.member(name).is_some_and(|(node, _)| !ground.is_not_down(node)) {
        return Err(Misfit::refused(
            format!("{name} is down, and a node that leaves hands over itself what it holds"),
            format!(
                "start {name} and stage the leave again; if it is lost for good, stage `node replace {name}` with a node \
                 that waits, or `node remove {name}` if there is none {THREE}"
            ),
        ));
    }
    Ok(())
}

fn check_dead(ground: &Ground<'_>, name: &Name, verb: &str) -> Result<(), Misfit> {
    match ground.member(name).map(|(node, _)| ground.liveness(node)) {
        Some(Liveness::Up) => Err(Misfit::refused(
            format!("{name} is up, and {verb} would give its copy up for lost"),
            format!(
                "stage `node leave {name}`, which hands that copy over; if {name} is not to be trusted with that, stop it \
                 first, and stage this again when it is down {THREE}"
            ),
        )),
        Some(Liveness::Suspect) => Err(Misfit::refused(
            format!(
                "{name} has missed answers, but it is not known to be down, and {verb} would give its copy up for lost"
            ),
            format!(
                "wait until {name} is up, and stage `node leave {name}`, or down, and stage this again {THREE}"
            ),
        )),
        Some(Liveness::Down) | None => Ok(()),
    }
}
