//! `put`: writes a value, over what was seen or beside what is there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use dynamo_client::{Client, GetOptions, PutOptions};
use serde::Serialize;
use shared::context::Context;
use shared::id::Name;
use shared::key::{Key, Value};
use shared::level::Durability;
use shared::wire::client::Written;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::place::{Place, Whereabouts, WriteArgs};
use crate::exit::Exit;
use crate::output::{Document, NoItem, Output};
use crate::problem::{Problem, Stop};
use crate::stdio;
use crate::text::{JsonBytes, bytes_for_people, duration, preview};

/// Write a value.
///
/// Without a context nothing is replaced: on a key that has a value, the new one becomes a sibling of it, and this is
/// said on standard error. With `--update` the key is read first, and what was read is replaced; with `--context-in`,
/// what an earlier get saw.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl put cart:42 milk",
    "dynamo-ctl put cart:42 --update eggs",
    "dynamo-ctl put photo @photo.jpg --durability synced",
    "date | dynamo-ctl put now - --ttl 1h",
    "dynamo-ctl get cart:42 --context-out seen && dynamo-ctl put cart:42 eggs --context-in seen",
])]
pub struct Put {
    /// The key.
    #[arg(value_name = "KEY")]
    key: OsString,
    /// The value: as it stands, `-` for standard input, or @FILE for a file's bytes.
    #[arg(value_name = "VALUE")]
    value: OsString,
    /// Take the value as it stands, even if it is `-` or begins with @.
    #[arg(long)]
    literal: bool,
    /// Where it is.
    #[command(flatten)]
    place: Place,
    /// How it counts.
    #[command(flatten)]
    write: WriteArgs,
    /// After this time the value hides.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    ttl: Option<Duration>,
    /// Read the key first, and replace what was read.
    #[arg(short, long, conflicts_with = "context_in")]
    update: bool,
    /// Replace what the context in this file saw; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    context_in: Option<PathBuf>,
    /// Write the new context to this file.
    #[arg(long, value_name = "FILE")]
    context_out: Option<PathBuf>,
    /// Only say where it would be written.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Put {
    /// Writes, and says what came of it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        if stdio::read_it_twice(&self.value, self.literal, self.context_in.as_deref()) {
            return Err(Problem::usage("value and context cannot both come from standard input").into());
        }
        let key = self.place.key(&self.key)?;
        let value = stdio::value(&self.value, self.literal).await?;
        let given = match &self.context_in {
            Some(path) => Some(stdio::context_in(path).await?),
            None => None,
        };
        let client = app.client().await?;
        if self.dry_run {
            let whereabouts = Whereabouts::of(&client, &self.place.bucket, &key)?;
            return would_write(&mut app.output, "put", whereabouts, value.len()).map_err(Stop::from);
        }
        let context = if self.update { Some(self.seen(&client, &key, app).await?) } else { given };
        let options = PutOptions {
            context,
            w: self.write.w,
            strict: self.write.strictness.wanted(),
            durability: self.write.durability,
            time_to_live: self.ttl,
            timeout: Some(app.timeout()),
        };
        let written = self.put(&client, &key, value, &options).await?;
        if let Some(path) = &self.context_out {
            receipt(&mut app.output, path, &written)?;
        }
        let done = Done::new("put", &self.place.bucket, &key, &written);
        done.tell(&mut app.output, options.context.is_some())?;
        Ok(Exit::Ok)
    }

    async fn seen(&self, client: &Client, key: &Key, app: &App) -> Result<Context, Stop> {
        let strict = self.write.strictness.wanted();
        let options = GetOptions { r: None, strict, timeout: Some(app.timeout()) };
        Ok(client.get(&self.place.bucket, key, &options).await?.context)
    }

    async fn put(
        &self,
        client: &Client,
        key: &Key,
        value: Value,
        options: &PutOptions,
    ) -> Result<Written, Stop> {
        Ok(client.put(&self.place.bucket, key, value, options).await?)
    }
}

/// What a write would do.
#[derive(Debug, Serialize)]
struct WouldWrite {
    verb: &'static str,
    value_bytes: usize,
    #[serde(flatten)]
    whereabouts: Whereabouts,
}

/// Says what a write would do.
pub(crate) fn would_write(
    output: &mut Output,
    verb: &'static str,
    whereabouts: Whereabouts,
    value_bytes: usize,
) -> std::io::Result<Exit> {
    let what = if verb == "put" { bytes_for_people(value_bytes as u64) } else { "a deletion".to_owned() };
    let lines = vec![format!("would write {what} to {}", whereabouts.line())];
    let head = WouldWrite { verb, value_bytes, whereabouts };
    output.document(&Document::<_, NoItem> { kind: "dry-run", head, lines, items: Vec::new() })?;
    Ok(Exit::Ok)
}

/// What a write did.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    verb: &'static str,
    bucket: Name,
    key: JsonBytes,
    siblings: u32,
    replicas: u8,
    fallbacks: u8,
    durability: Durability,
    context: Option<String>,
    #[serde(skip)]
    name: String,
}

/// Writes what replaces this value into a file; says so where there is no such thing.
pub(crate) fn receipt(output: &mut Output, path: &Path, written: &Written) -> Result<(), Problem> {
    let Some(context) = &written.context else {
        output.note("no context was written: the key has other siblings, and only a get sees them");
        return Ok(());
    };
    stdio::context_out(path, context)
}

impl Done {
    pub(crate) fn new(verb: &'static str, bucket: &Name, key: &Key, written: &Written) -> Self {
        Self {
            verb,
            bucket: bucket.clone(),
            key: key.as_bytes().into(),
            siblings: written.siblings,
            replicas: written.replicas,
            fallbacks: written.fallbacks,
            durability: written.durability,
            context: written.context.as_ref().map(Context::to_string),
            name: preview(key.as_bytes(), 80),
        }
    }

    /// Nothing on standard output unless a format was asked for; siblings are always worth a word.
    pub(crate) fn tell(self, output: &mut Output, had_context: bool) -> std::io::Result<()> {
        if self.siblings > 1 {
            let (name, siblings) = (&self.name, self.siblings);
            output.note(&if had_context {
                format!("`{name}` has {siblings} siblings now: somebody else wrote it at the same time")
            } else {
                format!("`{name}` had a value; this one is a sibling of it now ({siblings} in all). --update replaces")
            });
        }
        output.detail(&format!(
            "{} by {} replicas, {} of them fallbacks, {}",
            if self.verb == "put" { "written" } else { "deleted" },
            self.replicas,
            self.fallbacks,
            self.durability
        ));
        if output.format.is_none() {
            return Ok(());
        }
        let lines = vec![format!("{}: {} sibling(s), {} replicas", self.name, self.siblings, self.replicas)];
        output.document(&Document::<_, NoItem> { kind: "written", head: self, lines, items: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;
    use crate::output::tests::captured;

    fn told(siblings: u32, had_context: bool, format: Option<Format>) -> (String, String) {
        let (mut output, out, err) = captured(format, false);
        let context = Some(Context::new("new").unwrap());
        let written =
            Written { context, siblings, replicas: 2, fallbacks: 0, durability: Durability::Synced };
        let key = Key::new("cart:42").unwrap();
        Done::new("put", &"default".parse().unwrap(), &key, &written).tell(&mut output, had_context).unwrap();
        (out.text(), err.text())
    }

    #[test]
    fn a_put_is_silent_unless_it_made_a_sibling() {
        assert_eq!(told(1, false, None), (String::new(), String::new()));
        let (out, err) = told(2, false, None);
        assert_eq!(out, "");
        assert_eq!(
            err,
            "note: `cart:42` had a value; this one is a sibling of it now (2 in all). --update replaces\n"
        );
        assert!(told(2, true, None).1.contains("somebody else wrote it at the same time"));
    }

    #[test]
    fn programs_are_told_what_was_written() {
        let (out, _) = told(1, false, Some(Format::Jsonl));
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["kind"], "written");
        assert_eq!(json["key"]["utf8"], "cart:42");
        assert_eq!((&json["durability"], &json["siblings"]), (&"synced".into(), &1.into()));
    }
}
