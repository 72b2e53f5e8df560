//! One request on its way: asked at one node after the other, always under the same name, until somebody did it, or it
//! is clear that nobody will, or the time is over.
//!
//! A node that is silent is not given up: it is listened to while the next is asked as well. That is safe for writes
//! because every attempt carries the same request id, which nodes recognise (rule P3). Nothing is asked after the
//! deadline, and no node is told that it has longer.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use dynamo_transport::{LinkError, Pool};
use shared::error::{Failure, Outcome};
use shared::id::RequestId;
use shared::wire::client::{Answer, Request, Response, Verb};
use shared::wire::{Plane, decode, encode};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::error::{Attempt, Attempts, ClientError, Trouble};
use crate::memory::Memory;
use crate::route::Candidate;
use crate::settings::Settings;

/// What a node is given less than the client has, so that its own words arrive before the client stops listening.
const WAY_BACK_MAX: Duration = Duration::from_millis(100);

/// What errands have in common: the links, and what is remembered of the nodes.
#[derive(Debug)]
pub(crate) struct Messenger {
    pub(crate) pool: Pool,
    pub(crate) memory: Memory,
    pub(crate) settings: Settings,
}

/// A request with its name.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) id: RequestId,
    pub(crate) sent_ms: u64,
    pub(crate) verb: Verb,
    /// How often the candidates are gone through.
    pub(crate) rounds_max: u32,
}

/// What came back, and from whom.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) answer: Answer,
    pub(crate) state_version: u64,
    pub(crate) from: Candidate,
}

impl Messenger {
    /// Runs an errand.
    pub(crate) async fn run(
        &self,
        errand: &Errand,
        candidates: Vec<Candidate>,
        deadline: Instant,
    ) -> Result<Brought, ClientError> {
        let mut asking = Asking::new(self, errand, self.in_order(candidates), deadline);
        loop {
            let step = tokio::select! {
                biased;
                Some(ended) = asking.under_way.join_next_with_id() => asking.ended(ended),
                () = sleep_until(asking.next_at), if asking.may_ask_another() => {
                    asking.ask_another();
                    None
                }
                () = sleep_until(deadline) => return Err(asking.give_up()),
            };
            match step {
                Some(end) => return end,
                None if asking.is_over() => return Err(asking.give_up()),
                None => {}
            }
        }
    }

    /// The same candidates, those that failed lately last.
    fn in_order(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let now = Instant::now();
        candidates.sort_by_key(|candidate| self.memory.avoids(candidate.address, now));
        candidates
    }
}

/// An errand while it runs.
struct Asking<'a> {
    messenger: &'a Messenger,
    errand: &'a Errand,
    candidates: Vec<Candidate>,
    deadline: Instant,
    /// Which candidate is next.
    next: usize,
    /// Not before this.
    next_at: Instant,
    /// Counted from 1.
    round: u32,
    /// Whether anybody answered or was at least asked in this round.
    reached: bool,
    /// Who could not even be dialled: asking again would only wait for the same handshake again.
    unreachable: BTreeSet<SocketAddr>,
    /// The attempt that began last.
    latest: Option<Id>,
    under_way: JoinSet<Result<Response, Trouble>>,
    listened_to: BTreeMap<Id, Listening>,
    in_vain: Vec<Attempt>,
    /// Whether somebody who was asked has not said that nothing was changed.
    maybe_done: bool,
}

/// An attempt that has not ended.
struct Listening {
    candidate: Candidate,
    since: Instant,
    /// How long it may take to be dialled, and to answer, before the next is asked as well.
    patience: (Duration, Duration),
    /// Whether the request has left this machine.
    sent: Arc<AtomicBool>,
}

impl Listening {
    /// When it is somebody else's turn.
    fn patience_ends(&self) -> Instant {
        let (to_dial, to_answer) = self.patience;
        self.since + if self.sent.load(Relaxed) { to_answer } else { to_dial }
    }
}

type Ended = Result<(Id, Result<Response, Trouble>), tokio::task::JoinError>;

impl<'a> Asking<'a> {
    fn new(
        messenger: &'a Messenger,
        errand: &'a Errand,
        candidates: Vec<Candidate>,
        deadline: Instant,
    ) -> Self {
        Self {
            messenger,
            errand,
            candidates,
            deadline,
            next: 0,
            next_at: Instant::now(),
            round: 1,
            reached: false,
            unreachable: BTreeSet::new(),
            latest: None,
            under_way: JoinSet::new(),
            listened_to: BTreeMap::new(),
            in_vain: Vec::new(),
            maybe_done: false,
        }
    }

    fn may_ask_another(&self) -> bool {
        self.next < self.candidates.len()
    }

    /// Asks the next candidate, unless the latest is connected by now and may take its time to answer.
    fn ask_another(&mut self) {
        let now = Instant::now();
        let latest = self.latest.and_then(|id| self.listened_to.get(&id));
        if let Some(ends) = latest.map(Listening::patience_ends).filter(|ends| *ends > now) {
            self.next_at = ends;
            return;
        }
        let Some(candidate) = self.candidates.get(self.next).cloned() else { return };
        self.note_silence(now);
        self.next += 1;
        let patience = self.messenger.settings.patience(self.deadline.saturating_duration_since(now));
        self.next_at = now + patience.0;
        let sent = Arc::<AtomicBool>::default();
        let attempt = attempt(
            self.messenger.pool.clone(),
            self.errand.clone(),
            candidate.clone(),
            self.deadline,
            Arc::clone(&sent),
        );
        let id = self.under_way.spawn(attempt).id();
        self.latest = Some(id);
        self.listened_to.insert(id, Listening { candidate, since: now, patience, sent });
    }

    /// Whoever is silent by now is asked later next time.
    fn note_silence(&self, now: Instant) {
        let messenger = self.messenger;
        for listening in self.listened_to.values().filter(|listening| listening.patience_ends() <= now) {
            let address = listening.candidate.address;
            if !messenger.memory.avoids(address, now) {
                messenger.memory.failed(address, now, &messenger.settings);
            }
        }
    }

    /// Judges an attempt that ended: `Some` if the errand ends with it.
    fn ended(&mut self, ended: Ended) -> Option<Result<Brought, ClientError>> {
        let (id, went) = match ended {
            Ok(ended) => ended,
            // An attempt does not panic and nobody aborts it; if it did, whether it was done is unknown.
            Err(error) => (error.id(), Err(Trouble::Strange(error.to_string()))),
        };
        let listening = self.listened_to.remove(&id)?;
        let Listening { candidate, sent, .. } = listening;
        let sent = sent.load(Relaxed);
        self.reached |= sent;
        match went {
            Ok(Response { state_version, result: Ok(answer) }) => {
                self.messenger.memory.answered(candidate.address);
                return Some(Ok(Brought { answer, state_version, from: candidate }));
            }
            Ok(Response { result: Err(failure), .. }) => {
                self.messenger.memory.answered(candidate.address);
                self.maybe_done |= failure.outcome() == Outcome::Unknown;
                let is_final = !failure.is_worth_retrying();
                self.in_vain.push(Attempt { node: candidate.name, trouble: Trouble::Failure(failure) });
                if is_final {
                    return Some(Err(self.give_up()));
                }
            }
            Err(trouble) => {
                self.messenger.memory.failed(candidate.address, Instant::now(), &self.messenger.settings);
                self.maybe_done |=
                    sent && !matches!(&trouble, Trouble::Link(error) if surely_not_done(error));
                if !sent {
                    self.unreachable.insert(candidate.address);
                }
                self.in_vain.push(Attempt { node: candidate.name, trouble });
            }
        }
        self.go_on();
        None
    }

    /// Whoever is next is asked now; after the last, the first again, if that can help.
    fn go_on(&mut self) {
        self.next_at = Instant::now();
        let round_is_over = !self.may_ask_another() && self.under_way.is_empty();
        if round_is_over && self.reached && self.round < self.errand.rounds_max {
            self.round += 1;
            self.next = 0;
            self.reached = false;
            self.candidates.retain(|candidate| !self.unreachable.contains(&candidate.address));
            self.next_at += self.messenger.settings.pause_before(self.round);
        }
    }

    fn is_over(&self) -> bool {
        self.under_way.is_empty() && !self.may_ask_another()
    }

    /// Nobody did it: what that means.
    fn give_up(&mut self) -> ClientError {
        let mut maybe_done = self.maybe_done;
        let mut reached = false;
        for (_, listening) in std::mem::take(&mut self.listened_to) {
            let sent = listening.sent.load(Relaxed);
            maybe_done |= sent;
            reached |= sent;
            let trouble = Trouble::Silent(listening.since.elapsed());
            self.in_vain.push(Attempt { node: listening.candidate.name, trouble });
        }
        let attempts = Attempts(std::mem::take(&mut self.in_vain));
        if maybe_done && matches!(self.errand.verb, Verb::Put(_)) {
            return ClientError::OutcomeUnknown { attempts };
        }
        verdict(attempts, reached || maybe_done)
    }
}

/// What it comes to when nothing was changed: the best-informed trouble stands for all.
pub(crate) fn verdict(attempts: Attempts, reached: bool) -> ClientError {
    let failure = attempts.0.iter().rev().find_map(|attempt| match &attempt.trouble {
        Trouble::Failure(failure) => Some(failure.clone()),
        _ => None,
    });
    let distrusted = attempts.0.iter().any(|attempt| {
        use LinkError::{NotAuthorised, Refused, WrongPeer};
        matches!(&attempt.trouble, Trouble::Link(NotAuthorised { .. } | Refused { .. } | WrongPeer { .. }))
    });
    match failure {
        Some(failure) => ClientError::Failed { failure, attempts },
        None if reached => ClientError::NoAnswer { attempts },
        None if distrusted => ClientError::NotAuthorised { attempts },
        None => ClientError::NoNodeReachable { attempts },
    }
}

/// Whether a link that failed so cannot have carried the request out.
pub(crate) fn surely_not_done(error: &LinkError) -> bool {
    !matches!(error, LinkError::Closed { .. } | LinkError::Malformed { .. } | LinkError::Deadline { .. })
}

/// Asks one node, to the end of the errand.
async fn attempt(
    pool: Pool,
    errand: Errand,
    candidate: Candidate,
    deadline: Instant,
    sent: Arc<AtomicBool>,
) -> Result<Response, Trouble> {
    let connection =
        pool.connection(candidate.address, Plane::Client, deadline).await.map_err(Trouble::Link)?;
    let left = deadline.saturating_duration_since(Instant::now());
    let given = left.saturating_sub(WAY_BACK_MAX.min(left / 10));
    let request = Request {
        id: errand.id,
        sent_ms: errand.sent_ms,
        timeout_ms: u32::try_from(given.as_millis()).unwrap_or(u32::MAX).max(1),
        verb: errand.verb,
    };
    sent.store(true, Relaxed);
    let answer = connection.ask(encode(&request), deadline).await.map_err(Trouble::Link)?;
    decode("response", &answer).map_err(|error| Trouble::Strange(error.to_string()))
}

/// The moment after so long; one that nobody lives to see, where the clock cannot say it.
pub(crate) fn deadline_after(timeout: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(24 * 365);
    Instant::now() + timeout.min(FAR)
}

/// What a definite answer of the cluster looks like from outside an errand.
pub(crate) fn failed(failure: Failure) -> ClientError {
    ClientError::Failed { failure, attempts: Attempts::default() }
}
