//! Shutdown: from a signal to a closed store, in that order; and the signal that does not end but renews.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::daemon::{Daemon, Fault};
use crate::trouble::{Exit, Trouble};

/// The signals that a node knows.
///
/// To be listened for before the node starts, so that one that comes early is neither lost nor deadly.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens from now on. Must be called within a tokio runtime.
    pub fn listen() -> Result<Self, Trouble> {
        let listen = |kind| signal(kind).map_err(|error| no_signals(&error));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// Runs the daemon until it is told to stop, or cannot go on.
    ///
    /// SIGTERM and SIGINT stop it. SIGHUP makes it read its certificates again; it keeps the old ones if the new ones
    /// cannot be used.
    pub async fn run(mut self, mut daemon: Daemon) -> Result<(), Trouble> {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => break,
                _ = self.interrupt.recv() => break,
                _ = self.hang_up.recv() => match daemon.reload().await {
                    Ok(()) => tracing::info!("new certificates are in use"),
                    Err(error) => tracing::error!(%error, "the new certificates cannot be used, the old ones stay"),
                },
                fault = daemon.failed() => return Err(fault.into()),
            }
        }
        tracing::info!("stopping");
        daemon.stop().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

fn no_signals(error: &std::io::Error) -> Trouble {
    Trouble {
        exit: Exit::Failed,
        error: "cannot listen for signals".into(),
        cause: error.to_string(),
        hint: "start the node again".into(),
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let (exit, hint) = match &fault {
            Fault::Store(_) => {
                (Exit::Poisoned, "start the node again; look at the disk if that does not help")
            }
            Fault::Defect(_) => (Exit::Failed, "start the node again, and report what it has logged"),
        };
        Self { exit, error: "the node cannot go on".into(), cause: fault.to_string(), hint: hint.into() }
    }
}
