//! `profile add`.

use std::path::{Path, PathBuf};

use clap::Args;
use dynamo_client::{Pair, Profile};
use dynamo_transport::{Credentials, Role};
use shared::id::Name;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::problem::{Problem, Stop};

/// Add a profile: a cluster's addresses, and the certificates to show there.
///
/// A certificate's role (admin, operator or client) is read from it. Its key is the file beside it that ends in .key, and the
/// authority's certificate is the ca.pem beside the first of them, as `cert issue` writes them. The first profile of all
/// is the current one from then on.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl profile add prod --address n1.example:7400 --address n2.example:7400 --cert alice/alice.pem",
    "dynamo-ctl profile add prod --address n1.example:7400 --cert alice/alice.pem --cert app/app.pem --current",
])]
pub struct ProfileAdd {
    /// What to call it.
    #[arg(value_name = "NAME")]
    name: Name,
    /// A node to begin with, host:port; the others are learnt from it. May be given more than once.
    #[arg(long = "address", value_name = "ADDRESS", required = true)]
    addresses: Vec<String>,
    /// A certificate to show, PEM; one for each role at most.
    #[arg(long = "cert", value_name = "FILE", required = true)]
    certificates: Vec<PathBuf>,
    /// The certificate of the cluster's authority, PEM [default: ca.pem beside the first certificate].
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Replace a profile of that name.
    #[arg(long)]
    force: bool,
    /// Make it the current one.
    #[arg(long)]
    current: bool,
    /// Only say what would be changed.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl ProfileAdd {
    /// Checks the certificates, and writes the profile into the file.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let mut profiles = app.profiles()?;
        if !self.force && profiles.get(&self.name).is_ok() {
            let mut taken = Problem::new(
                Exit::Conflict,
                "profile-exists",
                format!("there is a profile `{}` in {}", self.name, profiles.path().display()),
            );
            taken.hint = Some("choose another name, or replace it with --force".to_owned());
            return Err(taken.into());
        }
        let profile = self.profile()?;
        profiles.set(self.name.clone(), profile);
        if self.current {
            profiles.set_current(self.name.clone())?;
        }
        if self.dry_run {
            app.output.note(&format!(
                "would write the profile {} to {}",
                self.name,
                profiles.path().display()
            ));
            return Ok(Exit::Ok);
        }
        profiles.save()?;
        app.output.detail(&format!("the profile {} is in {}", self.name, profiles.path().display()));
        Ok(Exit::Ok)
    }

    fn profile(&self) -> Result<Profile, Problem> {
        let first = self.certificates.first().map_or(Path::new("."), PathBuf::as_path);
        let ca = absolute(&self.ca.clone().unwrap_or_else(|| first.with_file_name("ca.pem")))?;
        let mut profile =
            Profile { addresses: self.addresses.clone(), ca, admin: None, operator: None, client: None };
        for certificate in &self.certificates {
            let cert = absolute(certificate)?;
            let key = cert.with_extension("key");
            let credentials = Credentials::read(&profile.ca, &cert, &key)
                .map_err(|error| Problem::new(Exit::Usage, "certificate", error.to_string()))?;
            let role = credentials.identity().role;
            let place = match role {
                Role::Admin => &mut profile.admin,
                Role::Operator => &mut profile.operator,
                Role::Client => &mut profile.client,
                Role::Node => {
                    let error =
                        format!("{} is a node's certificate; tools show others", certificate.display());
                    return Err(Problem::usage(error));
                }
            };
            if place.replace(Pair { cert, key }).is_some() {
                return Err(Problem::usage(format!("two certificates for the role {}", role.as_str())));
            }
        }
        Ok(profile)
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Problem> {
    std::path::absolute(path).map_err(|error| Problem::file("read", path, &error))
}
