//! What is handed out beside the program: completions and manual pages, out of the command tree.
//!
//! The same contents stand in the repository, under `completions/` and `man/`; a test keeps them the same.

use std::io;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::Cli;
use crate::exit::TABLE;

/// The day of the last change to what the manual says. Not the day it was built on: a build can be repeated.
const DATE: &str = "2026-11-22";

const MANUAL: &str = "Dynamo Manual";

/// A file to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub contents: Vec<u8>,
}

/// The completion script for a shell.
pub fn completion(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dynamo-ctl", &mut script);
    script
}

/// Every completion script, under the names that the shells look for.
pub fn completions() -> Vec<Page> {
    [(Shell::Bash, "dynamo-ctl.bash"), (Shell::Zsh, "_dynamo-ctl"), (Shell::Fish, "dynamo-ctl.fish")]
        .map(|(shell, name)| Page { name: name.to_owned(), contents: completion(shell) })
        .to_vec()
}

/// A manual page for every command, `dynamo-ctl.1` first.
pub fn manual() -> io::Result<Vec<Page>> {
    let mut tree = Cli::command();
    tree.build();
    let mut pages = Vec::new();
    pages_of(&tree, None, &mut pages)?;
    Ok(pages)
}

fn pages_of(command: &Command, above: Option<&str>, pages: &mut Vec<Page>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    pages.push(Page { name: format!("{name}.1"), contents: page(command, &name, above)? });
    for below in command.get_subcommands() {
        pages_of(below, Some(&name), pages)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str, above: Option<&str>) -> io::Result<Vec<u8>> {
    let source = format!("dynamo {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(name.to_uppercase()).date(DATE).source(source).manual(MANUAL);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        man.render_options_section(&mut page)?;
    }
    if command.get_subcommands().next().is_some() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut more = Roff::default();
    examples(&mut more, command);
    exit_status(&mut more);
    environment(&mut more);
    files(&mut more);
    see_also(&mut more, command, above);
    more.to_writer(&mut page)?;
    Ok(defined_once(&page))
}

/// Each part is rendered on its own and begins with the same two definitions; once is enough.
fn defined_once(page: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(page);
    let mut defined = 0;
    let wanted = text.lines().filter(|line| {
        let is_definition = line.starts_with(".ie \\n(.g .ds Aq") || line.starts_with(".el .ds Aq");
        defined += usize::from(is_definition);
        !is_definition || defined <= 2
    });
    wanted.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

fn examples(roff: &mut Roff, command: &Command) {
    let Some(examples) = command.get_before_help() else { return };
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for line in examples.to_string().lines().skip(1) {
        roff.text([roman(line.trim_start())]);
    }
    roff.control("fi", []);
}

fn terms<'a>(roff: &mut Roff, heading: &str, terms: impl IntoIterator<Item = (String, &'a str)>) {
    roff.control("SH", [heading]);
    for (term, text) in terms {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text([roman(text)]);
    }
}

fn exit_status(roff: &mut Roff) {
    terms(roff, "EXIT STATUS", TABLE.iter().map(|(exit, text)| (exit.code().to_string(), *text)));
}

fn environment(roff: &mut Roff) {
    let variables = [
        ("DYNAMO_PROFILE", "The profile, where --profile names none."),
        ("DYNAMO_CONFIG", "The file of profiles, where --config names none."),
        (
            "DYNAMO_TIMEOUT",
            "How long anything that crosses the network may take, where --timeout says nothing.",
        ),
        ("DYNAMO_OUTPUT", "How results are written, where --output says nothing."),
        ("DYNAMO_BUCKET", "The bucket of get, put, delete and keys, where --bucket names none."),
        ("NO_COLOR, CLICOLOR_FORCE, TERM", "Whether there is colour, where --color says nothing."),
    ];
    terms(roff, "ENVIRONMENT", variables.map(|(name, text)| (name.to_owned(), text)));
}

fn files(roff: &mut Roff) {
    let file = "~/.config/dynamo/config.toml";
    terms(roff, "FILES", [(file.to_owned(), "The profiles: which cluster, as whom.")]);
}

fn see_also(roff: &mut Roff, command: &Command, above: Option<&str>) {
    let own = command.get_display_name().unwrap_or_else(|| command.get_name());
    let below = command.get_subcommands().map(|below| {
        let name = below.get_display_name().unwrap_or_else(|| below.get_name());
        format!("{name}(1)")
    });
    let others = ["dynamo-node(1)", "dynamo-top(1)"].map(str::to_owned);
    let up = above.map(|above| format!("{above}(1)"));
    let root = (own != "dynamo-ctl" && above != Some("dynamo-ctl")).then(|| "dynamo-ctl(1)".to_owned());
    let all: Vec<String> = root.into_iter().chain(up).chain(below).chain(others).collect();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(all.join(", "))]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_date_source_and_manual() {
        let pages = manual().unwrap();
        let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
        assert_eq!(names[0], "dynamo-ctl.1");
        for wanted in ["dynamo-ctl-get.1", "dynamo-ctl-cluster-init.1", "dynamo-ctl-profile-use.1"] {
            assert!(names.contains(&wanted), "{names:?}");
        }
        for page in &pages {
            let text = String::from_utf8(page.contents.clone()).unwrap();
            let title = text.lines().find(|line| line.starts_with(".TH")).unwrap();
            assert!(title.contains(DATE) && title.contains("dynamo 0.") && title.contains(MANUAL), "{title}");
            for section in ["NAME", "SYNOPSIS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"] {
                assert!(text.contains(section), "{} has no {section}", page.name);
            }
        }
    }
}
