//! Context: the opaque causal receipt that a get returns and the next put of that key hands back.
//!
//! What is inside is the nodes' business (rule P4); a client keeps the bytes and passes them on.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Longest context, in bytes: a clock of some thousand entries, far above any bound that clocks have.
pub const CONTEXT_BYTES_MAX: usize = 64 * 1024;

/// What cannot be a context, seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAContext {
    /// More bytes than any context has.
    #[error("a context has at most {CONTEXT_BYTES_MAX} bytes, this one has {0}")]
    TooLong(usize),
    /// Not the one line of base64url that a context is as text.
    #[error("a context as text is one line of base64url without padding: {0}")]
    NotBase64(String),
}

/// Dynamo §4.4: what a client saw, so that a put can say which values it replaces.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bytes", into = "Bytes")]
pub struct Context(Bytes);

impl Context {
    /// Takes bytes that a node sealed.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, NotAContext> {
        let bytes = bytes.into();
        if bytes.len() > CONTEXT_BYTES_MAX { Err(NotAContext::TooLong(bytes.len())) } else { Ok(Self(bytes)) }
    }

    /// The sealed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<Bytes> for Context {
    type Error = NotAContext;

    fn try_from(bytes: Bytes) -> Result<Self, NotAContext> {
        Self::new(bytes)
    }
}

impl From<Context> for Bytes {
    fn from(context: Context) -> Self {
        context.0
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({} bytes)", self.0.len())
    }
}

impl FromStr for Context {
    type Err = NotAContext;

    fn from_str(text: &str) -> Result<Self, NotAContext> {
        let bytes =
            URL_SAFE_NO_PAD.decode(text.trim()).map_err(|error| NotAContext::NotBase64(error.to_string()))?;
        Self::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_survives_its_way_through_text() {
        let context = Context::new(vec![0, 255, 62, 63]).unwrap();
        assert_eq!(context.to_string().parse(), Ok(context));
    }

    #[test]
    fn what_is_not_base64_or_too_long_is_refused() {
        assert!(matches!("not a context!".parse::<Context>(), Err(NotAContext::NotBase64(_))));
        assert!(matches!(Context::new(vec![0; CONTEXT_BYTES_MAX + 1]), Err(NotAContext::TooLong(_))));
    }
}
