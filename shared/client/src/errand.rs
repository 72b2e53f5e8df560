//! One request on its way: asked at one node after the other, always under the same name, until somebody did it, or it
//! is clear that nobody will, or the time is over.
//!
//! A node that is silent is not given up: it is listened to while the next is asked as well. That is safe for writes
//! because every attempt carries the same request id, which nodes recognise (rule P3). Nothing is asked after the
//! deadline, and no node is told that it has longer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dynamo_transport::{Connection, LinkError, Pool};
use shared::error::{Failure, Outcome};
use shared::id::RequestId;
use shared::wire::client::{Answer, Request, Response, Verb};
use shared::wire::{Plane, decode, encode};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::error::{Attempt, Attempts, ClientError, Trouble};
use crate::memory::Memory;
use crate::route::Candidate;
use crate::settings::{Patience, Settings};

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
                () = sleep_until(asking.next_at), if asking.wants_another() => {
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
    /// Who is still to be asked in this round.
    ahead: VecDeque<Candidate>,
    /// Nobody is asked before this.
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
    /// How long it may take before the next is asked as well.
    patience: Patience,
    /// On what the request has left this machine, once it has.
    sent: Arc<OnceLock<Sent>>,
    /// How many packets had come when that was last seen to change, and when that was.
    heard: Option<(u64, Instant)>,
}

/// A request that has left this machine.
#[derive(Debug)]
struct Sent {
    connection: Connection,
    at: Instant,
    /// How many packets had come from the node by then.
    heard: u64,
}

impl Listening {
    /// When it is somebody else's turn. A later look may say a later time, as long as packets come.
    fn patience_ends(&mut self, now: Instant) -> Instant {
        let Patience { to_dial, in_silence, to_answer } = self.patience;
        let Some(sent) = self.sent.get() else { return self.since + to_dial };
        let packets = sent.connection.packets_heard();
        let (before, at) = self.heard.unwrap_or((sent.heard, sent.at));
        let at = if packets == before { at } else { now };
        self.heard = Some((packets, at));
        (at + in_silence).min(self.since + to_answer)
    }

    fn is_sent(&self) -> bool {
        self.sent.get().is_some()
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
            ahead: candidates.iter().cloned().collect(),
            candidates,
            deadline,
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

    /// Whether there is anybody to ask, in this round or in another one.
    fn wants_another(&self) -> bool {
        !self.ahead.is_empty() || self.may_go_round() && self.to_ask_again().next().is_some()
    }

    /// Another round can help if somebody answered in this one, or was at least asked.
    fn may_go_round(&self) -> bool {
        self.reached && self.round < self.errand.rounds_max
    }

    /// Who can be asked again: neither those who could not be dialled, nor those who are still listened to.
    fn to_ask_again(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(|candidate| {
            let is_listened_to = || {
                self.listened_to.values().any(|listening| listening.candidate.address == candidate.address)
            };
            !self.unreachable.contains(&candidate.address) && !is_listened_to()
        })
    }

    /// Asks the next candidate, unless whoever was asked last may take its time; after the last candidate, begins
    /// another round once nobody's patience lasts. (The silent ones are still listened to: waiting for them alone would
    /// leave a request that another node could do by now undone until its deadline.)
    fn ask_another(&mut self) {
        let now = Instant::now();
        let (latest, between_rounds) = (self.latest, self.ahead.is_empty());
        let awaited = self.listened_to.iter_mut().filter(|(id, _)| between_rounds || Some(**id) == latest);
        let patience_ends = awaited.map(|(_, listening)| listening.patience_ends(now)).max();
        if let Some(ends) = patience_ends.filter(|ends| *ends > now) {
            self.next_at = ends;
            return;
        }
        self.note_silence(now);
        let Some(candidate) = self.ahead.pop_front() else { return self.go_round(now) };
        let patience = self.messenger.settings.patience(self.deadline.saturating_duration_since(now));
        self.next_at = now + patience.to_dial.min(patience.in_silence);
        let sent = Arc::<OnceLock<Sent>>::default();
        let attempt = attempt(
            self.messenger.pool.clone(),
            self.errand.clone(),
            candidate.clone(),
            self.deadline,
            Arc::clone(&sent),
        );
        let id = self.under_way.spawn(attempt).id();
        self.latest = Some(id);
        self.listened_to.insert(id, Listening { candidate, since: now, patience, sent, heard: None });
    }

    /// After the last candidate the first again, after a pause.
    fn go_round(&mut self, now: Instant) {
        self.ahead = self.to_ask_again().cloned().collect();
        self.round += 1;
        self.reached = false;
        self.next_at = now + self.messenger.settings.pause_before(self.round);
    }

    /// Whoever is silent by now is asked later next time.
    fn note_silence(&mut self, now: Instant) {
        let messenger = self.messenger;
        for listening in self.listened_to.values_mut() {
            let address = listening.candidate.address;
            if listening.patience_ends(now) <= now && !messenger.memory.avoids(address, now) {
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
        let sent = listening.is_sent();
        let candidate = listening.candidate;
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
        self.next_at = Instant::now();
        None
    }

    fn is_over(&self) -> bool {
        self.under_way.is_empty() && !self.wants_another()
    }

    /// Nobody did it: what that means.
    fn give_up(&mut self) -> ClientError {
        let mut maybe_done = self.maybe_done;
        let mut reached = false;
        for (_, listening) in std::mem::take(&mut self.listened_to) {
            let sent = listening.is_sent();
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
    sent: Arc<OnceLock<Sent>>,
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
    let heard = connection.packets_heard();
    sent.get_or_init(|| Sent { connection: connection.clone(), at: Instant::now(), heard });
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
