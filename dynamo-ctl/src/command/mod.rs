//! One verb a file: what it takes, and what it does.

pub mod audit;
pub mod cert;
pub mod cluster;
pub mod completion;
pub mod config;
pub mod delete;
pub mod get;
pub mod keys;
pub mod man;
pub mod node;
pub mod op;
pub mod place;
pub mod plan;
pub mod profile;
pub mod put;
pub mod ring;
pub mod status;
pub mod transfer;

use crate::app::App;
use crate::cli::{Audit, Cert, Cluster, Command, Config, Node, Op, Plan, Profile, Ring, Transfer};
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
        Command::Node(Node::List(verb)) => verb.run(app).await,
        Command::Node(Node::Show(verb)) => verb.run(app).await,
        Command::Node(Node::Join(verb)) => verb.run(app).await,
        Command::Node(Node::Leave(verb)) => verb.run(app).await,
        Command::Node(Node::Replace(verb)) => verb.run(app).await,
        Command::Node(Node::Remove(verb)) => verb.run(app).await,
        Command::Node(Node::Weight(verb)) => verb.run(app).await,
        Command::Node(Node::Zone(verb)) => verb.run(app).await,
        Command::Ring(Ring::Show(verb)) => verb.run(app).await,
        Command::Ring(Ring::Owners(verb)) => verb.run(app).await,
        Command::Ring(Ring::Diff(verb)) => verb.run(app).await,
        Command::Ring(Ring::History(verb)) => verb.run(app).await,
        Command::Plan(Plan::Show(verb)) => verb.run(app).await,
        Command::Plan(Plan::Diff(verb)) => verb.run(app).await,
        Command::Plan(Plan::Commit(verb)) => verb.run(app).await,
        Command::Plan(Plan::Clear(verb)) => verb.run(app).await,
        Command::Plan(Plan::Export(verb)) => verb.run(app).await,
        Command::Plan(Plan::Apply(verb)) => verb.run(app).await,
        Command::Plan(Plan::Propose(verb)) => verb.run(app).await,
        Command::Transfer(Transfer::List(verb)) => verb.run(app).await,
        Command::Transfer(Transfer::Limit(verb)) => verb.run(app).await,
        Command::Transfer(Transfer::Pause(verb)) => verb.run(app).await,
        Command::Transfer(Transfer::Resume(verb)) => verb.run(app).await,
        Command::Op(Op::List(verb)) => verb.run(app).await,
        Command::Op(Op::Show(verb)) => verb.run(app).await,
        Command::Op(Op::Wait(verb)) => verb.run(app).await,
        Command::Op(Op::Cancel(verb)) => verb.run(app).await,
        Command::Audit(Audit::List(verb)) => verb.run(app).await,
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
