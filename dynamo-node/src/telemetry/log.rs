//! Log lines on standard error, for whoever keeps them there.
//!
//! Levels: `error` wants a person now, `warn` soon; `info` is a change of state; `debug` explains a connection or a
//! refusal; nothing is logged for each request.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// The environment's word on what is logged; goes before the configuration's.
pub const VARIABLE: &str = "DYNAMO_LOG";

/// From little to much; and nothing.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// A text that says no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no log level: {reason}")]
pub struct NotALevel {
    /// What was read.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Begins to log. `wanted` goes before [`VARIABLE`], and that before `configured`. Does nothing if logging has begun.
pub fn start(wanted: Option<&str>, configured: &str) -> Result<(), NotALevel> {
    let from_environment = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    let text = wanted.or(from_environment.as_deref()).unwrap_or(configured);
    let filter = filter(text)?;
    let in_colour =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // Somebody else logs already: a test, or a program that runs nodes inside itself.
    let _ = tracing_subscriber::fmt()
        .compact()
        .with_env_filter(filter)
        .with_ansi(in_colour)
        .with_writer(io::stderr)
        .try_init();
    Ok(())
}

/// The filter that a text means: a level, or directives.
pub(crate) fn filter(text: &str) -> Result<EnvFilter, NotALevel> {
    let wrong = |reason: String| NotALevel { text: text.to_owned(), reason };
    // A lone word that is no level would be taken for the name of a part of the program, and silence all the rest.
    let is_lone_word = |directive: &&str| !directive.contains(['=', '[']);
    for word in text.split(',').map(str::trim).filter(is_lone_word) {
        if !LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word)) {
            return Err(wrong(format!("`{word}` is none of {}", LEVELS.join(", "))));
        }
    }
    EnvFilter::try_new(text).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives_are_taken_and_lone_words_are_not() {
        for good in ["info", "WARN", "off", "info,dynamo_node=debug", "warn,dynamo_node::peers=trace"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["", "loud", "info,dynamo_node", "dynamo_node=loud"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
