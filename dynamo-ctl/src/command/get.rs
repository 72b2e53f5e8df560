//! `get`: the bytes of a key, or its siblings.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use dynamo_client::GetOptions;
use serde::Serialize;
use shared::id::Name;
use shared::key::Key;
use shared::map::ConflictPolicy;
use shared::wire::client::{ClockEntry, Got, Sibling};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::place::{Place, Strictness};
use crate::exit::Exit;
use crate::output::{Document, Item, Output, Tone};
use crate::problem::{Problem, Stop};
use crate::stdio;
use crate::text::{JsonBytes, bytes_for_people, is_fit_for_a_terminal, moment, preview};

/// Print the value of a key.
///
/// One value is printed as it is, byte for byte; on a terminal a newline follows it. Siblings, which are values that
/// were written without knowing of each other, are shown as a table on a terminal. Into a pipe goes nothing then, and
/// the exit status is 5, unless `-o json`, `--sibling` or `--all` says what is wanted.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl get cart:42",
    "dynamo-ctl get cart:42 --context-out seen && dynamo-ctl put cart:42 eggs --context-in seen",
    "dynamo-ctl get cart:42 -o json",
    "dynamo-ctl get cart:42 --sibling 2",
])]
pub struct Get {
    /// The key.
    #[arg(value_name = "KEY")]
    key: OsString,
    /// Where it is.
    #[command(flatten)]
    place: Place,
    /// Answers to wait for, from 1 to N [default: the bucket's].
    #[arg(long, value_name = "COUNT")]
    r: Option<u8>,
    /// Whether fallbacks count.
    #[command(flatten)]
    strictness: Strictness,
    /// Write the context to this file, for the put that replaces what was read.
    #[arg(long, value_name = "FILE")]
    context_out: Option<PathBuf>,
    /// Print this sibling, counted from 1.
    #[arg(long, value_name = "NUMBER", conflicts_with = "all")]
    sibling: Option<usize>,
    /// Print every sibling, each followed by a newline.
    #[arg(long)]
    all: bool,
    /// With --all: a NUL instead of each newline.
    #[arg(short = '0', long, requires = "all")]
    null: bool,
}

impl Get {
    /// Reads, and prints what was found in the way that was asked for.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let key = self.place.key(&self.key)?;
        let client = app.client().await?;
        let options =
            GetOptions { r: self.r, strict: self.strictness.wanted(), timeout: Some(app.timeout()) };
        let got = client.get(&self.place.bucket, &key, &options).await?;
        if let Some(path) = &self.context_out {
            stdio::context_out(path, &got.context)?;
        }
        if got.siblings.iter().all(|sibling| sibling.value.is_none()) {
            return Err(not_found(&key, &self.place.bucket).into());
        }
        let name_of = |entry: &ClockEntry| entry.node.map(|node| client.map().name_of(node));
        let found = Found::new(&self.place.bucket, &key, &got, &name_of);
        self.show(&mut app.output, &got, found)
    }

    fn show(&self, output: &mut Output, got: &Got, found: Found) -> Result<Exit, Stop> {
        if let Some(number) = self.sibling {
            return show_one(output, chosen(got, number)?);
        }
        if self.all {
            return self.show_all(output, got);
        }
        match (output.format, got.siblings.as_slice()) {
            (None, [only]) => show_one(output, only),
            (None, several) if !output.is_terminal => Err(conflict(several.len()).into()),
            _ => {
                output.document(&found.document())?;
                Ok(Exit::Ok)
            }
        }
    }

    fn show_all(&self, output: &mut Output, got: &Got) -> Result<Exit, Stop> {
        let values: Vec<&[u8]> =
            got.siblings.iter().filter_map(|s| s.value.as_ref().map(shared::key::Value::as_bytes)).collect();
        if output.is_terminal && !values.iter().all(|value| is_fit_for_a_terminal(value)) {
            return Err(binary().into());
        }
        for value in values {
            output.bytes(value)?;
            output.bytes(if self.null { b"\0" } else { b"\n" })?;
        }
        Ok(Exit::Ok)
    }
}

/// That a key has no value.
pub(crate) fn not_found(key: &Key, bucket: &Name) -> Problem {
    Problem::new(
        Exit::NotFound,
        "not-found",
        format!("there is no key `{}` in the bucket {bucket}", preview(key.as_bytes(), 80)),
    )
}

fn conflict(siblings: usize) -> Problem {
    Problem::new(Exit::Conflict, "siblings", format!("the key has {siblings} siblings"))
        .because("they were written without knowing of each other, and nobody has merged them yet")
        .try_this("-o json shows them all, --sibling NUMBER one of them; `put --update` replaces them")
}

fn binary() -> Problem {
    Problem::new(Exit::Refused, "binary", "the value is not text, and a terminal would obey it")
        .try_this("use -o json, or send it into a file or a pipe")
}

fn chosen(got: &Got, number: usize) -> Result<&Sibling, Problem> {
    let found = number.checked_sub(1).and_then(|place| got.siblings.get(place));
    found.ok_or_else(|| {
        let count = got.siblings.len();
        Problem::new(Exit::NotFound, "no-such-sibling", format!("there is no sibling {number}"))
            .because(format!("the key has {count}, counted from 1"))
    })
}

fn show_one(output: &mut Output, sibling: &Sibling) -> Result<Exit, Stop> {
    let Some(value) = &sibling.value else {
        return Err(
            Problem::new(Exit::NotFound, "deleted", "this sibling is a deletion; it has no value").into()
        );
    };
    if output.is_terminal && !is_fit_for_a_terminal(value.as_bytes()) {
        return Err(binary().into());
    }
    output.bytes(value.as_bytes())?;
    if output.is_terminal && !value.as_bytes().ends_with(b"\n") {
        output.bytes(b"\n")?;
    }
    Ok(Exit::Ok)
}

/// What a get found, for programs.
#[derive(Debug, Serialize)]
struct Found {
    bucket: Name,
    key: JsonBytes,
    context: String,
    replicas: u8,
    clock: Vec<Entry>,
    #[serde(skip)]
    items: Vec<Shown>,
}

/// An entry of a vector clock, or a dot.
#[derive(Debug, Clone, Serialize)]
struct Entry {
    actor: String,
    node: Option<String>,
    counter: u64,
}

impl Entry {
    fn new(entry: &ClockEntry, name_of: &dyn Fn(&ClockEntry) -> Option<String>) -> Self {
        Self { actor: format!("{:016x}", entry.actor), node: name_of(entry), counter: entry.counter }
    }

    fn for_people(&self) -> String {
        format!("({}, {})", self.node.as_deref().unwrap_or(&self.actor), self.counter)
    }
}

/// One sibling, for people and programs.
#[derive(Debug, Serialize)]
struct Shown {
    sibling: usize,
    value: Option<JsonBytes>,
    deleted: bool,
    value_bytes: usize,
    dot: Entry,
    written: String,
    written_ms: u64,
    expires_ms: Option<u64>,
    policy: ConflictPolicy,
    #[serde(skip)]
    preview: String,
}

impl Found {
    fn new(bucket: &Name, key: &Key, got: &Got, name_of: &dyn Fn(&ClockEntry) -> Option<String>) -> Self {
        let shown = |(number, sibling): (usize, &Sibling)| {
            let bytes = sibling.value.as_ref().map(shared::key::Value::as_bytes);
            Shown {
                sibling: number,
                value: bytes.map(JsonBytes::from),
                deleted: bytes.is_none(),
                value_bytes: bytes.map_or(0, <[u8]>::len),
                dot: Entry::new(&sibling.dot, name_of),
                written: moment(sibling.wall_ms),
                written_ms: sibling.wall_ms,
                expires_ms: sibling.expires_ms,
                policy: sibling.policy,
                preview: bytes.map_or_else(|| "(deleted)".to_owned(), |bytes| preview(bytes, 40)),
            }
        };
        Self {
            bucket: bucket.clone(),
            key: key.as_bytes().into(),
            context: got.context.to_string(),
            replicas: got.replicas,
            clock: got.clock.iter().map(|entry| Entry::new(entry, name_of)).collect(),
            items: (1..).zip(&got.siblings).map(shown).collect(),
        }
    }

    fn document(mut self) -> Document<Self, Shown> {
        let items = std::mem::take(&mut self.items);
        let clock: Vec<String> = self.clock.iter().map(Entry::for_people).collect();
        let count = match items.len() {
            1 => "1 value".to_owned(),
            several => format!("{several} siblings: written without knowing of each other"),
        };
        Document {
            kind: "siblings",
            lines: vec![count, format!("clock [{}]", clock.join(", "))],
            head: self,
            items,
        }
    }
}

impl Item for Shown {
    const KIND: &'static str = "sibling";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec!["#", "WRITTEN", "BY", "BYTES", "VALUE"];
        if wide {
            headings.splice(4..4, ["ACTOR", "EXPIRES", "POLICY"]);
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let mut cells = vec![
            self.sibling.to_string(),
            self.written.clone(),
            self.dot.for_people(),
            bytes_for_people(self.value_bytes as u64),
            self.preview.clone(),
        ];
        if wide {
            let expires = self.expires_ms.map_or_else(|| "never".to_owned(), moment);
            let policy = match self.policy {
                ConflictPolicy::Siblings => "siblings",
                ConflictPolicy::Lww => "lww",
            };
            cells.splice(4..4, [self.dot.actor.clone(), expires, policy.to_owned()]);
        }
        cells.into_iter().map(|text| (text, Tone::Plain)).collect()
    }

    fn name(&self) -> String {
        self.sibling.to_string()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use shared::context::Context;
    use shared::key::Value;

    use super::*;
    use crate::output::Format;
    use crate::output::tests::captured;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        get: Get,
    }

    fn sibling(value: Option<&[u8]>, counter: u64) -> Sibling {
        Sibling {
            value: value.map(|bytes| Value::from(bytes.to_vec())),
            dot: ClockEntry { actor: 0xa, node: None, counter },
            wall_ms: 1_700_000_000_000,
            expires_ms: None,
            policy: ConflictPolicy::Siblings,
        }
    }

    fn got(values: &[Option<&[u8]>]) -> Got {
        let siblings = (1..).zip(values).map(|(counter, value)| sibling(*value, counter)).collect();
        let clock = vec![ClockEntry { actor: 0xa, node: None, counter: values.len() as u64 }];
        Got { context: Context::new("seen").unwrap(), siblings, clock, replicas: 2 }
    }

    /// What is printed, and how it ends.
    fn shown(
        arguments: &str,
        format: Option<Format>,
        is_terminal: bool,
        got: &Got,
    ) -> (String, Result<u8, Problem>) {
        let line = Line::parse_from(["get", "cart:42"].into_iter().chain(arguments.split_whitespace()));
        let (mut output, out, _) = captured(format, is_terminal);
        let found = Found::new(&"default".parse().unwrap(), &Key::new("cart:42").unwrap(), got, &|_| {
            Some("n1".into())
        });
        let ended = match line.get.show(&mut output, got, found) {
            Ok(exit) => Ok(exit.code()),
            Err(Stop::Problem(problem)) => Err(*problem),
            Err(Stop::ClosedPipe) => panic!("nothing was closed"),
        };
        (out.text(), ended)
    }

    #[test]
    fn one_value_is_its_bytes_and_on_a_terminal_a_newline() {
        let one = got(&[Some(b"milk")]);
        assert_eq!(shown("", None, false, &one), ("milk".into(), Ok(0)));
        assert_eq!(shown("", None, true, &one), ("milk\n".into(), Ok(0)));
        assert_eq!(shown("", None, true, &got(&[Some(b"milk\n")])), ("milk\n".into(), Ok(0)));
    }

    #[test]
    fn siblings_are_a_table_on_a_terminal_and_nothing_in_a_pipe() {
        let two = got(&[Some(b"milk"), Some(b"eggs")]);
        let (table, ended) = shown("", None, true, &two);
        assert_eq!(ended, Ok(0));
        assert_eq!(
            table,
            "2 siblings: written without knowing of each other\nclock [(n1, 2)]\n\
             #  WRITTEN               BY       BYTES  VALUE\n\
             1  2023-11-14T22:13:20Z  (n1, 1)  4B     milk\n\
             2  2023-11-14T22:13:20Z  (n1, 2)  4B     eggs\n"
        );
        let (nothing, ended) = shown("", None, false, &two);
        assert_eq!((nothing.as_str(), ended.unwrap_err().exit.code()), ("", 5));
        let (json, ended) = shown("", Some(Format::Json), false, &two);
        assert_eq!(ended, Ok(0));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["schema"], &json["kind"]), (&1.into(), &"siblings".into()));
        assert_eq!(json["context"], "c2Vlbg");
        assert_eq!(json["items"][1]["value"]["utf8"], "eggs");
        assert_eq!(json["items"][1]["dot"]["actor"], "000000000000000a");
    }

    #[test]
    fn a_sibling_is_chosen_by_its_number() {
        let three = got(&[Some(b"milk"), None, Some(b"eggs")]);
        assert_eq!(shown("--sibling 3", None, false, &three), ("eggs".into(), Ok(0)));
        for number in [0, 2, 4] {
            let (nothing, ended) = shown(&format!("--sibling {number}"), None, false, &three);
            assert_eq!((nothing.as_str(), ended.unwrap_err().exit.code()), ("", 4), "{number}");
        }
        assert_eq!(shown("--all", None, false, &three), ("milk\neggs\n".into(), Ok(0)));
        assert_eq!(shown("--all -0", None, false, &three), ("milk\0eggs\0".into(), Ok(0)));
    }

    #[test]
    fn a_terminal_is_not_given_what_it_would_obey() {
        let binary = got(&[Some(b"\x1b[2J")]);
        for arguments in ["", "--all", "--sibling 1"] {
            let (nothing, ended) = shown(arguments, None, true, &binary);
            assert_eq!((nothing.as_str(), ended.unwrap_err().exit.code()), ("", 9));
        }
        assert_eq!(shown("", None, false, &binary).0, "\u{1b}[2J");
    }
}
