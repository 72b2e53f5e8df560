//! Shutdown: from a signal to a closed store, in that order; and the signal that does not end but renews.

use tokio::signal::unix::{SignalKind, signal};

use crate::Daemon;
use crate::trouble::{Exit, Trouble};

/// Runs the daemon until it is told to stop, or cannot go on.
///
/// SIGTERM and SIGINT stop it. SIGHUP makes it read its certificates again; it keeps the old ones if the new ones
/// cannot be used.
pub async fn run_until_told(mut daemon: Daemon) -> Result<(), Trouble> {
    let listen = |kind| signal(kind).map_err(|error| no_signals(&error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => match daemon.reload().await {
                Ok(()) => tracing::info!("new certificates are in use"),
                Err(error) => tracing::error!(%error, "the new certificates cannot be used, the old ones stay"),
            },
            reason = daemon.failed() => return Err(failed(reason)),
        }
    }
    tracing::info!("stopping");
    daemon.stop().await.map_err(failed)?;
    tracing::info!("stopped");
    Ok(())
}

fn no_signals(error: &std::io::Error) -> Trouble {
    Trouble {
        exit: Exit::Failed,
        error: "cannot listen for signals".into(),
        cause: error.to_string(),
        hint: "start the node again".into(),
    }
}

fn failed(reason: String) -> Trouble {
    Trouble {
        exit: Exit::Poisoned,
        error: "the store has failed; nothing that was acknowledged is lost".into(),
        cause: reason,
        hint: "start the node again; look at the disk if that does not help".into(),
    }
}
