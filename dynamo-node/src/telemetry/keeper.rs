//! Keeper: the thread that has the archive. Making a sample of a busy second takes most of a millisecond, and so does a
//! page: neither may keep the runtime from its work.

use std::sync::mpsc::{self, Receiver, Sender};

use dynamo_core::time::Instant;
use dynamo_transport::Responder;
use shared::wire;
use shared::wire::look::{LookResult, Seen};
use shared::wire::telemetry::Since;

use super::archive::Archive;
use super::recorder::Second;
use super::state::{Observed, resident_bytes};

/// The archive, in its thread; the thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Keeper(Sender<Told>);

enum Told {
    Over(Box<Second>),
    Stands(Instant, Option<Box<Observed>>),
    Asked(Since, Responder),
}

impl Keeper {
    /// Gives an archive its thread.
    pub(crate) fn start(archive: Archive) -> std::io::Result<Self> {
        let (tell, told) = mpsc::channel();
        std::thread::Builder::new().name("telemetry".into()).spawn(move || keep(archive, &told))?;
        Ok(Self(tell))
    }

    /// A second is over.
    pub(crate) fn add(&self, second: Second) {
        self.tell(Told::Over(Box::new(second)));
    }

    /// How things stand at the end of the last second; `None`: nobody knows.
    pub(crate) fn complete(&self, now: Instant, observed: Option<Observed>) {
        self.tell(Told::Stands(now, observed.map(Box::new)));
    }

    /// Answers an onlooker.
    pub(crate) fn answer(&self, since: Since, responder: Responder) {
        self.tell(Told::Asked(since, responder));
    }

    fn tell(&self, told: Told) {
        // Without its thread there is no telemetry; whoever asks is told by the responder that is dropped.
        _ = self.0.send(told);
    }
}

fn keep(mut archive: Archive, told: &Receiver<Told>) {
    for told in told {
        match told {
            Told::Over(second) => archive.add(*second),
            Told::Stands(now, observed) => {
                let observed =
                    observed.map(|observed| Observed { resident_bytes: resident_bytes(), ..*observed });
                archive.complete(now, observed);
            }
            Told::Asked(since, responder) => {
                let seen = Seen::Telemetry(Box::new(archive.page(since)));
                responder.answer(wire::encode::<LookResult>(&Ok(seen)));
            }
        }
    }
}
