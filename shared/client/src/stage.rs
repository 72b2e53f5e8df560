//! A small stage for tests: nodes with real links on loopback that answer what the test tells them to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynamo_transport::{
    Authority, Clock, Connection, Credentials, Endpoint, Incoming, Responder, Subject, Window,
};
use serde::de::DeserializeOwned;
use shared::error::Failure;
use shared::id::{Name, NodeId};
use shared::key::Key;
use shared::map::ClusterMap;
use shared::token::Token;
use shared::wire::admin::{Admin, AdminResult};
use shared::wire::client::{Answer, Request, Response, Verb};
use shared::wire::look::{Look, LookResult};
use shared::wire::{Plane, decode, encode};

use crate::client::Client;
use crate::sample;
use crate::settings::Settings;

/// What a node does with a request.
pub(crate) enum Reply {
    Answer(Answer),
    Fail(Failure),
    /// Says nothing, for good.
    Silence,
    /// Ends the connection.
    Hang,
    /// Answers when another node is told to [`Reply::Release`].
    Hold(Answer),
    /// Lets whoever holds answer, and says nothing itself.
    Release,
}

type Script = Box<dyn FnMut(&Request) -> Reply + Send>;

/// What a node, counted from 0, answers on another plane; `None`: nothing.
type Answering<Q, A> = Mutex<Box<dyn FnMut(usize, Q) -> Option<A> + Send>>;

/// What all nodes share.
pub(crate) struct Shared {
    pub(crate) map: Mutex<ClusterMap>,
    scripts: Mutex<Vec<Script>>,
    heard: Mutex<Vec<(usize, Request)>>,
    held: Mutex<Vec<(Answer, Responder)>>,
    silenced: Mutex<Vec<Responder>>,
    pub(crate) look: Answering<Look, LookResult>,
    pub(crate) admin: Answering<Admin, AdminResult>,
}

pub(crate) struct Stage {
    authority: Authority,
    pub(crate) shared: Arc<Shared>,
    endpoints: Vec<Endpoint>,
}

pub(crate) fn default_bucket() -> Name {
    "default".parse().unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::new(text.to_owned()).unwrap()
}

fn credentials(authority: &Authority, subject: &Subject) -> Credentials {
    let issued = authority.issue(subject, Window::days_from(Clock::system().now(), 1)).unwrap();
    Credentials::from_pem(
        authority.certificate_pem(),
        &issued.certificate_pem,
        &issued.key_pem,
        &Clock::system(),
    )
    .unwrap()
}

impl Stage {
    /// So many nodes that fail every request, and answer for the map.
    pub(crate) fn of(count: usize) -> Self {
        let authority =
            Authority::create(sample::CLUSTER, Window::days_from(Clock::system().now(), 1)).unwrap();
        let endpoints: Vec<Endpoint> = (1..=count)
            .map(|number| {
                let name = format!("n{number}").parse().unwrap();
                let subject = Subject::Node { node: NodeId(number as u64), name };
                let own = credentials(&authority, &subject);
                Endpoint::bind(([127, 0, 0, 1], 0).into(), &own, dynamo_transport::Settings::default())
                    .unwrap()
            })
            .collect();
        let ports: Vec<u16> = endpoints.iter().map(|endpoint| endpoint.local_addr().port()).collect();
        let refuse = |number: usize| -> Script {
            Box::new(move |_| Reply::Fail(Failure::Busy { node: format!("n{}", number + 1) }))
        };
        let shared = Arc::new(Shared {
            map: Mutex::new(sample::map(&ports)),
            scripts: Mutex::new((0..count).map(refuse).collect()),
            heard: Mutex::default(),
            held: Mutex::default(),
            silenced: Mutex::default(),
            look: Mutex::new(Box::new(|_, _| None)),
            admin: Mutex::new(Box::new(|_, _| None)),
        });
        for (number, endpoint) in endpoints.iter().enumerate() {
            tokio::spawn(serve(endpoint.clone(), number, Arc::clone(&shared)));
        }
        Self { authority, shared, endpoints }
    }

    /// From now on this is what the node (counted from 0) does.
    pub(crate) fn script(&self, node: usize, script: impl FnMut(&Request) -> Reply + Send + 'static) {
        self.shared.scripts.lock().unwrap()[node] = Box::new(script);
    }

    pub(crate) fn script_all(&self, script: impl FnMut(&Request) -> Reply + Send + Clone + 'static) {
        for node in 0..self.endpoints.len() {
            self.script(node, script.clone());
        }
    }

    /// Which nodes heard which requests, in their order; the map apart.
    pub(crate) fn heard(&self) -> Vec<(usize, Request)> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// The owners of a key of the default bucket, counted from 0.
    pub(crate) fn owners(&self, key: &Key) -> Vec<usize> {
        let map = self.shared.map.lock().unwrap();
        let number = |node: &NodeId| usize::try_from(node.0).unwrap() - 1;
        map.owners_of(Token::of(sample::BUCKET, key)).iter().map(number).collect()
    }

    pub(crate) fn addresses(&self) -> Vec<String> {
        self.endpoints.iter().map(|endpoint| endpoint.local_addr().to_string()).collect()
    }

    pub(crate) fn client_credentials(&self) -> Credentials {
        credentials(&self.authority, &Subject::Client("tester".parse().unwrap()))
    }

    pub(crate) fn credentials(&self, subject: &Subject) -> Credentials {
        credentials(&self.authority, subject)
    }

    /// A client that does not wait for long.
    pub(crate) async fn client(&self) -> Client {
        Client::connect_with(&self.addresses(), &self.client_credentials(), brisk()).await.unwrap()
    }
}

/// Short pauses, so that tests are short; long deadlines, so that a busy machine changes nothing.
pub(crate) fn brisk() -> Settings {
    let millisecond = Duration::from_millis(1);
    Settings {
        timeout: Duration::from_secs(30),
        attempt_max: Duration::from_secs(10),
        dial_max: Duration::from_secs(10),
        quiet_max: Duration::from_secs(10),
        pause_min: millisecond,
        rounds_max: 2,
        ..Settings::default()
    }
}

/// The same, soon asking the next node when one is silent.
pub(crate) fn hasty() -> Settings {
    let soon = Duration::from_millis(500);
    Settings { attempt_max: soon, dial_max: soon, quiet_max: soon, ..brisk() }
}

async fn serve(endpoint: Endpoint, number: usize, shared: Arc<Shared>) {
    while let Some(accepted) = endpoint.accept().await {
        tokio::spawn(converse(accepted.connection, number, Arc::clone(&shared)));
    }
}

async fn converse(connection: Connection, number: usize, shared: Arc<Shared>) {
    while let Some(incoming) = connection.next_incoming().await {
        let Incoming::Ask { payload, responder } = incoming else { continue };
        match connection.plane() {
            Plane::Client => {
                if shared.request(number, &question(&payload), responder) {
                    connection.close("the test says so");
                }
            }
            Plane::Look => {
                let answer = (shared.look.lock().unwrap())(number, question(&payload));
                shared.say(answer.map(|answer| encode(&answer)), responder);
            }
            _ => {
                let answer = (shared.admin.lock().unwrap())(number, question(&payload));
                shared.say(answer.map(|answer| encode(&answer)), responder);
            }
        }
    }
}

fn question<T: DeserializeOwned>(payload: &[u8]) -> T {
    decode("question", payload).unwrap()
}

impl Shared {
    /// Answers a request; `true` if the connection is to end.
    fn request(&self, number: usize, request: &Request, responder: Responder) -> bool {
        if let Verb::Map { known_version } = request.verb {
            let map = self.map.lock().unwrap().clone();
            let newer = (map.version > known_version).then(|| Arc::new(map));
            self.respond(Ok(Answer::Map(newer)), responder);
            return false;
        }
        self.heard.lock().unwrap().push((number, request.clone()));
        let reply = (self.scripts.lock().unwrap()[number])(request);
        match reply {
            Reply::Answer(answer) => self.respond(Ok(answer), responder),
            Reply::Fail(failure) => self.respond(Err(failure), responder),
            Reply::Silence => self.silenced.lock().unwrap().push(responder),
            Reply::Hold(answer) => self.held.lock().unwrap().push((answer, responder)),
            Reply::Release => {
                self.silenced.lock().unwrap().push(responder);
                for (answer, responder) in self.held.lock().unwrap().drain(..) {
                    self.respond(Ok(answer), responder);
                }
            }
            Reply::Hang => {
                self.silenced.lock().unwrap().push(responder);
                return true;
            }
        }
        false
    }

    fn respond(&self, result: Result<Answer, Failure>, responder: Responder) {
        let state_version = self.map.lock().unwrap().version;
        responder.answer(encode(&Response { state_version, result }));
    }

    fn say(&self, answer: Option<bytes::Bytes>, responder: Responder) {
        match answer {
            Some(answer) => responder.answer(answer),
            None => self.silenced.lock().unwrap().push(responder),
        }
    }
}
