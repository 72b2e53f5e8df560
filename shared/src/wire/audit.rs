//! The audit: what was changed and what was refused at a node, by whom, from where, with what result.
//!
//! A node writes one JSON object a line, an [`AuditEntry`]; each carries the hash of the line before, so that a line that was
//! changed, taken out or put in is found by whoever reads on ([`Chain`]). The hash is over the bytes of the line, without
//! its end: lines therefore travel as they were written.
//!
//! What a chain cannot show is that its end was cut off: whoever wants to see that notes the last hash elsewhere.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One line of a node's audit, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its number, for asking what comes after it; a damaged line has that of the one before.
    pub sequence: u64,
    /// The line without its end: an [`AuditEntry`] in JSON, unless it was damaged.
    pub text: String,
}

/// What stands in a line. `R` is a request in JSON.
///
/// `sequence` and `previous` stand first, in this order: a chain is followed by them without reading the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry<R> {
    /// Counts the node's lines from 1, over all of its files.
    pub sequence: u64,
    /// The hash of the line before, 64 hexadecimal digits; zeros for the first.
    pub previous: String,
    /// When, by the node's clock (RFC 3339, UTC).
    pub at: String,
    /// The same in milliseconds since 1970.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: AuditEvent<R>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent<R> {
    /// Of which kind.
    pub kind: AuditKind,
    /// Who: role and name in the certificate; `None`: nobody that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The certificate's serial number, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// From which address. Proven only where `who` is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What was asked or tried, in words.
    pub what: String,
    /// The request itself; ids as strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<R>,
    /// Of an answer: the line of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// The version of the declared state at the request; zero: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_before: Option<u64>,
    /// The version of the declared state at the answer; zero: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_after: Option<u64>,
    /// `done`, or the stable name of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The outcome in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How often it happened, where equal refusals were folded into one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// Kinds of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditKind {
    /// An administrator's request, written before anything is done about it.
    Asked,
    /// What came of it, written before the administrator is told.
    Answered,
    /// A connection or a request that was turned away.
    Refused,
    /// Something about the audit itself: that it begins again after a start, that it was damaged.
    Note,
}

/// What comes before the first line.
pub const NO_PREVIOUS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// How a line begins, as far as a chain is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Link<'a> {
    sequence: u64,
    previous: &'a [u8],
}

impl<'a> Link<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"sequence\":")?;
        let comma = rest.iter().position(|&byte| byte == b',')?;
        let (digits, rest) = rest.split_at_checked(comma)?;
        let (previous, rest) = rest.strip_prefix(b",\"previous\":\"")?.split_at_checked(NO_PREVIOUS.len())?;
        let sequence = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (rest.starts_with(b"\"") && line.ends_with(b"}")).then_some(Self { sequence, previous })
    }
}

/// Where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// This is no line of an audit.
    NotALine {
        /// The number that it should have.
        sequence: u64,
    },
    /// Lines are missing, or doubled.
    Gap {
        /// The number that is there.
        sequence: u64,
        /// The number that should be.
        expected: u64,
    },
    /// The line before is not what it was when this one was written.
    OtherLineBefore {
        /// The number of the line that was changed.
        sequence: u64,
    },
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALine { sequence } => {
                write!(f, "what stands in place of line {sequence} is no line of an audit")
            }
            Self::Gap { sequence, expected } => {
                write!(f, "line {sequence} stands where line {expected} should")
            }
            Self::OtherLineBefore { sequence } => {
                write!(f, "line {sequence} was changed after it was written, or the line after it was")
            }
        }
    }
}

/// A chain that is being followed, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    sequence: u64,
    hash: Option<String>,
}

impl Chain {
    /// The number of the last line; zero: none yet.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// What the next line has to carry.
    pub fn hash(&self) -> &str {
        self.hash.as_deref().unwrap_or(NO_PREVIOUS)
    }

    /// Takes the next line. The first may be any; where it is line 1, nothing may come before it.
    ///
    /// An error says what is wrong with it, once: the chain goes on from that line as it is.
    pub fn follow(&mut self, line: &[u8]) -> Result<(), Break> {
        let followed = self.check(line);
        self.sequence = match (&followed, Link::of(line)) {
            (_, Some(link)) => link.sequence,
            (_, None) => self.sequence + 1,
        };
        self.hash = Some(hash(line));
        followed
    }

    fn check(&self, line: &[u8]) -> Result<(), Break> {
        let expected = self.sequence + 1;
        let Some(Link { sequence, previous }) = Link::of(line) else {
            return Err(Break::NotALine { sequence: expected });
        };
        if self.hash.is_none() && sequence != 1 {
            return Ok(());
        }
        if sequence != expected {
            return Err(Break::Gap { sequence, expected });
        }
        if previous != self.hash().as_bytes() {
            return Err(Break::OtherLineBefore { sequence: sequence.saturating_sub(1) });
        }
        Ok(())
    }
}

/// The number of a line; `None`: it is damaged.
pub fn sequence_of(line: &[u8]) -> Option<u64> {
    Link::of(line).map(|link| link.sequence)
}

/// The hash of a line, in hexadecimal digits.
fn hash(line: &[u8]) -> String {
    blake3::hash(line).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: u64) -> Vec<String> {
        let mut chain = Chain::default();
        (1..=count)
            .map(|sequence| {
                let line =
                    format!("{{\"sequence\":{sequence},\"previous\":\"{}\",\"what\":\"x\"}}", chain.hash());
                chain.follow(line.as_bytes()).unwrap();
                line
            })
            .collect()
    }

    fn breaks<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Break> {
        let mut chain = Chain::default();
        lines.into_iter().filter_map(|line| chain.follow(line.as_bytes()).err()).collect()
    }

    #[test]
    fn a_chain_holds_from_its_beginning_and_from_anywhere() {
        let lines = lines(5);
        let all = || lines.iter().map(String::as_str);
        assert_eq!(breaks(all()), []);
        assert_eq!(breaks(all().skip(2)), []);
    }

    #[test]
    fn whatever_was_changed_taken_out_or_put_in_is_found_once() {
        let lines = lines(5);
        let all = || lines.iter().map(String::as_str);
        let with = |line: &str| {
            let mut damaged = lines.clone();
            damaged[2] = line.to_owned();
            breaks(damaged.iter().map(String::as_str))
        };
        assert_eq!(with(&lines[2].replace('x', "y")), [Break::OtherLineBefore { sequence: 3 }]);
        assert!(with("{}").contains(&Break::NotALine { sequence: 3 }));
        let without = all().filter(|line| *line != lines[2]);
        assert_eq!(breaks(without), [Break::Gap { sequence: 4, expected: 3 }]);
        let doubled = all().chain([lines[4].as_str()]);
        assert_eq!(breaks(doubled), [Break::Gap { sequence: 5, expected: 6 }]);
        let other = lines[0].replace("\"previous\":\"0", "\"previous\":\"1");
        assert_eq!(breaks([other.as_str()]), [Break::OtherLineBefore { sequence: 0 }]);
    }

    #[test]
    fn every_changed_byte_is_found() {
        let lines = lines(2);
        for place in 0..lines[0].len() {
            let mut changed = lines[0].clone().into_bytes();
            changed[place] ^= 1;
            let mut chain = Chain::default();
            let first = chain.follow(&changed);
            assert!(first.is_err() || chain.follow(lines[1].as_bytes()).is_err(), "byte {place}");
        }
    }
}
