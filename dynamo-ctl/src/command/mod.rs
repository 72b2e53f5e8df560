//! One verb a file: what it takes, and what it does.

pub mod cert;
pub mod cluster;
pub mod completion;
pub mod config;
pub mod delete;
pub mod get;
pub mod keys;
pub mod man;
pub mod place;
pub mod profile;
pub mod put;
pub mod status;

use crate::app::App;
use crate::cli::{Cert, Cluster, Command, Config, Profile};
use crate::exit::Exit;
use crate::problem::Stop;

/// Runs one command.
pub async fn run(command: &Command, app: &mut App) -> Result<Exit, Stop> {
    match command {
        Command::Status(verb) => verb.run(app).await,
        Command::Cluster(Cluster::Init(verb)) => verb.run(app).await,
        Command::Cluster(Cluster::Show(verb)) => verb.run(app).await,
        Command::Get(verb) => verb.run(app).await,
        Command::Put(verb) => verb.run(app).await,
        Command::Delete(verb) => verb.run(app).await,
        Command::Keys(verb) => verb.run(app).await,
        Command::Cert(Cert::Init(verb)) => verb.run(app),
        Command::Cert(Cert::Issue(verb)) => verb.run(app),
        Command::Cert(Cert::Inspect(verb)) => verb.run(app),
        Command::Profile(Profile::List(verb)) => verb.run(app),
        Command::Profile(Profile::Show(verb)) => verb.run(app),
        Command::Profile(Profile::Use(verb)) => verb.run(app),
        Command::Profile(Profile::Add(verb)) => verb.run(app),
        Command::Profile(Profile::Remove(verb)) => verb.run(app),
        Command::Config(Config::Show(verb)) => verb.run(app),
        Command::Completion(verb) => verb.run(app),
        Command::Man(verb) => verb.run(app),
    }
}
