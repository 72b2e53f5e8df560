//! `op wait`: watches an operation to its end, whichever node dies meanwhile.

use std::time::{Duration, Instant};

use clap::Args;
use shared::id::OperationId;
use shared::wire::cluster::NodeView;
use shared::wire::look::Liveness;
use shared::wire::operation::{Operation, OperationState, Transfer};

use crate::app::{App, Origin};
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::op::print;
use crate::exit::Exit;
use crate::form::operation::OperationForm;
use crate::members::Members;
use crate::problem::{Problem, Stop};
use crate::progress::tracker::Tracker;
use crate::progress::{Display, Mode};

/// Between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// How long one look may take, unless DYNAMO_TIMEOUT says otherwise.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// How long a member may take to tell of its transfers, lest a dead one holds up the bars of the others.
const TRANSFERS_MAX: Duration = Duration::from_millis(700);

/// For so long nobody may answer, or nobody know the operation, before this ends. The operation does not.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// Wait until an operation is over, and show how far it is.
///
/// Any member that answers is asked, so that it does not matter who dies meanwhile. Progress goes to standard error: a bar
/// for each pair of nodes, with rate and time left; lines where that is no terminal. Ctrl-C ends the watching, not the
/// operation. Exits 0 when it is done, 8 when it is not after --timeout (which here means how long to wait in all), 14 when
/// it was cancelled.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl op wait",
    "dynamo-ctl op wait 0123456789abcdef --timeout 10m",
    "dynamo-ctl op wait --progress plain",
    "dynamo-ctl op wait -o json 2> progress.jsonl",
])]
pub struct OpWait {
    /// Which; the beginning of its id will do [default: the one under way, else the last].
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// How to wait.
    #[command(flatten)]
    how: HowToWait,
}

/// How to wait.
#[derive(Debug, Args)]
pub struct HowToWait {
    /// How progress is shown.
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub progress: Mode,
}

impl OpWait {
    /// Finds it, and waits.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let operation = match &self.id {
            Some(id) => members.operation(id)?,
            None => members.latest_operation()?,
        };
        let id = operation.id;
        wait(app, members, id, &self.how).await
    }
}

/// Watches an operation until it is over.
pub(crate) async fn wait(
    app: &mut App,
    members: Members,
    id: OperationId,
    how: &HowToWait,
) -> Result<Exit, Stop> {
    let come_back = format!("`dynamo-ctl op wait {id}` comes back to it");
    app.if_interrupted = Some(format!("operation {id} goes on in the cluster; {come_back}"));
    let wait_max = (app.origin("timeout") == Origin::Flag).then(|| app.timeout());
    let look_max = if app.origin("timeout") == Origin::Environment { app.timeout() } else { LOOK_MAX };
    let mut display = Display::new(how.progress, &app.output);
    let mut watch = Watch::new(id, members.with_timeout(look_max));
    loop {
        watch.look().await.map_err(|problem| problem.try_this(&come_back))?;
        if let Some(operation) = watch.operation.clone() {
            let report = watch.report(&operation);
            display.show(&report, &mut app.output)?;
            if operation.state.is_over() {
                display.clear();
                return over(app, &operation, &watch.members);
            }
        }
        let left = wait_max.map(|wait_max| wait_max.saturating_sub(watch.begun.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            display.clear();
            return Err(not_finished(id, watch.operation.as_ref()).try_this(come_back).into());
        }
        tokio::time::sleep(left.map_or(BETWEEN_LOOKS, |left| left.min(BETWEEN_LOOKS))).await;
    }
}

/// An operation that is watched.
struct Watch {
    id: OperationId,
    members: Members,
    tracker: Tracker,
    /// As it was last told.
    operation: Option<Operation>,
    begun: Instant,
    /// When somebody last told of it.
    told: Instant,
    /// How far it was when the ring was last asked for: waiting, joint, handed over, settled.
    counted: Option<[u32; 4]>,
}

impl Watch {
    fn new(id: OperationId, members: Members) -> Self {
        let now = Instant::now();
        Self {
            id,
            members,
            tracker: Tracker::default(),
            operation: None,
            begun: now,
            told: now,
            counted: None,
        }
    }

    /// Asks whoever answers how far it is. Fails when nobody has for too long.
    async fn look(&mut self) -> Result<(), Problem> {
        match self.members.refresh().await {
            Err(problem) if self.told.elapsed() > SILENCE_MAX || problem.exit == Exit::NotAuthorised => {
                return Err(problem);
            }
            Err(_) => return Ok(()),
            Ok(()) => {}
        }
        let known = self.members.view.operations.iter().find(|operation| operation.id == self.id).cloned();
        let Some(operation) = known else { return self.look_back() };
        self.told = Instant::now();
        let counts = [operation.waiting, operation.joint, operation.handed_over, operation.settled];
        if self.counted != Some(counts)
            && let Ok(ring) = self.members.ring().await
        {
            self.tracker.note_ring(&operation, &self.members.view, &ring);
            self.counted = Some(counts);
        }
        if !operation.state.is_over() {
            let is_there = |node: &NodeView| node.liveness != Some(Liveness::Down);
            let answers = self.members.transfers_of(TRANSFERS_MAX, is_there).await;
            let transfers: Vec<Transfer> =
                answers.into_iter().filter_map(|(_, answer)| answer.ok()).flatten().collect();
            self.tracker.note_transfers(self.id, &transfers);
        }
        self.operation = Some(operation);
        Ok(())
    }

    /// Nobody tells of it any more: if it is in the history of the ring, it is over; else it may not have been told yet.
    fn look_back(&mut self) -> Result<(), Problem> {
        let in_history = self.members.view.history.iter().any(|change| change.operation == Some(self.id));
        if let (true, Some(operation)) = (in_history, &mut self.operation) {
            operation.state = OperationState::Done;
            return Ok(());
        }
        if self.told.elapsed() <= SILENCE_MAX {
            return Ok(());
        }
        Err(Problem::new(
            Exit::NotFound,
            "unknown-operation",
            format!("nobody knows operation {} any more", self.id),
        ))
    }

    fn report(&mut self, operation: &Operation) -> crate::progress::report::Report {
        let in_ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let silent = self.told.elapsed();
        let silent_ms = (silent > 2 * LOOK_MAX).then(|| in_ms(silent));
        self.tracker.report(in_ms(self.begun.elapsed()), operation, &self.members.view, silent_ms)
    }
}

fn over(app: &mut App, operation: &Operation, members: &Members) -> Result<Exit, Stop> {
    print(&mut app.output, OperationForm::new(operation, &members.view))?;
    match operation.state {
        OperationState::Cancelled => Err(Problem::new(
            Exit::OperationFailed,
            "operation-cancelled",
            format!("operation {} was cancelled", operation.id),
        )
        .try_this("`dynamo-ctl ring show` shows the ring as it is now")
        .into()),
        _ => Ok(Exit::Ok),
    }
}

fn not_finished(id: OperationId, operation: Option<&Operation>) -> Problem {
    let problem = Problem::new(Exit::NotFinished, "not-finished", format!("operation {id} is not over yet"));
    match operation {
        None => problem.because("nobody told how far it is"),
        Some(Operation { stalled: Some(reason), .. }) => problem.because(format!("it stalls: {reason}")),
        Some(Operation { handed_over, settled, partitions, .. }) => {
            problem.because(format!("{} of {partitions} partitions are handed over", handed_over + settled))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn what_is_not_over_says_how_far_it_is() {
        let mut operation = sample::operation();
        let problem = not_finished(operation.id, Some(&operation));
        assert_eq!(problem.exit.code(), 8);
        assert_eq!(problem.cause.unwrap(), "1 of 2 partitions are handed over");
        operation.stalled = Some("n1 is down".into());
        assert_eq!(not_finished(operation.id, Some(&operation)).cause.unwrap(), "it stalls: n1 is down");
    }
}
