//! The same model as text, for pipes: a table or a JSON object for each look, flushed each time. A closed pipe is a
//! quiet end.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::app::{App, Event};
use crate::cli::Output;
use crate::feed::Feed;
use crate::model::{Model, Short};
use crate::screen::ask;

/// The version of the JSON objects; it grows when a field changes its meaning, not when one is added.
const SCHEMA: u32 = 1;

/// How long a look waits for nodes that do not answer.
const LOOK_LIMIT: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
struct Look<'a> {
    schema: u32,
    at_ms: u64,
    #[serde(flatten)]
    model: &'a Model,
}

/// Writes look after look; `true`: at least one node answered at some time.
pub async fn run(
    mut feed: Feed,
    mut app: App,
    delay: Duration,
    looks: Option<u64>,
    output: Output,
    to: &mut impl Write,
) -> io::Result<bool> {
    let mut ticks = interval(delay);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut looked = 0;
    while looks.is_none_or(|looks| looked < looks) {
        ticks.tick().await;
        look(&mut feed, &mut app).await;
        looked += 1;
        let written = to.write_all(text(&app, output)?.as_bytes()).and_then(|()| to.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(app.sources.values().any(|source| source.last.is_some()))
}

/// Asks, and takes in what comes within the limit; on the first look also from nodes that only the declared state
/// names.
async fn look(feed: &mut Feed, app: &mut App) {
    let had_map = app.map.is_some();
    ask(feed, app);
    let all = async {
        while let Some(event) = feed.next().await {
            app.update(event);
        }
        if !had_map && app.map.is_some() {
            // Those that were heard are not asked twice: a rate over a moment would be noise.
            feed.ask(&app.unheard(), false);
            while let Some(event) = feed.next().await {
                app.update(event);
            }
        }
    };
    if timeout(LOOK_LIMIT, all).await.is_err() {
        for address in feed.owing() {
            let answer = Err(format!("no answer within {} s", LOOK_LIMIT.as_secs()));
            app.update(Event::Heard { at_ms: feed.now_ms(), address, answer });
        }
    }
    app.update(Event::Ticked { now_ms: feed.now_ms() });
}

fn text(app: &App, output: Output) -> io::Result<String> {
    let model = Model::of(app);
    match output {
        Output::Table => Ok(table(&model)),
        Output::Json => {
            let look = Look { schema: SCHEMA, at_ms: app.now_ms, model: &model };
            let line = serde_json::to_string(&look).map_err(io::Error::other)?;
            Ok(format!("{line}\n"))
        }
    }
}

fn table(model: &Model) -> String {
    let head = &model.headline;
    let known = |version: Option<u64>| version.map_or_else(|| "?".to_owned(), |version| version.to_string());
    let mut text = String::new();
    let name = head.cluster.as_deref().unwrap_or(&head.profile);
    // Writing to a string does not fail.
    let _ =
        writeln!(text, "{name}  ring {}  {} of {} nodes up", known(head.version), head.up, model.nodes.len());
    for trouble in &model.troubles {
        let _ = writeln!(text, "! {trouble}");
    }
    let _ = writeln!(
        text,
        "{:<21} ST {:>5} {:>5} {:>7} {:>5} {:>6} {:>6} {:>6} {:>6}",
        "NODE", "OWN", "CMP", "RECORDS", "CONFL", "HINTS", "GET/S", "PUT/S", "DISK"
    );
    for row in &model.nodes {
        let _ = writeln!(
            text,
            "{:<21} {} {:>5} {:>5} {:>7} {:>5} {:>6} {:>6} {:>6} {:>6}",
            row.name,
            row.state,
            Short::of(row.owned.map(u64::from)),
            Short::of(row.compared.map(u64::from)),
            Short::of(row.records),
            Short::of(row.conflicts),
            Short::of(row.hints),
            Short(row.gets_per_s),
            Short(row.puts_per_s),
            Short::of(row.disk_used_bytes),
        );
    }
    text.push('\n');
    text
}
