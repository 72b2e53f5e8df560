//! What every command needs: the settings of this call and where each came from, the profile, and links to the cluster.

use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;
use dynamo_client::{Administrator, Client, Looker, Profile, Profiles, Settings};
use shared::id::Name;
use shared::wire::Plane;

use crate::cli::Global;
use crate::output::Output;
use crate::problem::{Problem, Stop};

/// How long the nodes' side of a link is told goodbye for.
const GOODBYE: Duration = Duration::from_millis(20);

/// How long a tool waits for anything that crosses the network, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// One call of the program.
pub struct App {
    /// What the command line and the environment say.
    pub global: Global,
    /// Where results and notes go.
    pub output: Output,
    /// What whoever ends this with Ctrl-C should know.
    pub if_interrupted: Option<String>,
    origins: Vec<(&'static str, Origin)>,
    opened: Vec<Opened>,
}

/// Where a setting came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// An environment variable.
    Environment,
    /// The file of profiles.
    File,
    /// Nobody said anything.
    Default,
}

impl Origin {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

/// Links that are closed at the end.
enum Opened {
    Client(Client),
    Looker(Looker),
    Administrator(Administrator),
}

impl App {
    /// A call with these settings.
    pub fn new(global: Global, matches: &ArgMatches, output: Output) -> Self {
        let origins = ["config", "profile", "timeout", "output", "color"]
            .map(|name| {
                let origin = match matches.value_source(name) {
                    Some(ValueSource::CommandLine) => Origin::Flag,
                    Some(ValueSource::EnvVariable) => Origin::Environment,
                    _ => Origin::Default,
                };
                (name, origin)
            })
            .to_vec();
        Self { global, output, if_interrupted: None, origins, opened: Vec::new() }
    }

    /// Where a global setting came from: flag, environment or default.
    pub fn origin(&self, name: &str) -> Origin {
        self.origins.iter().find(|(known, _)| *known == name).map_or(Origin::Default, |(_, origin)| *origin)
    }

    /// How long anything that crosses the network may take.
    pub fn timeout(&self) -> Duration {
        self.global.timeout.unwrap_or(TIMEOUT)
    }

    /// Every profile there is.
    pub fn profiles(&self) -> Result<Profiles, Problem> {
        Ok(Profiles::load(self.global.config.as_deref())?)
    }

    /// The profile to use, and its name.
    pub fn profile(&self) -> Result<(Name, Profile), Problem> {
        Ok(self.profiles()?.choose(self.global.profile.as_ref())?)
    }

    fn settings(&self) -> Settings {
        Settings { timeout: self.timeout(), ..Settings::default() }
    }

    /// Connects to use data.
    pub async fn client(&mut self) -> Result<Client, Stop> {
        let (_, profile) = self.profile()?;
        let credentials = profile.credentials(Plane::Client)?;
        let client = Client::connect_with(&profile.addresses, &credentials, self.settings()).await?;
        self.opened.push(Opened::Client(client.clone()));
        Ok(client)
    }

    /// Gets ready to look.
    pub async fn looker(&mut self) -> Result<Looker, Stop> {
        let (_, profile) = self.profile()?;
        let credentials = profile.credentials(Plane::Look)?;
        let looker = Looker::connect_with(&profile.addresses, &credentials, &self.settings()).await?;
        self.opened.push(Opened::Looker(looker.clone()));
        Ok(looker)
    }

    /// Gets ready to look at these addresses instead of the profile's.
    pub async fn looker_at(&mut self, addresses: &[String]) -> Result<Looker, Stop> {
        let (_, profile) = self.profile()?;
        let credentials = profile.credentials(Plane::Look)?;
        let looker = Looker::connect_with(addresses, &credentials, &self.settings()).await?;
        self.opened.push(Opened::Looker(looker.clone()));
        Ok(looker)
    }

    /// Gets ready to change the cluster, beginning at these addresses.
    pub async fn administrator_at(&mut self, addresses: &[String]) -> Result<Administrator, Stop> {
        let (_, profile) = self.profile()?;
        let credentials = profile.credentials(Plane::Admin)?;
        let administrator = Administrator::connect_with(addresses, &credentials, &self.settings()).await?;
        self.opened.push(Opened::Administrator(administrator.clone()));
        Ok(administrator)
    }

    /// Says goodbye to every node.
    pub async fn close(&mut self) {
        for opened in self.opened.drain(..) {
            match opened {
                Opened::Client(client) => client.close(GOODBYE).await,
                Opened::Looker(looker) => looker.close(GOODBYE).await,
                Opened::Administrator(administrator) => administrator.close(GOODBYE).await,
            }
        }
    }
}
