//! Whether somebody agrees to a change: asked on a terminal, said beforehand where there is none. Enter is never consent.
//!
//! Deliberately absent: any answer of its own; where nobody can be asked and nothing was said, nothing is done.

use clap::Args;
use shared::id::Name;

use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use crate::stdio;

/// Consent to what is severe.
#[derive(Debug, Args)]
pub struct Confirm {
    /// Consent beforehand, by the name of what is at stake; on a terminal it is asked for.
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<Name>,
}

impl Confirm {
    /// Goes on if the name was given, or is typed now.
    pub async fn wait(&self, output: &mut Output, at_stake: &Name) -> Result<(), Problem> {
        if let Some(given) = &self.confirm {
            return matches(given.as_str(), at_stake);
        }
        if !output.is_interactive {
            return Err(Problem::new(Exit::Usage, "confirm", "this wants consent, and nobody can be asked")
                .try_this(format!("--confirm={at_stake} gives it")));
        }
        output.ask(&format!("type {at_stake} to go on:"));
        matches(&stdio::line().await?, at_stake)
    }
}

/// Goes on if somebody says yes, or has said so beforehand.
pub async fn agreed(output: &mut Output, is_given: bool, question: &str) -> Result<(), Problem> {
    if is_given {
        return Ok(());
    }
    if !output.is_interactive {
        return Err(Problem::new(Exit::Usage, "confirm", "this wants consent, and nobody can be asked")
            .try_this("--yes gives it"));
    }
    output.ask(&format!("{question} [y/N]"));
    if is_yes(&stdio::line().await?) { Ok(()) } else { Err(declined()) }
}

fn is_yes(answer: &str) -> bool {
    answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

fn matches(given: &str, at_stake: &Name) -> Result<(), Problem> {
    if given == at_stake.as_str() {
        return Ok(());
    }
    if given.is_empty() {
        return Err(declined());
    }
    Err(Problem::new(
        Exit::Usage,
        "confirm",
        format!("`{given}` was confirmed, but this is about {at_stake}"),
    ))
}

fn declined() -> Problem {
    Problem::new(Exit::Refused, "declined", "nobody agreed; nothing was changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y", "Y", "yes", "YES"].into_iter().all(is_yes));
        assert!(!["", "n", "no", "yess", "sure"].into_iter().any(is_yes));
    }

    #[test]
    fn what_is_severe_wants_the_very_name() {
        let name: Name = "node-3".parse().unwrap();
        assert_eq!(matches("node-3", &name), Ok(()));
        assert_eq!(matches("", &name).unwrap_err().exit.code(), 9);
        let other = matches("node-2", &name).unwrap_err();
        assert_eq!((other.exit.code(), other.code), (2, "confirm"));
    }
}
