//! `cert inspect`: whom a certificate speaks for, and until when.

use std::path::PathBuf;

use clap::Args;
use dynamo_transport::{Clock, Identity};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::cert::Described;
use crate::exit::Exit;
use crate::output::{Document, NoItem};
use crate::problem::{Problem, Stop};

/// Tell whom a certificate speaks for, and until when.
///
/// Says what stands in it; whether a cluster believes it is for the cluster to say.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl cert inspect n1/n1.pem",
    "dynamo-ctl cert inspect n1/n1.pem -o json | jq .days_left",
])]
pub struct CertInspect {
    /// The certificate, PEM.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl CertInspect {
    /// Reads and prints it.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let pem =
            std::fs::read_to_string(&self.file).map_err(|error| Problem::file("read", &self.file, &error))?;
        let identity = Identity::from_pem(&pem).map_err(|error| {
            Problem::usage(format!("{} speaks for nobody", self.file.display())).because(error.to_string())
        })?;
        let head = Described::new(&identity, &Clock::system());
        if !head.valid {
            app.output.note("the certificate is not valid now");
        }
        let lines = head.lines();
        app.output.document(&Document::<_, NoItem> {
            kind: "certificate",
            head,
            lines,
            items: Vec::new(),
        })?;
        Ok(Exit::Ok)
    }
}
