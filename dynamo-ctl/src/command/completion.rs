//! `completion`: a completion script, for the packager.

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::handouts;
use crate::problem::Stop;

/// Print a completion script.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "source <(dynamo-ctl completion bash)",
    "dynamo-ctl completion zsh > ~/.zfunc/_dynamo-ctl",
    "dynamo-ctl completion fish > ~/.config/fish/completions/dynamo-ctl.fish",
])]
pub struct Completion {
    /// For which shell.
    #[arg(value_name = "SHELL")]
    shell: ShellName,
}

/// The shells that are tried with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShellName {
    /// GNU bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

impl Completion {
    /// Prints it.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let shell = match self.shell {
            ShellName::Bash => Shell::Bash,
            ShellName::Zsh => Shell::Zsh,
            ShellName::Fish => Shell::Fish,
        };
        app.output.bytes(&handouts::completion(shell))?;
        Ok(Exit::Ok)
    }
}
