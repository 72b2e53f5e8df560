//! `cert init`: the authority of a new cluster.

use std::path::PathBuf;

use clap::Args;
use dynamo_transport::{Authority, Clock, Window};
use serde::Serialize;
use shared::id::ClusterId;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::cert::{authority_in, random, refuse_to_replace};
use crate::exit::Exit;
use crate::output::{Document, NoItem};
use crate::problem::Stop;

/// Create the authority of a new cluster.
///
/// Draws the cluster's id and writes ca.pem, which everybody in the cluster needs, and ca.key, which must never leave
/// the administrator's machine: whoever has it can make anybody a member.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl cert init --dir authority"])]
pub struct CertInit {
    /// The folder of the authority; it is made if it is missing.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// How long the authority is valid.
    #[arg(long, value_name = "DAYS", default_value_t = 3650)]
    days: u32,
}

/// A new authority.
#[derive(Debug, Serialize)]
struct Created {
    cluster: String,
    certificate: PathBuf,
    key: PathBuf,
}

impl CertInit {
    /// Makes and writes it.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let (certificate, key) = authority_in(&self.dir);
        refuse_to_replace(&certificate)?;
        refuse_to_replace(&key)?;
        let cluster = ClusterId(u128::from_be_bytes(random()?));
        let authority = Authority::create(cluster, Window::days_from(Clock::system().now(), self.days))?;
        authority.write(&certificate, &key)?;
        let head = Created { cluster: cluster.to_string(), certificate, key };
        let lines = vec![
            format!("authority of the cluster {cluster}"),
            format!("certificate {}, for everybody in it", head.certificate.display()),
            format!("key         {}, for nobody else", head.key.display()),
        ];
        app.output.document(&Document::<_, NoItem> { kind: "authority", head, lines, items: Vec::new() })?;
        Ok(Exit::Ok)
    }
}
