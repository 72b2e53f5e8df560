//! What is wrong with a configuration: the file, the line, what stands there, and what to write instead.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use crate::store::StoreConfig;

/// A configuration that no node can run with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{}: {wrong}", Place(path, *line))]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1; `None`: something is missing.
        line: Option<usize>,
        /// What is wrong.
        wrong: String,
        /// What to write instead.
        instead: String,
    },
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "name the file with --config FILE".into(),
            Self::Wrong { instead, .. } => instead.clone(),
        }
    }
}

struct Place<'a>(&'a Path, Option<usize>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, line) = self;
        match line {
            Some(line) => write!(f, "{}:{line}", path.display()),
            None => write!(f, "{}", path.display()),
        }
    }
}

/// What to write for keys that have no default, or whose value is not a number.
const EXAMPLES: [(&str, &str); 10] = [
    ("listen", "\"127.0.0.1:7000\""),
    ("advertise", "\"10.0.0.1:7000\""),
    ("seeds", "[\"10.0.0.2:7000\", \"10.0.0.3:7000\"]"),
    ("zone", "\"eu-west-1a\""),
    ("data_dir", "\"/var/lib/dynamo\""),
    ("pid_file", "\"/run/dynamo-node.pid\""),
    ("ca", "\"ca.crt\""),
    ("cert", "\"node.crt\""),
    ("key", "\"node.key\""),
    ("level", "\"info\""),
];

/// The text of a configuration, to find lines in.
pub(super) struct Document<'a> {
    text: &'a str,
    path: &'a Path,
}

impl<'a> Document<'a> {
    pub(super) fn new(text: &'a str, path: &'a Path) -> Self {
        Self { text, path }
    }

    /// The value of a key is wrong. Where the file does not set it, no line is named.
    pub(super) fn wrong(&self, key: &[&str], wrong: &str, instead: &str) -> ConfigError {
        self.error(self.line_of(key), wrong.to_owned(), instead.to_owned())
    }

    /// The text is no TOML, or not of the shape that is wanted.
    pub(super) fn not_understood(&self, error: &toml::de::Error) -> ConfigError {
        let message = error.message().trim();
        let line = error.span().map(|span| self.line_at(&span));
        if let Some((unknown, known)) = unknown_field(message) {
            let instead = match nearest(unknown, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            return self.error(line, format!("unknown key `{unknown}`"), instead);
        }
        if let Some(missing) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'))
        {
            let instead = match missing {
                "tls" => "add a table [tls] with ca, cert and key".to_owned(),
                _ => format!("add a line such as {}", example(missing)),
            };
            return self.error(None, format!("the key `{missing}` is missing"), instead);
        }
        let key = error.span().and_then(|span| self.key_at(&span));
        let (wrong, instead) = match key {
            Some(key) => (format!("{key}: {message}"), format!("write for example {}", example(&key))),
            None => {
                (message.to_owned(), "the file has to be TOML: lines of `key = value` under [table]s".into())
            }
        };
        self.error(line, wrong, instead)
    }

    fn error(&self, line: Option<usize>, wrong: String, instead: String) -> ConfigError {
        ConfigError::Wrong { path: self.path.to_owned(), line, wrong, instead }
    }

    fn line_at(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    fn line_of(&self, key: &[&str]) -> Option<usize> {
        let document = DeTable::parse(self.text).ok()?;
        let mut table = document.get_ref();
        let (last, tables) = key.split_last()?;
        for name in tables {
            table = table.iter().find(|(key, _)| key.get_ref() == name)?.1.get_ref().as_table()?;
        }
        let (key, _) = table.iter().find(|(key, _)| key.get_ref() == last)?;
        Some(self.line_at(&key.span()))
    }

    /// The key whose value lies at that place.
    fn key_at(&self, span: &Range<usize>) -> Option<String> {
        let document = DeTable::parse(self.text).ok()?;
        key_in(document.get_ref(), span)
    }
}

fn key_in(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let lies_here = value.span().contains(&span.start);
        match value.get_ref() {
            DeValue::Table(table) => key_in(table, span),
            _ => lies_here.then(|| key.get_ref().to_string()),
        }
    })
}

/// A line that sets the key: to its default if it has one.
fn example(key: &str) -> String {
    let numbers =
        numbers_of(&dynamo_core::config::Config::default()).chain(numbers_of(&StoreConfig::default()));
    let words = EXAMPLES.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let lines = numbers.map(|(key, number)| (key, number.to_string())).chain(words);
    let value =
        lines.into_iter().find(|(known, _)| known == key).map_or("...".to_owned(), |(_, value)| value);
    format!("`{key} = {value}`")
}

/// Every whole number of a table, by its key.
pub(super) fn numbers_of<T: Serialize>(table: &T) -> impl Iterator<Item = (String, i64)> + use<T> {
    let table = toml::Table::try_from(table).unwrap_or_default();
    table.into_iter().filter_map(|(key, value)| value.as_integer().map(|number| (key, number)))
}

/// The unknown key and the known ones, out of serde's message.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    Some((quoted.next()?, quoted.collect()))
}

/// The known key that a mistyped one was most likely meant to be.
fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let nearest = known.iter().map(|known| (distance(typed, known), *known)).min()?;
    let allowed = (typed.chars().count() / 3).max(1);
    (nearest.0 <= allowed).then_some(nearest.1)
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut next = vec![above + 1];
        for ((other, corner), over) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(0);
            next.push((corner + usize::from(*other != letter)).min(over + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    const GOOD: &str =
        "data_dir = \"data\"\n[tls]\nca = \"ca.crt\"\ncert = \"node.crt\"\nkey = \"node.key\"\n";

    fn mistake(text: &str) -> (Option<usize>, String, String) {
        match Config::parse(text, Path::new("/etc/dynamo/node.toml")) {
            Err(ConfigError::Wrong { line, wrong, instead, .. }) => (line, wrong, instead),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_short_file_is_enough_and_its_paths_start_at_its_folder() {
        let config = Config::parse(GOOD, Path::new("/etc/dynamo/node.toml")).unwrap();
        assert_eq!(config.data_dir, Path::new("/etc/dynamo/data"));
        assert_eq!(config.tls.key, Path::new("/etc/dynamo/node.key"));
        assert_eq!(config.core, dynamo_core::config::Config::default());
    }

    #[test]
    fn what_is_written_is_read_back() {
        let config = Config::parse(GOOD, Path::new("/etc/dynamo/node.toml")).unwrap();
        let written = toml::to_string(&config).unwrap();
        assert_eq!(Config::parse(&written, Path::new("/elsewhere/node.toml")).unwrap(), config);
    }

    #[test]
    fn a_mistyped_key_is_named_with_its_line_and_with_what_was_meant() {
        let (line, wrong, instead) = mistake(&format!("{GOOD}[core]\nping_intervall_ms = 5\n"));
        assert_eq!(line, Some(7));
        assert_eq!(wrong, "unknown key `ping_intervall_ms`");
        assert_eq!(instead, "did you mean `ping_interval_ms`?");
    }

    #[test]
    fn a_key_like_no_other_is_answered_with_those_that_are_known() {
        let (_, _, instead) = mistake(&format!("colour = 1\n{GOOD}"));
        assert!(instead.starts_with("known here: listen, advertise"), "{instead}");
    }

    #[test]
    fn a_bad_value_is_named_with_its_line_and_a_good_one() {
        let (line, wrong, instead) = mistake(&format!("listen = \"localhost\"\n{GOOD}"));
        assert_eq!(line, Some(1));
        assert!(wrong.starts_with("listen: "), "{wrong}");
        assert_eq!(instead, "write for example `listen = \"127.0.0.1:7000\"`");
        let (line, _, instead) = mistake(&format!("{GOOD}[core]\n\ngossip_interval_ms = \"1s\"\n"));
        assert_eq!(line, Some(8));
        assert_eq!(instead, "write for example `gossip_interval_ms = 1000`");
    }

    #[test]
    fn a_seed_that_leads_nowhere_is_named_with_its_line_and_reason() {
        let (line, wrong, instead) =
            mistake(&format!("zone = \"a\"\nseeds = [\"10.0.0.2:7000\", \"node-3\"]\n{GOOD}"));
        assert_eq!(line, Some(2));
        assert_eq!(wrong, "seeds: `node-3` is not a host and a port: the port is missing");
        assert_eq!(instead, "write for example `seeds = [\"10.0.0.2:7000\", \"10.0.0.3:7000\"]`");
        let seeded = format!("seeds = [\"[::1]:7000\", \"node-3.example.org:7000\"]\n{GOOD}");
        let config = Config::parse(&seeded, Path::new("node.toml")).unwrap();
        assert_eq!(config.seeds[1].to_string(), "node-3.example.org:7000");
        assert!(toml::to_string(&config).unwrap().contains("seeds = [\"[::1]:7000\""));
    }

    #[test]
    fn a_missing_key_is_named_with_a_line_to_add() {
        let (_, wrong, instead) = mistake("[tls]\nca = \"a\"\ncert = \"b\"\nkey = \"c\"\n");
        assert_eq!(wrong, "the key `data_dir` is missing");
        assert_eq!(instead, "add a line such as `data_dir = \"/var/lib/dynamo\"`");
    }

    #[test]
    fn every_address_of_the_machine_is_none_that_others_could_use() {
        let (line, wrong, instead) = mistake(&format!("zone = \"a\"\nlisten = \"0.0.0.0:7001\"\n{GOOD}"));
        assert_eq!(line, Some(2));
        assert!(wrong.contains("every address"), "{wrong}");
        assert!(instead.contains("advertise = \"10.0.0.1:7001\""), "{instead}");
        let advertised = format!("listen = \"0.0.0.0:7001\"\nadvertise = \"10.0.0.1:7001\"\n{GOOD}");
        assert!(Config::parse(&advertised, Path::new("node.toml")).is_ok());
    }

    #[test]
    fn times_that_contradict_each_other_are_refused() {
        let (line, wrong, _) = mistake(&format!("{GOOD}[core]\nsuspect_after_ms = 100\n"));
        assert_eq!(line, Some(7));
        assert_eq!(wrong, "suspect_after_ms is 100, not more than ping_interval_ms, which is 250");
    }

    #[test]
    fn a_zero_that_would_stop_the_node_is_refused() {
        let (line, wrong, _) = mistake(&format!("{GOOD}[core]\noperations_max = 0\n"));
        assert_eq!((line, wrong.as_str()), (Some(7), "operations_max is 0"));
        assert!(Config::parse(&format!("{GOOD}[core]\nskew_max_ms = 0\n"), Path::new("node.toml")).is_ok());
    }

    #[test]
    fn a_text_that_is_no_toml_is_named_with_its_line() {
        let (line, _, _) = mistake(&format!("{GOOD}[core\n"));
        assert_eq!(line, Some(6));
    }

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!(distance("listen", "listen"), 0);
        assert_eq!(distance("lsten", "listen"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
