//! What is handed out beside the program is what the program would print. `UPDATE=1` writes it anew.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a panic here is a finding, and what was not checked is said"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dynamo_ctl::handouts::{self, Page};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(name)
}

/// Compares every page with its file, and finds files that no page belongs to any more.
fn compare(folder: &Path, pages: &[Page]) {
    let update = std::env::var_os("UPDATE").is_some();
    let wanted: BTreeSet<&str> = pages.iter().map(|page| page.name.as_str()).collect();
    let present =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let stale: Vec<String> = present
        .filter(|name| {
            name.trim_start_matches('_').starts_with("dynamo-ctl") && !wanted.contains(name.as_str())
        })
        .collect();
    if update {
        stale.iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap());
        pages.iter().for_each(|page| fs::write(folder.join(&page.name), &page.contents).unwrap());
        return;
    }
    assert!(stale.is_empty(), "nothing makes {stale:?} any more; UPDATE=1 removes them");
    for page in pages {
        let there = fs::read(folder.join(&page.name)).unwrap_or_default();
        assert!(there == page.contents, "{} is old; run the tests with UPDATE=1", page.name);
    }
}

#[test]
fn completions_are_fresh() {
    compare(&folder("completions"), &handouts::completions());
}

#[test]
fn manual_pages_are_fresh() {
    compare(&folder("man"), &handouts::manual().unwrap());
}

#[test]
fn manual_pages_have_no_errors() {
    let home = tempfile::tempdir().unwrap();
    let pages = handouts::manual().unwrap();
    for page in &pages {
        fs::write(home.path().join(&page.name), &page.contents).unwrap();
    }
    let names = pages.iter().map(|page| home.path().join(&page.name));
    let Ok(lint) = Command::new("mandoc").args(["-T", "lint", "-W", "error"]).args(names).output() else {
        eprintln!("mandoc is not there: not checked");
        return;
    };
    assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));
}

#[test]
fn completion_scripts_are_understood_by_their_shells() {
    let home = tempfile::tempdir().unwrap();
    for (page, shell) in handouts::completions().iter().zip(["bash", "zsh", "fish"]) {
        let path = home.path().join(&page.name);
        fs::write(&path, &page.contents).unwrap();
        let Ok(read) = Command::new(shell).arg("-n").arg(&path).output() else {
            eprintln!("{shell} is not there: not checked");
            continue;
        };
        assert!(read.status.success(), "{shell}: {}", String::from_utf8_lossy(&read.stderr));
    }
}
