//! What went wrong, as people and scripts are told: what, why, what to try, and the exit code.

use std::fmt;
use std::io;
use std::path::Path;

use dynamo_client::{ClientError, ProfileError};
use dynamo_transport::AuthorityError;
use serde::Serialize;
use shared::error::Outcome;

use crate::exit::Exit;

/// The version of the shape of machine output. It only grows; a field never changes its meaning.
pub const SCHEMA: u32 = 1;

/// Why a command did not do what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How the program ends.
    pub exit: Exit,
    /// A stable name for scripts.
    pub code: &'static str,
    /// What.
    pub error: String,
    /// Why.
    pub cause: Option<String>,
    /// What to try.
    pub hint: Option<String>,
    /// Whether something may have been changed all the same.
    pub outcome: Outcome,
}

/// The same, as JSON.
#[derive(Serialize)]
struct Machine<'a> {
    schema: u32,
    kind: &'static str,
    code: &'static str,
    exit: u8,
    error: &'a str,
    cause: Option<&'a str>,
    hint: Option<&'a str>,
    outcome: &'static str,
}

impl Problem {
    /// A problem without cause and hint, that left nothing behind.
    pub fn new(exit: Exit, code: &'static str, error: impl Into<String>) -> Self {
        Self { exit, code, error: error.into(), cause: None, hint: None, outcome: Outcome::Unchanged }
    }

    /// The command line is wrong.
    pub fn usage(error: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", error)
    }

    /// A file cannot be read or written.
    pub fn file(verb: &str, path: &Path, error: &io::Error) -> Self {
        let exit = if verb == "read" { Exit::Usage } else { Exit::Other };
        Self::new(exit, "file", format!("cannot {verb} {}", path.display())).because(error.to_string())
    }

    /// The same problem, and why.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same problem, and what to try.
    #[must_use]
    pub fn try_this(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// One JSON object on one line.
    pub fn to_json(&self) -> String {
        let machine = Machine {
            schema: SCHEMA,
            kind: "error",
            code: self.code,
            exit: self.exit.code(),
            error: &self.error,
            cause: self.cause.as_deref(),
            hint: self.hint.as_deref(),
            outcome: match self.outcome {
                Outcome::Unchanged => "unchanged",
                Outcome::Unknown => "unknown",
            },
        };
        // Numbers and strings are all there is in it.
        serde_json::to_string(&machine).unwrap_or_default()
    }
}

impl fmt::Display for Problem {
    /// Two or three lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.error)?;
        if let Some(cause) = &self.cause {
            writeln!(f, "cause: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            writeln!(f, "hint: {hint}")?;
        }
        Ok(())
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        let what = error.to_string();
        // What one node answered is the error; that it was this node is all that is left to be said.
        let said_by = |cause: String| match cause.strip_suffix(&what).and_then(|who| who.strip_suffix(": ")) {
            Some(who) => format!("that is what {who} answers"),
            None => cause,
        };
        Self {
            exit: Exit::of(&error),
            code: error.code(),
            cause: error.cause().map(said_by),
            hint: error.hint(),
            outcome: error.outcome(),
            error: what,
        }
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        ClientError::from(error).into()
    }
}

impl From<AuthorityError> for Problem {
    fn from(error: AuthorityError) -> Self {
        let exit = if matches!(&error, AuthorityError::Signing(_)) { Exit::Other } else { Exit::Usage };
        Self::new(exit, "authority", error.to_string())
    }
}

/// A stream that cannot be written. A closed pipe is no problem and is told apart in [`crate::run`].
#[derive(Debug)]
pub enum Stop {
    /// Something to tell.
    Problem(Box<Problem>),
    /// Nobody reads any more.
    ClosedPipe,
}

impl<T: Into<Problem>> From<T> for Stop {
    fn from(problem: T) -> Self {
        Self::Problem(Box::new(problem.into()))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Problem::new(Exit::Other, "output", "cannot write the output").because(error.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use dynamo_client::{Attempt, Attempts, Trouble};
    use shared::error::Failure;

    use super::*;

    #[test]
    fn what_one_node_answered_is_told_once() {
        let failure = Failure::Refused { reason: "no such zone".into() };
        let attempt = Attempt { node: "n1".into(), trouble: Trouble::Failure(failure.clone()) };
        let problem = Problem::from(ClientError::Failed { failure, attempts: Attempts(vec![attempt]) });
        assert_eq!(problem.to_string(), "error: no such zone\ncause: that is what n1 answers\n");
    }

    #[test]
    fn people_get_three_lines_and_scripts_one_object() {
        let problem = Problem::new(Exit::NotFound, "not-found", "there is no key `cart`")
            .because("it was deleted")
            .try_this("look elsewhere");
        assert_eq!(
            problem.to_string(),
            "error: there is no key `cart`\ncause: it was deleted\nhint: look elsewhere\n"
        );
        let json: serde_json::Value = serde_json::from_str(&problem.to_json()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "schema": 1, "kind": "error", "code": "not-found", "exit": 4, "error": "there is no key `cart`",
                "cause": "it was deleted", "hint": "look elsewhere", "outcome": "unchanged",
            })
        );
    }
}
