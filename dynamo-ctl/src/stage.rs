//! A small stage for tests: nodes with real links on loopback that tell of a cluster which the test makes up, and the
//! program run against them as from a shell.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::{CommandFactory, FromArgMatches};
use dynamo_client::{Pair, Profile, Profiles};
use dynamo_transport::{
    Authority, Clock, Connection, Credentials, Endpoint, Incoming, Settings, Subject, Window,
};
use shared::error::Failure;
use shared::id::{BucketId, ClusterId, NodeId, PlanId};
use shared::level::Durability;
use shared::map::{Bucket, ClusterMap, Member};
use shared::token::Partitions;
use shared::wire::admin::{Admin, AdminResult, Done};
use shared::wire::cluster::{ClusterView, RingView};
use shared::wire::look::{Look, LookResult, Seen};
use shared::wire::operation::{OperationState, Transfer};
use shared::wire::plan::{Author, Change, Plan, Proposal, Staged};
use shared::wire::{Plane, decode, encode};
use tempfile::TempDir;

use crate::app::App;
use crate::cli::Cli;
use crate::exit::Exit;
use crate::form::sample;
use crate::output::tests::captured;
use crate::problem::Stop;

/// A cluster that is made up. It does what it is told, at once.
pub(crate) struct Fake {
    pub(crate) view: ClusterView,
    pub(crate) ring: RingView,
    pub(crate) plan: Plan,
    pub(crate) transfers: Vec<Transfer>,
    /// What it was told, in order.
    pub(crate) told: Vec<Admin>,
    /// What it answers instead of doing it.
    pub(crate) refusal: Option<Failure>,
    /// What happens before the next looks at the cluster, one at each.
    pub(crate) steps: VecDeque<Step>,
}

pub(crate) type Step = Box<dyn FnOnce(&mut Fake) + Send>;

pub(crate) struct Stage {
    home: TempDir,
    pub(crate) fake: Arc<Mutex<Fake>>,
    endpoints: Vec<Endpoint>,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Stage {
    /// Two members that answer, of a cluster of three and a node that waits; nothing is staged, and nothing is in the way.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let cluster = ClusterId(7);
        let authority = Authority::create(cluster, window()).unwrap();
        let endpoints: Vec<Endpoint> = (1..=2).map(|number| node(&authority, number)).collect();
        let mut view = sample::view();
        view.staged.clear();
        view.operations.clear();
        for (node, endpoint) in view.nodes.iter_mut().zip(&endpoints) {
            node.address = endpoint.local_addr();
        }
        // Whoever is down is not to be waited for.
        view.nodes[2].address = ([127, 0, 0, 1], 9).into();
        let mut plan = sample::plan();
        plan.blockers.clear();
        let fake = Fake {
            view,
            ring: sample::ring(),
            plan,
            transfers: Vec::new(),
            told: Vec::new(),
            refusal: None,
            steps: VecDeque::new(),
        };
        let fake = Arc::new(Mutex::new(fake));
        for (number, endpoint) in endpoints.iter().enumerate() {
            tokio::spawn(serve(endpoint.clone(), number, Arc::clone(&fake)));
        }
        let stage = Self { home, fake, endpoints };
        stage.write_profile(&authority);
        stage
    }

    fn write_profile(&self, authority: &Authority) {
        let admin = authority.issue(&Subject::Admin("alice".parse().unwrap()), window()).unwrap();
        let file = |name: &str, text: &str| {
            let path = self.path(name);
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            path
        };
        let pair =
            Pair { cert: file("admin.pem", &admin.certificate_pem), key: file("admin.key", &admin.key_pem) };
        let profile = Profile {
            addresses: self.endpoints.iter().map(|endpoint| endpoint.local_addr().to_string()).collect(),
            ca: file("ca.pem", authority.certificate_pem()),
            admin: Some(pair),
            operator: None,
            client: None,
        };
        let mut profiles = Profiles::load(Some(&self.path("config.toml"))).unwrap();
        profiles.set("stage".parse().unwrap(), profile);
        profiles.save().unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The node, counted from 0, is gone.
    pub(crate) async fn kill(&self, node: usize) {
        self.endpoints[node].shutdown("gone", std::time::Duration::ZERO).await;
    }

    /// Runs a line, without the program's name; `{}` in it stands for the stage's own folder.
    pub(crate) async fn run(&self, line: &str) -> Ran {
        let line = line.replace("{}", &self.home.path().display().to_string());
        let config = self.path("config.toml");
        let head = ["dynamo-ctl", "--profile", "stage", "--config", path_text(&config)];
        let matches = Cli::command().try_get_matches_from(head.into_iter().chain(line.split(' '))).unwrap();
        let cli = Cli::from_arg_matches(&matches).unwrap();
        let (output, out, err) = captured(cli.global.output, false);
        let mut app = App::new(cli.global, &matches, output);
        let exit = match crate::command::run(&cli.command, &mut app).await {
            Ok(exit) => exit,
            Err(Stop::ClosedPipe) => Exit::Ok,
            Err(Stop::Problem(problem)) => {
                app.output.problem(&problem);
                problem.exit
            }
        };
        app.close().await;
        Ran { code: exit.code(), out: out.text(), err: err.text() }
    }

    pub(crate) fn with<T>(&self, what: impl FnOnce(&mut Fake) -> T) -> T {
        what(&mut self.fake.lock().unwrap())
    }
}

fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn window() -> Window {
    Window::days_from(Clock::system().now(), 1)
}

fn node(authority: &Authority, number: u64) -> Endpoint {
    let subject = Subject::Node { node: NodeId(number), name: sample::name(number) };
    let issued = authority.issue(&subject, window()).unwrap();
    let (ca, clock) = (authority.certificate_pem(), Clock::system());
    let own = Credentials::from_pem(ca, &issued.certificate_pem, &issued.key_pem, &clock).unwrap();
    Endpoint::bind(([127, 0, 0, 1], 0).into(), &own, Settings::default()).unwrap()
}

async fn serve(endpoint: Endpoint, number: usize, fake: Arc<Mutex<Fake>>) {
    while let Some(accepted) = endpoint.accept().await {
        tokio::spawn(converse(accepted.connection, number, Arc::clone(&fake)));
    }
}

async fn converse(connection: Connection, number: usize, fake: Arc<Mutex<Fake>>) {
    while let Some(incoming) = connection.next_incoming().await {
        let Incoming::Ask { payload, responder } = incoming else { continue };
        let mut fake = fake.lock().unwrap();
        responder.answer(match connection.plane() {
            Plane::Look => encode(&fake.look(number, decode("look", &payload).unwrap())),
            _ => encode(&fake.change(decode("admin", &payload).unwrap())),
        });
    }
}

impl Fake {
    fn look(&mut self, number: usize, look: Look) -> LookResult {
        Ok(match look {
            Look::Cluster => {
                if let Some(step) = self.steps.pop_front() {
                    step(self);
                }
                Seen::Cluster(Box::new(self.view.clone()))
            }
            Look::Ring => Seen::Ring(Box::new(self.ring.clone())),
            Look::Map => Seen::Map(Box::new(self.map())),
            Look::Plan { changes } => Seen::Plan(Box::new(self.plan_of(changes))),
            Look::Propose { .. } => {
                let of = |title: &str| Proposal {
                    title: title.to_owned(),
                    why: format!("{title} because"),
                    plan: self.plan.clone(),
                };
                Seen::Proposals(vec![of("even"), of("quick")])
            }
            // One of them tells all.
            Look::Transfers if number == 0 => Seen::Transfers(self.transfers.clone()),
            Look::Transfers => Seen::Transfers(Vec::new()),
            other => return Err(Failure::Refused { reason: format!("not on this stage: {other:?}") }),
        })
    }

    /// Of what is staged, and these; the same for the same.
    fn plan_of(&self, changes: Vec<Change>) -> Plan {
        let staged = self.view.staged.iter().map(|staged| staged.change.clone());
        let changes: Vec<Change> = staged.chain(changes).collect();
        let id = if changes == self.plan.changes { self.plan.id } else { PlanId(0xbeef) };
        Plan { id, changes, base_ring_version: self.view.ring_version, ..self.plan.clone() }
    }

    fn map(&self) -> ClusterMap {
        let members = self.view.nodes.iter().map(|node| {
            (node.node, Member { name: node.name.clone(), address: node.address, zone: node.zone.clone() })
        });
        ClusterMap {
            cluster: self.view.cluster,
            name: self.view.name.clone(),
            version: self.view.version,
            quorum: self.view.quorum,
            strict: false,
            durability: Durability::Synced,
            value_bytes_max: 1024,
            partitions: Partitions::new(8).unwrap(),
            members: members.collect(),
            replicas: self.ring.partitions.iter().map(|partition| partition.owners.clone()).collect(),
            buckets: BTreeMap::from([(BucketId(1), Bucket::plain("default".parse().unwrap()))]),
        }
    }

    fn change(&mut self, change: Admin) -> AdminResult {
        self.told.push(change.clone());
        if let Some(refusal) = self.refusal.clone() {
            return Err(refusal);
        }
        self.view.version += 1;
        let version = self.view.version;
        Ok(match change {
            Admin::Stage { changes } => {
                let author = Author { name: "alice".into(), serial: "5e".into() };
                let first = self.view.version * 10;
                let staged = changes.into_iter().zip(first..).map(|(change, number)| Staged {
                    number,
                    change,
                    author: author.clone(),
                    staged_ms: sample::NOON_MS,
                });
                let staged: Vec<Staged> = staged.collect();
                let numbers = staged.iter().map(|staged| staged.number).collect();
                self.view.staged.extend(staged);
                Done::Staged { version, numbers }
            }
            Admin::Clear { numbers } => {
                let all: Vec<u64> = self.view.staged.iter().map(|staged| staged.number).collect();
                let gone = if numbers.is_empty() { all } else { numbers };
                self.view.staged.retain(|staged| !gone.contains(&staged.number));
                Done::Cleared { version, numbers: gone }
            }
            Admin::Commit(commit) => {
                if commit.plan != self.plan_of(commit.without_majority.unwrap_or_default()).id {
                    return Err(Failure::Conflict { reason: "another plan was committed first".into() });
                }
                self.view.staged.clear();
                self.view.operations = vec![sample::operation()];
                Done::Committed { version, operation: sample::OPERATION }
            }
            Admin::Cancel { .. } => {
                self.view.operations[0].state = OperationState::Cancelling;
                Done::Cancelling { version }
            }
            Admin::Limit { .. } | Admin::Pause { .. } => Done::Set { version },
            Admin::Init(_) => return Err(Failure::Refused { reason: "it is founded already".to_owned() }),
        })
    }
}
