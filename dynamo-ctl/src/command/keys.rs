//! `keys`: the keys of a bucket, as they come.

use std::ffi::OsString;

use clap::Args;
use dynamo_client::{KeyStream, KeysOptions};
use serde::Serialize;
use shared::key::Key;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::place::Place;
use crate::exit::Exit;
use crate::output::{Document, Format, Item, Output, Tone};
use crate::problem::{Problem, Stop};
use crate::text::{JsonBytes, KeyEncoding, is_fit_for_a_terminal, preview};

/// List keys, one a line, as they come.
///
/// One owner of every partition is asked, all partitions at the same time, so the keys come in no order. Where
/// partitions cannot be reached, the others are listed all the same, and the exit status is 3.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl keys",
    "dynamo-ctl keys --prefix cart: --limit 100",
    "dynamo-ctl keys -0 | xargs -0 -n1 dynamo-ctl get -o json",
    "dynamo-ctl keys --key-encoding hex | sort",
])]
pub struct Keys {
    /// Where they are.
    #[command(flatten)]
    place: Place,
    /// Only keys that begin so.
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    prefix: OsString,
    /// At most so many.
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    /// A NUL after each key instead of a newline.
    #[arg(short = '0', long)]
    null: bool,
}

/// One key, for programs.
#[derive(Debug, Serialize)]
struct Listed {
    key: JsonBytes,
    #[serde(skip)]
    name: String,
}

impl Item for Listed {
    const KIND: &'static str = "key";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["KEY"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        vec![(self.name.clone(), Tone::Plain)]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The whole of a listing, for programs.
#[derive(Debug, Serialize)]
struct Listing {
    bucket: String,
    partitions_missing: u64,
}

/// Partitions that could not be listed: how many, and what the first one said.
#[derive(Debug, Default)]
struct Missing {
    count: u64,
    first: Option<String>,
}

impl Keys {
    /// Lists.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let prefix = self
            .place
            .key_encoding
            .decode(&self.prefix)
            .map_err(|wrong| Problem::usage("this is no prefix").because(wrong))?;
        let client = app.client().await?;
        let options = KeysOptions { prefix, timeout: Some(app.timeout()) };
        let mut stream = client.keys(&self.place.bucket, &options).await?;
        let mut missing = Missing::default();
        match app.output.format() {
            Format::Json | Format::Csv => self.collect(&mut stream, &mut app.output, &mut missing).await?,
            _ => self.pass_on(&mut stream, &mut app.output, &mut missing).await?,
        }
        let partitions = client.map().partitions.count();
        missing.into_problem(partitions).map_or(Ok(Exit::Ok), |problem| Err(problem.into()))
    }

    /// Prints keys as they come.
    async fn pass_on(
        &self,
        stream: &mut KeyStream,
        output: &mut Output,
        missing: &mut Missing,
    ) -> Result<(), Stop> {
        let mut left = self.limit.unwrap_or(u64::MAX);
        while left > 0
            && let Some(next) = self.next(stream, output, missing).await?
        {
            left -= 1;
            match output.format() {
                Format::Jsonl => output.json_line(&self.listed(&next))?,
                _ => self.print(&next, output)?,
            }
        }
        Ok(output.flush()?)
    }

    /// Prints keys once all of them have come.
    async fn collect(
        &self,
        stream: &mut KeyStream,
        output: &mut Output,
        missing: &mut Missing,
    ) -> Result<(), Stop> {
        let mut items = Vec::new();
        while (items.len() as u64) < self.limit.unwrap_or(u64::MAX)
            && let Some(key) = self.next(stream, output, missing).await?
        {
            items.push(self.listed(&key));
        }
        let head = Listing { bucket: self.place.bucket.to_string(), partitions_missing: missing.count };
        Ok(output.document(&Document { kind: "keys", head, lines: Vec::new(), items })?)
    }

    /// The next key; what could not be listed is remembered. Before it waits, what was printed so far is sent on.
    async fn next(
        &self,
        stream: &mut KeyStream,
        output: &mut Output,
        missing: &mut Missing,
    ) -> Result<Option<Key>, Stop> {
        loop {
            let next = if let Some(next) = stream.next_if_there() {
                Some(next)
            } else {
                output.flush()?;
                stream.next().await
            };
            match next {
                None => return Ok(None),
                Some(Ok(key)) => return Ok(Some(key)),
                Some(Err(partition)) => missing.note(&partition),
            }
        }
    }

    fn listed(&self, key: &Key) -> Listed {
        let name = String::from_utf8_lossy(&self.place.key_encoding.encode(key.as_bytes())).into_owned();
        Listed { key: key.as_bytes().into(), name }
    }

    fn print(&self, key: &Key, output: &mut Output) -> std::io::Result<()> {
        let written = self.place.key_encoding.encode(key.as_bytes());
        let is_safe = !output.is_terminal || self.place.key_encoding != KeyEncoding::Utf8;
        if is_safe || (is_fit_for_a_terminal(&written) && !written.contains(&b'\n')) {
            output.bytes(&written)?;
        } else {
            output.bytes(preview(&written, usize::MAX).as_bytes())?;
        }
        output.bytes(if self.null { b"\0" } else { b"\n" })
    }
}

impl Missing {
    fn note(&mut self, missing: &dynamo_client::PartitionMissing) {
        self.count += 1;
        // A node that was asked names the partition itself.
        let error = missing.error.to_string();
        let told = if error.starts_with("partition ") { error } else { missing.to_string() };
        self.first.get_or_insert(told);
    }

    fn into_problem(self, partitions: u32) -> Option<Problem> {
        let first = self.first?;
        let count = self.count;
        Some(
            Problem::new(
                Exit::Partly,
                "partitions-missing",
                format!("{count} of {partitions} partitions are missing"),
            )
            .because(first)
            .try_this("`dynamo-ctl status` tells which nodes are down or not compared yet"),
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::output::tests::captured;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        keys: Keys,
    }

    fn printed(arguments: &str, is_terminal: bool, key: &'static [u8]) -> String {
        let line = Line::parse_from(["keys"].into_iter().chain(arguments.split_whitespace()));
        let (mut output, out, _) = captured(None, is_terminal);
        line.keys.print(&Key::new(key).unwrap(), &mut output).unwrap();
        out.text()
    }

    #[test]
    fn keys_go_out_as_they_are_except_to_a_terminal() {
        assert_eq!(printed("", false, b"a\x1bb"), "a\x1bb\n");
        assert_eq!(printed("", true, b"a\x1bb"), "a\\x1bb\n");
        assert_eq!(printed("", true, b"a\nb"), "a\\nb\n");
        assert_eq!(printed("-0", false, b"a\nb"), "a\nb\0");
        assert_eq!(printed("--key-encoding hex", true, b"a\x1bb"), "611b62\n");
    }

    #[test]
    fn missing_partitions_are_counted_and_the_first_is_told() {
        assert_eq!(Missing::default().into_problem(8), None);
        let problem = Missing { count: 2, first: Some("partition 5 …".into()) }.into_problem(8).unwrap();
        assert_eq!((problem.exit.code(), problem.error.as_str()), (3, "2 of 8 partitions are missing"));
    }
}
