//! A small stage: a cluster's authority, endpoints with certificates of any role, and callers that keep to no rules.

#![allow(dead_code, reason = "each test file uses its part of the stage")]
#![allow(clippy::unwrap_used, reason = "a panic here is a finding")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use dynamo_transport::{
    Authority, Clock, Connection, Credentials, Endpoint, Incoming, Issued, Role, Settings, Subject, Window,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use shared::id::{ClusterId, Name, NodeId};
use shared::wire::Plane;
use tokio::time::Instant;

pub(crate) const DAY_S: u64 = 24 * 60 * 60;

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// From a year ago for two years.
pub(crate) fn long() -> Window {
    Window { not_before: now() - 365 * DAY_S, not_after: now() + 365 * DAY_S }
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn authority(cluster: u128) -> Authority {
    Authority::create(ClusterId(cluster), long()).unwrap()
}

pub(crate) fn subject(role: Role) -> Subject {
    match role {
        Role::Node => Subject::Node { node: NodeId(1), name: name("node-1") },
        Role::Admin => Subject::Admin(name("alice")),
        Role::Operator => Subject::Operator(name("olga")),
        Role::Client => Subject::Client(name("carl")),
    }
}

pub(crate) fn with(authority: &Authority, issued: &Issued) -> Credentials {
    let pem = authority.certificate_pem();
    Credentials::from_pem(pem, &issued.certificate_pem, &issued.key_pem, &Clock::system()).unwrap()
}

pub(crate) fn credentials(authority: &Authority, role: Role) -> Credentials {
    with(authority, &authority.issue(&subject(role), long()).unwrap())
}

pub(crate) fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// Fails what is under test in good time instead of after the tests' patience.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

pub(crate) fn node_with(authority: &Authority, settings: Settings) -> Endpoint {
    Endpoint::bind(loopback(), &credentials(authority, Role::Node), settings).unwrap()
}

pub(crate) fn node(authority: &Authority) -> Endpoint {
    node_with(authority, Settings::default())
}

pub(crate) fn tool(authority: &Authority, role: Role) -> Endpoint {
    Endpoint::dialer(&credentials(authority, role), Settings::default()).unwrap()
}

/// Answers every ask with what was asked, on every connection, and keeps every connection open.
pub(crate) fn echo(endpoint: &Endpoint) {
    let endpoint = endpoint.clone();
    tokio::spawn(async move {
        while let Some(accepted) = endpoint.accept().await {
            tokio::spawn(echo_on(accepted.connection));
        }
    });
}

pub(crate) async fn echo_on(connection: Connection) {
    while let Some(incoming) = connection.next_incoming().await {
        if let Incoming::Ask { payload, responder } = incoming {
            responder.answer(payload);
        }
    }
}

/// A client's connection to a node, and the node's end of it.
pub(crate) async fn pair(node: &Endpoint, tool: &Endpoint) -> (Connection, Connection) {
    let (dialled, accepted) = tokio::join!(tool.dial(node.local_addr(), Plane::Client), node.accept());
    (dialled.unwrap(), accepted.unwrap().connection)
}

/// Waits until something is so; what was seen last is shown if it never is.
pub(crate) async fn eventually<T: PartialEq + std::fmt::Debug>(look: impl Fn() -> T, expected: T) {
    let give_up_at = soon();
    while look() != expected {
        assert!(Instant::now() < give_up_at, "{:?} was expected, {:?} was seen", expected, look());
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn assert_answers(connection: &Connection) {
    let asked = Bytes::from_static(b"are you there?");
    assert_eq!(connection.ask(asked.clone(), soon()).await, Ok(asked));
}

/// A certificate that says what it is told to, good for both sides of a connection.
pub(crate) fn forged(authority: &Authority, uris: &[&str]) -> Issued {
    let (key, params) =
        (rcgen::KeyPair::generate().unwrap(), rcgen::CertificateParams::new(["dynamo".to_owned()]));
    let mut params = params.unwrap();
    params.subject_alt_names.extend(uris.iter().map(|uri| rcgen::SanType::URI((*uri).try_into().unwrap())));
    let authority_key = rcgen::KeyPair::from_pem(&authority.key_pem()).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_pem(authority.certificate_pem(), authority_key).unwrap();
    let identity = authority.issue(&subject(Role::Client), long()).unwrap().identity;
    let certificate_pem = params.signed_by(&key, &issuer).unwrap().pem();
    Issued { certificate_pem, key_pem: key.serialize_pem(), identity }
}

fn chain_and_key(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let certificate = CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap();
    (vec![certificate], PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap())
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A bare QUIC connection to a node, with any certificate or none and any protocol.
pub(crate) async fn bare(
    authority: &Authority,
    issued: Option<&Issued>,
    alpn: &[u8],
    addr: SocketAddr,
) -> Result<(quinn::Endpoint, quinn::Connection), quinn::ConnectionError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap()).unwrap();
    let builder = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut tls = match issued.map(chain_and_key) {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    tls.alpn_protocols = vec![alpn.to_vec()];
    let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(tls).unwrap();
    let endpoint = quinn::Endpoint::client(loopback()).unwrap();
    let connecting =
        endpoint.connect_with(quinn::ClientConfig::new(Arc::new(crypto)), addr, "dynamo").unwrap();
    Ok((endpoint, connecting.await?))
}

/// A bare QUIC server that lets everybody in, with any certificate.
pub(crate) fn bare_server(issued: &Issued) -> quinn::Endpoint {
    let (chain, key) = chain_and_key(issued);
    let mut tls = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    tls.alpn_protocols = Plane::ALL.map(|plane| plane.alpn().to_vec()).to_vec();
    let crypto = quinn::crypto::rustls::QuicServerConfig::try_from(tls).unwrap();
    let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let endpoint = quinn::Endpoint::server(config, loopback()).unwrap();
    let accepting = endpoint.clone();
    tokio::spawn(async move {
        while let Some(incoming) = accepting.accept().await {
            if let Ok(connection) = incoming.await {
                connection.closed().await;
            }
        }
    });
    endpoint
}
