//! Reset: how a node that was killed and started again tells whoever still holds a connection to its earlier life, so
//! that nobody waits for an idle timeout (RFC 9000 §10.3, stateless reset).
//!
//! Both the ids that a node gives its connections and the proofs that let it take them back are keyed with secrets that
//! follow from its private key: the same after a restart, and known to nobody else. A node that comes back with another
//! key is recognised by nobody; then the idle timeout is what is left.

use std::sync::Arc;

use quinn::EndpointConfig;
use quinn::crypto::{CryptoError, HmacKey};
use quinn_proto::HashedConnectionIdGenerator;

/// The secrets of one private key.
#[derive(Clone)]
pub(crate) struct ResetSecrets {
    proofs: [u8; 32],
    /// Recognises ids cheaply, so that strangers' packets are not answered; protects nothing.
    ids: u64,
}

impl ResetSecrets {
    pub(crate) fn of(private_key_der: &[u8]) -> Self {
        let proofs = blake3::derive_key("dynamo-transport 2026-11-22 reset proofs", private_key_der);
        let ids = blake3::derive_key("dynamo-transport 2026-11-22 connection ids", private_key_der);
        let ids = ids.first_chunk().expect("32 bytes begin with 8");
        Self { proofs, ids: u64::from_le_bytes(*ids) }
    }

    /// The configuration of an endpoint that can take back what an earlier life of it has left.
    pub(crate) fn endpoint_config(&self) -> EndpointConfig {
        let mut config = EndpointConfig::new(Arc::new(Proofs(self.proofs)));
        let ids = self.ids;
        config.cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(ids)));
        config
    }
}

/// Signs the id of a connection that is no more.
struct Proofs([u8; 32]);

impl HmacKey for Proofs {
    fn sign(&self, data: &[u8], signature_out: &mut [u8]) {
        signature_out.copy_from_slice(blake3::keyed_hash(&self.0, data).as_bytes());
    }

    fn signature_len(&self) -> usize {
        blake3::OUT_LEN
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        // Compares in constant time.
        if blake3::keyed_hash(&self.0, data) == *signature { Ok(()) } else { Err(CryptoError) }
    }
}
