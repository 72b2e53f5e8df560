//! Why a connection ended: quinn's reasons made into ours, and our reasons made into close codes.
//!
//! With TLS 1.3 a client's handshake is complete before the server has seen its certificate, so that a refusal of it
//! arrives as the connection's close: an alert where TLS refused, a code and words of ours where admission did.

use std::net::SocketAddr;

use quinn::{ConnectionError, VarInt};

use crate::error::{By, Distrust, LinkError};

/// Longest reason that is sent or believed, bytes.
const REASON_BYTES_MAX: usize = 512;

/// A QUIC error code in this range carries a TLS alert (RFC 9001, section 4.8).
const ALERTS: std::ops::Range<u64> = 0x100..0x200;

/// QUIC's CONNECTION_REFUSED (RFC 9000, section 20.1).
const CONNECTION_REFUSED: u64 = 2;

/// Why this side closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Close {
    /// It is no longer needed.
    Done,
    /// The certificate is good, but not for this.
    Refused,
    /// Bytes that are no frame.
    Malformed,
    /// The other end's certificate has expired meanwhile.
    Expired,
    /// It has lived as long as a connection may.
    Aged,
}

impl Close {
    pub(crate) fn code(self) -> VarInt {
        VarInt::from_u32(match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Malformed => 2,
            Self::Expired => 3,
            Self::Aged => 4,
        })
    }

    fn is(self, code: VarInt) -> bool {
        self.code() == code
    }
}

/// Closes with a reason that fits into a packet.
pub(crate) fn close(connection: &quinn::Connection, close: Close, reason: &str) {
    connection.close(close.code(), clipped(reason).as_bytes());
}

/// What a failed handshake, or a connection lost before it was admitted, means to the one who dialled.
pub(crate) fn while_dialling(addr: SocketAddr, error: ConnectionError) -> LinkError {
    match error {
        ConnectionError::TransportError(error) => match alert(error.code.into()) {
            Some(alert) => {
                let (cause, detail) = (Distrust::from_alert(alert), plain(error.reason.as_bytes()));
                LinkError::NotAuthorised { addr, by: By::Us, cause, detail }
            }
            None => LinkError::Unreachable { addr, reason: error.to_string() },
        },
        ConnectionError::ConnectionClosed(close) => {
            let code = close.error_code.into();
            match alert(code) {
                Some(alert) => {
                    let (cause, detail) = (Distrust::from_alert(alert), plain(&close.reason));
                    LinkError::NotAuthorised { addr, by: By::Them, cause, detail }
                }
                None if code == CONNECTION_REFUSED => {
                    LinkError::Refused { addr, reason: "it takes no more connections now".into() }
                }
                None => LinkError::Unreachable { addr, reason: close.to_string() },
            }
        }
        ConnectionError::ApplicationClosed(close) if Close::Refused.is(close.error_code) => {
            LinkError::Refused { addr, reason: plain(&close.reason) }
        }
        ConnectionError::TimedOut => {
            LinkError::Unreachable { addr, reason: "nothing answers at that address".into() }
        }
        other => LinkError::Unreachable { addr, reason: in_words(other) },
    }
}

/// What the end of an admitted connection means.
pub(crate) fn while_open(addr: SocketAddr, error: ConnectionError) -> LinkError {
    match error {
        ConnectionError::ApplicationClosed(close) if Close::Malformed.is(close.error_code) => {
            LinkError::Malformed { addr, reason: plain(&close.reason) }
        }
        ConnectionError::ApplicationClosed(close) if Close::Refused.is(close.error_code) => {
            LinkError::Refused { addr, reason: plain(&close.reason) }
        }
        error => LinkError::Closed { addr, reason: in_words(error) },
    }
}

/// Why this side refused the other's certificate, if that is how a handshake failed.
pub(crate) fn distrust(error: &ConnectionError) -> Option<Distrust> {
    match error {
        ConnectionError::TransportError(error) => alert(error.code.into()).map(Distrust::from_alert),
        _ => None,
    }
}

fn in_words(error: ConnectionError) -> String {
    match error {
        ConnectionError::ApplicationClosed(close) => {
            format!("the other end closed it: {}", plain(&close.reason))
        }
        ConnectionError::TimedOut => "nothing was heard from the other end for too long".into(),
        ConnectionError::Reset => "the other end has restarted".into(),
        ConnectionError::LocallyClosed => "this end closed it".into(),
        other => other.to_string(),
    }
}

fn alert(code: u64) -> Option<u8> {
    ALERTS.contains(&code).then(|| u8::try_from(code & 0xff).ok()).flatten()
}

/// Words from outside, fit for a terminal and a log: bounded, without control characters.
pub(crate) fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clipped(&text).to_owned()
}

fn clipped(text: &str) -> &str {
    let mut end = text.len().min(REASON_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_outside_are_bounded_and_carry_no_control_characters() {
        assert_eq!(plain(b"a\x1b[31mb\nc"), "a [31mb c");
        assert_eq!(plain("ü".repeat(400).as_bytes()).len(), REASON_BYTES_MAX);
        assert_eq!(plain(&[0xff, b'x']), "\u{fffd}x");
    }

    #[test]
    fn a_tls_alert_is_told_from_other_codes() {
        assert_eq!(alert(0x100 + 116), Some(116));
        assert_eq!(alert(2), None);
        assert_eq!(alert(0x200), None);
    }
}
