//! `cert issue`: a certificate for a node, an administrator, an operator or a client.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dynamo_transport::{Authority, Clock, Subject, Window};
use serde::Serialize;
use shared::id::{Name, NodeId};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::cert::{Described, authority_in, random, refuse_to_replace};
use crate::exit::Exit;
use crate::output::{Document, NoItem};
use crate::problem::{Problem, Stop};

/// Issue a certificate.
///
/// Writes NAME.pem and NAME.key, and the authority's ca.pem beside them. Certificates say who somebody is and not where:
/// a node may move to another address with the one it has. A node's certificate carries its id; to renew it, name the
/// id that it has.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl cert issue --dir authority --role node --name n1 --out n1",
    "dynamo-ctl cert issue --dir authority --role client --name shop --days 30 --out shop",
    "dynamo-ctl cert issue --dir authority --role node --name n1 --node-id 00c0ffee00c0ffee --out n1-renewed",
])]
pub struct CertIssue {
    /// The folder of the authority.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// What it may be used for.
    #[arg(long, value_name = "ROLE")]
    role: RoleName,
    /// Whose it is.
    #[arg(long, value_name = "NAME")]
    name: Name,
    /// How long it is valid.
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    days: u32,
    /// A node's id, 16 hexadecimal digits [default: a new one].
    #[arg(long, value_name = "ID")]
    node_id: Option<NodeId>,
    /// The folder to write to; it is made if it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// The roles, as the command line spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleName {
    /// A node.
    Node,
    /// May change the cluster and use its data.
    Admin,
    /// May look and change nothing.
    Operator,
    /// May use data.
    Client,
}

/// A new certificate.
#[derive(Debug, Serialize)]
struct New {
    certificate: PathBuf,
    key: PathBuf,
    ca: PathBuf,
    #[serde(flatten)]
    described: Described,
}

impl CertIssue {
    /// Makes and writes it.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let (ca, ca_key) = authority_in(&self.dir);
        let authority = Authority::read(&ca, &ca_key)
            .map_err(|error| Problem::from(error).try_this("`dynamo-ctl cert init` makes an authority"))?;
        let certificate = self.out.join(format!("{}.pem", self.name));
        let key = self.out.join(format!("{}.key", self.name));
        refuse_to_replace(&certificate)?;
        refuse_to_replace(&key)?;
        let clock = Clock::system();
        let issued = authority.issue(&self.subject()?, Window::days_from(clock.now(), self.days))?;
        issued.write(&certificate, &key)?;
        let ca_beside = self.out.join("ca.pem");
        if !ca_beside.exists() {
            std::fs::write(&ca_beside, authority.certificate_pem())
                .map_err(|error| Problem::file("write", &ca_beside, &error))?;
        }
        let described = Described::new(&issued.identity, &clock);
        let mut lines = described.lines();
        lines.push(format!("written to  {}, {}", certificate.display(), key.display()));
        let head = New { certificate, key, ca: ca_beside, described };
        app.output.document(&Document::<_, NoItem> {
            kind: "certificate",
            head,
            lines,
            items: Vec::new(),
        })?;
        Ok(Exit::Ok)
    }

    fn subject(&self) -> Result<Subject, Problem> {
        let name = self.name.clone();
        if self.node_id.is_some() && self.role != RoleName::Node {
            return Err(Problem::usage("only a node's certificate carries a node id"));
        }
        Ok(match self.role {
            RoleName::Node => {
                let node = self
                    .node_id
                    .map_or_else(|| random().map(|bytes| NodeId(u64::from_be_bytes(bytes))), Ok)?;
                Subject::Node { node, name }
            }
            RoleName::Admin => Subject::Admin(name),
            RoleName::Operator => Subject::Operator(name),
            RoleName::Client => Subject::Client(name),
        })
    }
}
