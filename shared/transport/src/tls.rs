//! TLS configurations that verify both ways: version 1.3 only, certificates on both sides, nothing remembered.
//!
//! The name check of TLS is satisfied by one fixed name that every node's certificate carries; who the other end is
//! comes from the URI in its certificate, which is looked at after the handshake. A session that resumes would not
//! have its client's certificate verified again: there are no tickets, no resumption, no early data.

use std::sync::Arc;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::version::TLS13;
use shared::wire::Plane;

use crate::credentials::Credentials;
use crate::settings::Settings;

/// The DNS name in every node's certificate.
pub(crate) const NODE_DNS_NAME: &str = "dynamo";

/// Callers whose first packet waits to be looked at.
const INCOMING_MAX: usize = 4096;

/// Packets that are kept for one such caller, and for all of them, bytes.
const INCOMING_BYTES_MAX: u64 = 16 * 1024;
const INCOMING_BYTES_MAX_TOTAL: u64 = 16 * 1024 * 1024;

/// A TLS configuration cannot be made of these credentials; the reason in words.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot use the certificate: {0}")]
pub(crate) struct Unusable(String);

impl Unusable {
    fn because(reason: impl std::fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// The one set of algorithms: AES-128 first (QUIC needs it anyway), one key exchange.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: vec![
            ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
            ring::cipher_suite::TLS13_AES_256_GCM_SHA384,
            ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        ],
        kx_groups: vec![ring::kx_group::X25519],
        ..ring::default_provider()
    })
}

/// What a node accepts with: every plane, every role; who may use which is decided after the handshake, in words.
pub(crate) fn server(
    credentials: &Credentials,
    settings: &Settings,
) -> Result<quinn::ServerConfig, Unusable> {
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(&credentials.roots), provider())
        .build()
        .map_err(Unusable::because)?;
    let mut tls = rustls::ServerConfig::builder_with_details(provider(), Arc::new(settings.clock.clone()))
        .with_protocol_versions(&[&TLS13])
        .map_err(Unusable::because)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&credentials.key))));
    tls.alpn_protocols = Plane::ALL.map(|plane| plane.alpn().to_vec()).to_vec();
    tls.send_tls13_tickets = 0;
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.max_early_data_size = 0;
    let crypto = QuicServerConfig::try_from(tls).map_err(Unusable::because)?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    config
        .transport_config(Arc::new(settings.transport()))
        .migration(false)
        .max_incoming(INCOMING_MAX)
        .incoming_buffer_size(INCOMING_BYTES_MAX)
        .incoming_buffer_size_total(INCOMING_BYTES_MAX_TOTAL);
    config.validation_token.sent(0);
    Ok(config)
}

/// What one dials a plane with.
pub(crate) fn client(
    credentials: &Credentials,
    plane: Plane,
    settings: &Settings,
) -> Result<quinn::ClientConfig, Unusable> {
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&credentials.roots), provider())
        .build()
        .map_err(Unusable::because)?;
    let mut tls = rustls::ClientConfig::builder_with_details(provider(), Arc::new(settings.clock.clone()))
        .with_protocol_versions(&[&TLS13])
        .map_err(Unusable::because)?
        .with_webpki_verifier(verifier)
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&credentials.key))));
    tls.alpn_protocols = vec![plane.alpn().to_vec()];
    tls.resumption = Resumption::disabled();
    tls.enable_early_data = false;
    let crypto = QuicClientConfig::try_from(tls).map_err(Unusable::because)?;
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    config.transport_config(Arc::new(settings.transport()));
    Ok(config)
}
