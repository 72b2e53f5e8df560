//! Parses the command line, shows or writes, and ends with the exit code that says how it went: 0 done, 1 anything
//! else, 2 command line or profile, 12 no node reachable.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use dynamo_client::{ClientError, Profiles};
use dynamo_top::app::App;
use dynamo_top::cli::Cli;
use dynamo_top::feed::Feed;
use dynamo_top::{batch, screen};

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const NO_NODE_REACHABLE: u8 = 12;

/// What, why, what to try, and the exit code.
struct Trouble {
    code: u8,
    error: String,
    cause: Option<String>,
    hint: Option<String>,
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        Self { code: USAGE, error: error.to_string(), cause: error.cause(), hint: error.hint() }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self {
            code: FAILED,
            error: "the terminal cannot be used".into(),
            cause: Some(error.to_string()),
            hint: None,
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tell(&Trouble::from(error)),
    };
    let ran = runtime.block_on(run(&cli));
    // A thread that waits for a key would never come back.
    runtime.shutdown_background();
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => tell(&trouble),
    }
}

async fn run(cli: &Cli) -> Result<(), Trouble> {
    let profiles = Profiles::load(cli.config.as_deref()).map_err(ClientError::from)?;
    let (name, profile) = profiles.choose(cli.profile.as_ref()).map_err(ClientError::from)?;
    let feed = Feed::open(&profile).await?;
    let app = App::new(name.to_string(), feed.addresses());
    if !cli.batch && io::stdout().is_terminal() && io::stdin().is_terminal() {
        return Ok(screen::run(feed, app, cli.delay, screen::palette()).await?);
    }
    let mut stdout = io::stdout();
    if batch::run(feed, app, cli.delay, cli.iterations, cli.output, &mut stdout).await? {
        return Ok(());
    }
    Err(Trouble {
        code: NO_NODE_REACHABLE,
        error: "no node can be reached".to_owned(),
        cause: Some(format!("none of the profile `{name}` has answered: {}", profile.addresses.join(", "))),
        hint: Some(
            "is a node running there? `dynamo-ctl profile show` tells which addresses are tried".to_owned(),
        ),
    })
}

fn tell(trouble: &Trouble) -> ExitCode {
    let mut text = format!("error: {}\n", trouble.error);
    for (label, words) in [("cause", &trouble.cause), ("hint", &trouble.hint)] {
        if let Some(words) = words {
            text.extend([label, ": ", words, "\n"]);
        }
    }
    // Standard error is gone: there is nobody to tell.
    let _ = io::stderr().write_all(text.as_bytes());
    trouble.code.into()
}
