//! The administrator's tool of Dynamo, as a library for its own `main.rs` and its tests.
//!
//! | room | noun |
//! |---|---|
//! | [`cli`] | the command tree: the only source of manual pages and completions |
//! | [`app`] | what every command needs: settings, profile, links |
//! | [`members`] | the cluster as its members tell it: whom to ask, and what they are called |
//! | [`command`] | one verb a file |
//! | [`form`] | the shapes of machine output that several commands share, and of plan files |
//! | [`consent`] | whether somebody agrees to a change |
//! | [`progress`] | how far an operation is: the reckoning, and bars, lines or JSON of it |
//! | [`output`] | the only room that prints, but for the bars of `progress` |
//! | [`problem`] | what went wrong, for people and for programs |
//! | [`exit`] | the table of exit codes |
//! | [`text`] | between bytes and text |
//! | [`stdio`] | values and contexts out of and into files and pipes |
//! | [`handouts`] | completions and manual pages |
//!
//! Deliberately absent: any knowledge of the protocol; that is `dynamo-client`'s.

pub mod app;
pub mod cli;
pub mod command;
pub mod consent;
pub mod exit;
pub mod form;
pub mod handouts;
pub mod members;
pub mod output;
pub mod problem;
pub mod progress;
#[cfg(test)]
mod stage;
pub mod stdio;
#[cfg(test)]
mod tests;
pub mod text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::app::App;
use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::{Colour, Format, Output};
use crate::problem::{Problem, Stop};

/// Runs the program with these arguments, the program's name first, and returns how it ends.
pub fn run(arguments: &[OsString]) -> ExitCode {
    let matches = match Cli::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return not_understood(arguments, &error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return not_understood(arguments, &error),
    };
    let output = Output::of_process(cli.global.output, cli.global.color, cli.global.verbose > 0);
    log_to_stderr(cli.global.verbose);
    let mut app = App::new(cli.global, &matches, output);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        app.output.problem(&Problem::new(Exit::Other, "runtime", "this machine gives no sockets or timers"));
        return Exit::Other.code().into();
    };
    let exit = runtime.block_on(async {
        let exit = tokio::select! {
            done = command::run(&cli.command, &mut app) => done,
            _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        };
        if let (Ok(Exit::Interrupted), Some(word)) = (&exit, app.if_interrupted.take()) {
            app.output.interrupted(&word);
        }
        app.close().await;
        exit
    });
    // A thread that still waits for standard input must not hold up the end.
    runtime.shutdown_background();
    let exit = exit.and_then(|exit| app.output.flush().map(|()| exit).map_err(Stop::from));
    match exit {
        Ok(exit) => exit.code().into(),
        Err(Stop::ClosedPipe) => Exit::Ok.code().into(),
        Err(Stop::Problem(problem)) => {
            // What was written before belongs before it.
            let _ = app.output.flush();
            app.output.problem(&problem);
            problem.exit.code().into()
        }
    }
}

/// Help and version are results; anything else is a wrong command line.
fn not_understood(arguments: &[OsString], error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        output::print_help(error);
        return Exit::Ok.code().into();
    }
    if asks_for_json(arguments) {
        let rendered = error.render().to_string();
        let what = rendered.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let mut output = Output::of_process(Some(Format::Json), Colour::Never, false);
        output.problem(&Problem::usage(what).try_this("--help tells what there is"));
    } else {
        output::print_help(error);
    }
    Exit::Usage.code().into()
}

/// Whether a command line that is otherwise not understood asks for JSON.
fn asks_for_json(arguments: &[OsString]) -> bool {
    let is_json = |format: &str| matches!(format, "json" | "jsonl");
    let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(text) = texts.next() {
        let format = match text {
            "-o" | "--output" => texts.next(),
            _ => text.strip_prefix("--output=").or_else(|| text.strip_prefix("-o")),
        };
        if format.is_some_and(is_json) {
            return true;
        }
    }
    false
}

/// What libraries have to say: nothing, unless it is asked for.
fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 | 1 => return,
        2 => tracing::Level::INFO,
        3 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    // Only a second call could fail, and there is none.
    let _ = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).try_init();
}
