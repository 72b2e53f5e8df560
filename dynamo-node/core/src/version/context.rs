//! Seals what a get has seen into the opaque context, and opens what a put brings back (rule P4).
//!
//! A context is bound to its key and carries a MAC under a secret that only nodes have: a forged, changed or
//! foreign one is refused, since a clock that claims writes nobody made would drop live values.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shared::context::{Context, NotAContext};
use shared::id::RequestId;
use shared::token::Token;
use shared::wire;

use super::{Dot, Stamp, VectorClock};
use crate::record::Superseded;

/// The cluster's secret for sealing: 256 random bits made when the cluster was created.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub [u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

const FORMAT: u8 = 1;
const MAC_BYTES: usize = 16;

/// What a context says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Past {
    /// What the reader has seen.
    pub clock: VectorClock,
    /// The greatest stamp among it.
    pub stamp: Option<Stamp>,
    /// The requests that wrote the siblings it saw: whoever coordinates the next write may not hold those siblings,
    /// and must all the same leave word that their late twins are replaced (rule P3).
    pub requests: BTreeSet<RequestId>,
    /// The requests whose writes were replaced by what it saw, for the same reason one step further back.
    pub superseded: Superseded,
    /// The last-writer-wins version it saw, which is replaced by its stamp and not by the clock.
    pub lww: Option<(Stamp, Dot)>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    format: u8,
    /// Hashes the bucket's id and the key: names both at once.
    token: Token,
    past: Past,
}

/// A context that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsealed {
    /// Not sealed with this cluster's secret, or changed since.
    #[error("the context was not sealed by this cluster, or it was changed since")]
    Forged,
    /// Sealed, but for another key or bucket.
    #[error("the context belongs to another key or bucket")]
    Foreign,
}

/// Seals a past for one key; fails only if its clock has outgrown every bound.
pub fn seal(secret: &Secret, token: Token, past: Past) -> Result<Context, NotAContext> {
    let mut bytes = wire::encode(&Sealed { format: FORMAT, token, past }).to_vec();
    bytes.extend_from_slice(&mac(secret, &bytes));
    Context::new(bytes)
}

/// Opens a context for the key it was sealed for.
pub fn open(secret: &Secret, token: Token, context: &Context) -> Result<Past, Unsealed> {
    let (sealed, presented) = context.as_bytes().split_last_chunk::<MAC_BYTES>().ok_or(Unsealed::Forged)?;
    // Compared through blake3's own hash type, which takes the same time wherever two differ.
    if padded(mac(secret, sealed)) != padded(*presented) {
        return Err(Unsealed::Forged);
    }
    let sealed: Sealed = wire::decode("context", sealed).map_err(|_| Unsealed::Forged)?;
    match sealed {
        Sealed { format: FORMAT, token: of, past } if of == token => Ok(past),
        Sealed { format: FORMAT, .. } => Err(Unsealed::Foreign),
        _ => Err(Unsealed::Forged),
    }
}

fn mac(secret: &Secret, bytes: &[u8]) -> [u8; MAC_BYTES] {
    let whole = blake3::keyed_hash(&secret.0, bytes);
    *whole.as_bytes().first_chunk().expect("a hash has 32 bytes")
}

fn padded(mac: [u8; MAC_BYTES]) -> blake3::Hash {
    let mut whole = [0; 32];
    whole.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
    blake3::Hash::from_bytes(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::{Actor, Dot};

    const SECRET: Secret = Secret([7; 32]);
    const TOKEN: Token = Token(99);

    fn past() -> Past {
        Past {
            clock: [Dot { actor: Actor(5), counter: 3 }].into_iter().collect(),
            stamp: Some(Stamp::default()),
            requests: [RequestId(4)].into(),
            superseded: Superseded::default(),
            lww: None,
        }
    }

    #[test]
    fn what_was_sealed_is_opened() {
        assert_eq!(open(&SECRET, TOKEN, &seal(&SECRET, TOKEN, past()).unwrap()), Ok(past()));
    }

    #[test]
    fn a_context_of_another_key_or_cluster_is_refused() {
        let context = seal(&SECRET, TOKEN, past()).unwrap();
        assert_eq!(open(&SECRET, Token(98), &context), Err(Unsealed::Foreign));
        assert_eq!(open(&Secret([8; 32]), TOKEN, &context), Err(Unsealed::Forged));
    }

    #[test]
    fn a_single_changed_bit_anywhere_is_refused() {
        let bytes = seal(&SECRET, TOKEN, past()).unwrap().as_bytes().to_vec();
        for at in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            let context = Context::new(changed).unwrap();
            assert_eq!(open(&SECRET, TOKEN, &context), Err(Unsealed::Forged), "bit {at}");
        }
        assert_eq!(open(&SECRET, TOKEN, &Context::new("short").unwrap()), Err(Unsealed::Forged));
    }
}
