//! Acceptor: promises and accepts for the version after the one that is in force here. Stored before it is said.

use shared::id::NodeId;

use super::super::keeper::{Duty, Keeper};
use super::{Answer, Ballot, Base, Consensus, Vote};
use crate::desk::Desk;
use crate::message::Body;

/// Takes a proposer's question. `base`: the version that is in force here.
pub(crate) fn hear(
    desk: &mut Desk<'_>,
    keeper: &mut Keeper,
    base: Option<Base>,
    from: NodeId,
    said: Consensus,
) {
    match said {
        Consensus::Prepare { op, base: asked, ballot } => {
            let Some(vote) = current(keeper, base, asked) else {
                return refuse(desk, from, Answer::OtherBase { op, edition: edition(base) });
            };
            match vote {
                Some(vote) if vote.promised > ballot => {
                    refuse(desk, from, Answer::Outbid { op, promised: vote.promised });
                }
                vote => {
                    let accepted = vote.and_then(|vote| vote.accepted);
                    let answer = Answer::Promise { op, accepted: accepted.clone() };
                    store(desk, keeper, Vote { base: asked, promised: ballot, accepted }, from, answer);
                }
            }
        }
        Consensus::Accept { op, base: asked, ballot, state } => {
            let Some(vote) = current(keeper, base, asked) else {
                return refuse(desk, from, Answer::OtherBase { op, edition: edition(base) });
            };
            match vote {
                Some(vote) if vote.promised > ballot && !desk.config.flaws.ignores_ballots => {
                    refuse(desk, from, Answer::Outbid { op, promised: vote.promised });
                }
                _ => {
                    let accepted = Some((ballot, state));
                    let vote = Vote { base: asked, promised: ballot, accepted };
                    store(desk, keeper, vote, from, Answer::Accepted { op });
                }
            }
        }
        Consensus::Answer(_) => {}
    }
}

/// The highest ballot that this node has promised for the version after this one.
pub(crate) fn promised(keeper: &Keeper, base: Base) -> Option<Ballot> {
    let vote = keeper.submitted()?.vote.as_ref()?;
    (vote.base == base).then_some(vote.promised)
}

fn edition(base: Option<Base>) -> Option<super::Edition> {
    base.map(|base| base.edition)
}

/// The vote on this base; `None`: the base is not what this node has, or what it is about to have.
#[expect(clippy::option_option, reason = "no such base, and no vote on it yet, are two things")]
fn current(keeper: &Keeper, base: Option<Base>, asked: Base) -> Option<Option<Vote>> {
    let kept = keeper.submitted()?;
    let is_ours =
        base == Some(asked) && kept.declared.state.edition() == asked.edition && kept.farewell.is_none();
    is_ours.then(|| kept.vote.clone().filter(|vote| vote.base == asked))
}

fn store(desk: &mut Desk<'_>, keeper: &mut Keeper, vote: Vote, to: NodeId, answer: Answer) {
    keeper.change(desk, |kept| kept.vote = Some(vote), Duty::Vote { to, answer });
}

/// A refusal promises nothing, and need not be stored.
fn refuse(desk: &mut Desk<'_>, to: NodeId, answer: Answer) {
    desk.send(to, Body::Consensus(Consensus::Answer(answer)));
}
