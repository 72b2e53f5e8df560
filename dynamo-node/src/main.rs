//! Parses the command line, runs, and ends with the exit code that says how it went.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use dynamo_node::cli::{CheckArgs, Cli, Command, RunArgs};
use dynamo_node::pid_file::PidFile;
use dynamo_node::shutdown::Signals;
use dynamo_node::trouble::{Exit, Trouble};
use dynamo_node::{Config, Daemon, dev, telemetry};

fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Run(args) => run(&args),
        Command::Check(args) => check(&args),
        Command::Dev(args) => dev::run(&args),
    };
    match ended {
        Ok(()) => Exit::Done.into(),
        Err(trouble) => {
            // Standard error is gone: there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "{trouble}");
            trouble.exit.into()
        }
    }
}

fn run(args: &RunArgs) -> Result<(), Trouble> {
    let config = Config::read(&args.config)?;
    telemetry::start(args.log_level.as_deref(), &config.log.level)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Trouble {
            exit: Exit::Failed,
            error: "cannot start the node's threads".into(),
            cause: error.to_string(),
            hint: "allow this process more threads (ulimit -u)".into(),
        })?;
    let pid_file = config.pid_file.clone();
    let ended = runtime.block_on(async {
        let signals = Signals::listen()?;
        let daemon = Daemon::start(config).await?;
        // Only now, so that whoever waits for the file finds a node that listens.
        let _pid_file = pid_file.as_deref().map(PidFile::claim).transpose()?;
        signals.run(daemon).await
    });
    // After a failure of the store some of its threads may never come back.
    runtime.shutdown_background();
    ended
}

fn check(args: &CheckArgs) -> Result<(), Trouble> {
    let config = Config::read(&args.config)?;
    let identity = Daemon::check(&config)?;
    // A closed pipe is a quiet end.
    let _ = writeln!(
        std::io::stdout(),
        "{} is fine: {identity} of cluster {} would listen on {} and keep its data in {}",
        args.config.display(),
        identity.cluster,
        config.listen,
        config.data_dir.display(),
    );
    Ok(())
}
