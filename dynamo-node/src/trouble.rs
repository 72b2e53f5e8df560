//! Trouble: why the daemon ends other than as it was told to, in three lines and an exit code.
//!
//! Deliberately not here: what can go wrong. Each room has its own error; this is how a person and a service manager
//! get to know of it.

use std::fmt;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::telemetry::{NotALevel, VARIABLE};

/// What the exit codes of `dynamo-node` mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was told.
    Done,
    /// Something that has no code of its own.
    Failed,
    /// The configuration, a certificate or a key cannot be used; starting again will not help.
    Configuration,
    /// The data directory cannot be used, or is another node's.
    DataDirectory,
    /// The address is taken or cannot be bound.
    Address,
    /// The store failed while it ran: start again.
    Poisoned,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Configuration => 2,
            Self::DataDirectory => 3,
            Self::Address => 4,
            Self::Poisoned => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why the daemon ends, for a person: what, why, and what to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What a service manager is told.
    pub exit: Exit,
    /// What could not be done.
    pub error: String,
    /// What stood in the way.
    pub cause: String,
    /// What to try.
    pub hint: String,
}

impl fmt::Display for Trouble {
    /// Three lines, whatever line breaks the words carry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", one_line(&self.error))?;
        writeln!(f, "cause: {}", one_line(&self.cause))?;
        write!(f, "hint: {}", one_line(&self.hint))
    }
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<ConfigError> for Trouble {
    fn from(error: ConfigError) -> Self {
        Self {
            exit: Exit::Configuration,
            error: "the configuration cannot be used".into(),
            cause: error.to_string(),
            hint: error.hint(),
        }
    }
}

impl From<NotALevel> for Trouble {
    fn from(error: NotALevel) -> Self {
        Self {
            exit: Exit::Configuration,
            error: "what to log cannot be understood".into(),
            cause: error.to_string(),
            hint: format!(
                "give --log-level, {VARIABLE} or [log] level one of error, warn, info, debug, trace"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_has_three_lines_whatever_its_words() {
        let trouble = Trouble {
            exit: Exit::Failed,
            error: "it\nbroke".into(),
            cause: "a\r\n  b".into(),
            hint: "c".into(),
        };
        assert_eq!(trouble.to_string(), "error: it broke\ncause: a b\nhint: c");
    }
}
