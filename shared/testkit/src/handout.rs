//! What is handed out beside a program: completions and manual pages, made from its command line, kept in the
//! repository, and compared by a test. `UPDATE=1` writes them anew.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

const MANUAL: &str = "Dynamo Manual";

/// A program and what is to be said of it beyond its command line.
pub struct Handouts {
    /// Its command line.
    pub command: Command,
    /// The day of the last change to what the manual says, `2026-01-31`. Not the day of the build: that can be repeated.
    pub date: &'static str,
    /// Sections for the page of that name (`dynamo-node-run`), after those that follow from the command line.
    pub sections: fn(&str) -> Vec<Section>,
}

/// A section of a manual page.
#[derive(Debug, Clone, Copy)]
pub enum Section {
    /// Commands, each with what it is for.
    Examples(&'static [(&'static str, &'static str)]),
    /// Under a title, words and what they mean.
    Terms(&'static str, &'static [(&'static str, &'static str)]),
    /// Other pages, of section 1.
    SeeAlso(&'static [&'static str]),
}

/// A file to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub contents: Vec<u8>,
}

impl Handouts {
    /// Every completion script, under the names that the shells look for: bash, zsh, fish.
    pub fn completions(&self) -> Vec<Page> {
        let program = self.command.get_name();
        let script = |shell, name| {
            let mut contents = Vec::new();
            clap_complete::generate(shell, &mut self.command.clone(), program, &mut contents);
            Page { name, contents }
        };
        vec![
            script(Shell::Bash, format!("{program}.bash")),
            script(Shell::Zsh, format!("_{program}")),
            script(Shell::Fish, format!("{program}.fish")),
        ]
    }

    /// A manual page for the program and for each of its commands.
    pub fn manual(&self) -> Vec<Page> {
        let mut tree = self.command.clone().disable_help_subcommand(true);
        tree.build();
        let mut pages = Vec::new();
        self.pages_of(&tree, &mut pages);
        pages
    }

    /// Compares what is in `completions/` and `man/` above this package's folder; writes it if `UPDATE` is set.
    pub fn compare(&self, package: &Path) {
        let program = self.command.get_name().to_owned();
        let top = package.parent().expect("a package lies in the workspace");
        compare(&top.join("completions"), &program, &self.completions());
        compare(&top.join("man"), &program, &self.manual());
    }

    /// Has the manual pages read by mandoc and the completions by their shells; those of them that are not installed are
    /// left out, and named in what is returned.
    pub fn check(&self) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut missing = Vec::new();
        let mut understood = |reader: &str, arguments: &[&str], page: &Page| {
            let path = folder.path().join(&page.name);
            fs::write(&path, &page.contents).expect("the folder is ours");
            match Process::new(reader).args(arguments).arg(&path).output() {
                Ok(read) => {
                    let said = [read.stdout, read.stderr].concat();
                    assert!(read.status.success(), "{}: {}", page.name, String::from_utf8_lossy(&said));
                }
                Err(_) => missing.push(reader.to_owned()),
            }
        };
        for page in self.manual() {
            understood("mandoc", &["-T", "lint", "-W", "error"], &page);
        }
        for (page, shell) in self.completions().iter().zip(["bash", "zsh", "fish"]) {
            understood(shell, &["-n"], page);
        }
        missing
    }

    fn pages_of(&self, command: &Command, pages: &mut Vec<Page>) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        let contents = self.page(command, &name).expect("memory can be written to");
        pages.push(Page { name: format!("{name}.1"), contents });
        for below in command.get_subcommands() {
            self.pages_of(below, pages);
        }
    }

    fn page(&self, command: &Command, name: &str) -> io::Result<Vec<u8>> {
        let version = self.command.get_version().unwrap_or_default();
        let man = Man::new(command.clone())
            .title(name.to_uppercase())
            .date(self.date)
            .source(format!("dynamo {version}"))
            .manual(MANUAL);
        let mut page = Vec::new();
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        if command.get_arguments().next().is_some() {
            man.render_options_section(&mut page)?;
        }
        if command.has_subcommands() {
            man.render_subcommands_section(&mut page)?;
        }
        for section in (self.sections)(name) {
            section.roff().to_writer(&mut page)?;
        }
        Ok(without_repetition(&page))
    }
}

/// Each part was rendered on its own and defines the same two strings before it begins; once is enough.
fn without_repetition(page: &[u8]) -> Vec<u8> {
    let page = String::from_utf8_lossy(page);
    let is_definition = |line: &&str| line.starts_with(".ie \\n(.g .ds Aq") || line.starts_with(".el .ds Aq");
    let once = page.lines().take_while(is_definition);
    let rest = page.lines().filter(|line| !is_definition(line));
    once.chain(rest).flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

impl Section {
    fn roff(self) -> Roff {
        let mut roff = Roff::new();
        match self {
            Self::Examples(examples) => {
                roff.control("SH", ["EXAMPLES"]);
                for (purpose, line) in examples {
                    roff.control("PP", []).text([roman(*purpose)]);
                    roff.control("PP", []).control("RS", ["4"]).control("nf", []);
                    roff.text(lines(line));
                    roff.control("fi", []).control("RE", []);
                }
            }
            Self::Terms(title, terms) => {
                roff.control("SH", [title]);
                for (term, meaning) in terms {
                    roff.control("TP", []).text([bold(*term)]).text([roman(*meaning)]);
                }
            }
            Self::SeeAlso(pages) => {
                roff.control("SH", ["SEE ALSO"]);
                let last = pages.len().saturating_sub(1);
                let named = pages
                    .iter()
                    .enumerate()
                    .flat_map(|(at, page)| [bold(*page), roman(if at == last { "(1)" } else { "(1), " })]);
                roff.text(named.collect::<Vec<_>>());
            }
        }
        roff
    }
}

fn lines(text: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            inlines.push(Inline::LineBreak);
        }
        inlines.push(roman(line));
    }
    inlines
}

/// Compares every page with its file, and finds files that no page belongs to any more.
fn compare(folder: &Path, program: &str, pages: &[Page]) {
    let wanted: BTreeSet<&str> = pages.iter().map(|page| page.name.as_str()).collect();
    let stale: Vec<PathBuf> = files_of(folder, program)
        .into_iter()
        .filter(|path| path.file_name().is_none_or(|name| !wanted.contains(&*name.to_string_lossy())))
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        stale.iter().for_each(|path| fs::remove_file(path).expect("it was just there"));
        for page in pages {
            fs::write(folder.join(&page.name), &page.contents).expect("the repository can be written to");
        }
        return;
    }
    assert!(stale.is_empty(), "nothing makes {stale:?} any more; UPDATE=1 removes them");
    for page in pages {
        let there = fs::read(folder.join(&page.name)).unwrap_or_default();
        assert!(there == page.contents, "{} is old; run the tests with UPDATE=1", page.name);
    }
}

/// What a program has in a folder: `_dynamo-top`, `dynamo-top.bash`, `dynamo-top-help.1`.
fn files_of(folder: &Path, program: &str) -> Vec<PathBuf> {
    let is_its_own = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.trim_start_matches('_').starts_with(program)
    };
    let entries = fs::read_dir(folder).expect("the folder is in the repository");
    entries.flatten().map(|entry| entry.path()).filter(is_its_own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    fn handouts() -> Handouts {
        let below = Command::new("walk").about("Walks.").arg(Arg::new("far").long("far").help("How far"));
        Handouts {
            command: Command::new("tool").version("1.2").about("Does things.").subcommand(below),
            date: "2026-01-31",
            sections: |name| match name {
                "tool-walk" => vec![
                    Section::Examples(&[("Walk far:", "tool walk --far .5\ntool walk 'it'")]),
                    Section::Terms("EXIT STATUS", &[("0", "It walked.")]),
                    Section::SeeAlso(&["tool", "true"]),
                ],
                _ => vec![],
            },
        }
    }

    #[test]
    fn a_page_says_when_from_where_and_what_was_added() {
        let pages = handouts().manual();
        assert_eq!(
            pages.iter().map(|page| page.name.as_str()).collect::<Vec<_>>(),
            ["tool.1", "tool-walk.1"]
        );
        let walk = String::from_utf8(pages[1].contents.clone()).unwrap();
        let title = ".TH TOOL-WALK 1 2026-01-31 \"dynamo 1.2\" \"Dynamo Manual\"\n";
        for expected in [title, "EXAMPLES", ".SH \"EXIT STATUS\"", "\\fBtool\\fR(1), \\fBtrue\\fR(1)"] {
            assert!(walk.contains(expected), "{expected} in {walk}");
        }
    }

    #[test]
    fn pages_and_scripts_are_understood() {
        handouts().check();
    }

    #[test]
    fn an_old_page_and_a_stale_one_are_found() {
        let top = tempfile::tempdir().unwrap();
        let package = top.path().join("tool");
        for (folder, pages) in [("completions", handouts().completions()), ("man", handouts().manual())] {
            fs::create_dir(top.path().join(folder)).unwrap();
            for page in pages {
                fs::write(top.path().join(folder).join(&page.name), &page.contents).unwrap();
            }
        }
        fs::write(top.path().join("man/other.1"), "").unwrap();
        let is_fresh = || std::panic::catch_unwind(|| handouts().compare(&package)).is_ok();
        assert!(is_fresh());
        fs::write(top.path().join("man/tool-run.1"), "").unwrap();
        assert!(!is_fresh(), "nothing makes tool-run.1");
        fs::remove_file(top.path().join("man/tool-run.1")).unwrap();
        fs::write(top.path().join("man/tool.1"), "").unwrap();
        assert!(!is_fresh(), "tool.1 is old");
    }
}
