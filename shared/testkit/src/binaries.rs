//! Where the programs are, and that they are the ones of this source.
//!
//! Cargo tells a test only of its own package's binaries, so the others are looked for where it puts them all: two
//! folders above the running test. `cargo build` also leaves a list of every source file beside each program; where there
//! is none (`cargo test` leaves none) every source of the workspace is looked at. A program that is as new as all of
//! them is taken as it is, which costs a few hundred `stat`s and no lock. Only one that is missing or older is built,
//! once a process, by the cargo that runs the test. (Building always would be simpler, but
//! `cargo build` and `cargo test` choose features of dependencies differently, and would rebuild half the tree in
//! turns.) A change of a manifest alone is not noticed; `cargo test --workspace` has built everything by then.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::SystemTime;

/// The programs that this process has looked at; held while building, so that it is done once.
static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The path of a program of this workspace whose package has its name, up to date.
pub(crate) fn path(name: &str) -> PathBuf {
    let folder = folder();
    let program = folder.join(name);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if !known.contains(name) {
        if !is_fresh(&program) {
            build(name, &folder);
        }
        assert!(program.is_file(), "cargo built {name}, but {} is not there", program.display());
        known.insert(name.to_owned());
    }
    program
}

/// `target/debug`, of the test that runs: `target/debug/deps/dev-0123456789abcdef`.
fn folder() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    test.ancestors().nth(2).expect("cargo puts tests two folders deep").to_owned()
}

fn is_fresh(program: &Path) -> bool {
    let Some(built) = modified(program) else { return false };
    let sources = match fs::read_to_string(program.with_extension("d")) {
        Ok(list) => sources(&list),
        Err(_) => workspace_sources(),
    };
    !sources.is_empty() && sources.iter().all(|source| modified(source).is_some_and(|at| at <= built))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// Every source file of the workspace's programs and libraries.
fn workspace_sources() -> Vec<PathBuf> {
    let testkit = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = testkit.ancestors().nth(2).expect("the testkit lies two folders deep");
    let mut sources = Vec::new();
    let mut folders = vec![(root.to_owned(), false)];
    while let Some((folder, is_source)) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
                folders.push((path, is_source || name == "src"));
            } else if is_source && path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources
}

/// The right side of `program: source source ...`; a blank within a path is written `\ `.
fn sources(list: &str) -> Vec<PathBuf> {
    let Some((_, right)) = list.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    right
        .replace("\\ ", "\0")
        .split_ascii_whitespace()
        .map(|path| PathBuf::from(path.replace('\0', " ")))
        .collect()
}

fn build(name: &str, folder: &Path) {
    let profile = match folder.file_name().and_then(|profile| profile.to_str()) {
        None | Some("debug") => "dev",
        Some(other) => other,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--package", name, "--bin", name, "--profile", profile])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "cannot build {name}:\n{}", String::from_utf8_lossy(&built.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_with_their_blanks() {
        let list = "/t/debug/dynamo-node: /s/a.rs /s/with\\ blank/b.rs\n\n/s/a.rs:\n";
        assert_eq!(sources(list), [Path::new("/s/a.rs"), Path::new("/s/with blank/b.rs")]);
        assert_eq!(sources(""), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_program_is_old_when_a_source_is_newer_or_gone() {
        let folder = tempfile::tempdir().unwrap();
        let [source, program] = ["a.rs", "program"].map(|name| folder.path().join(name));
        fs::write(&source, "").unwrap();
        fs::write(&program, "").unwrap();
        assert!(is_fresh(&program), "without a list it is as new as the whole workspace");
        fs::File::open(&program).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(!is_fresh(&program), "and here it is older");
        fs::write(folder.path().join("program.d"), format!("{}: {}\n", program.display(), source.display()))
            .unwrap();
        let built = modified(&program).unwrap();
        let set = |at: SystemTime| fs::File::open(&source).unwrap().set_modified(at).unwrap();
        set(built);
        assert!(is_fresh(&program));
        set(built + std::time::Duration::from_secs(1));
        assert!(!is_fresh(&program));
        fs::remove_file(&source).unwrap();
        assert!(!is_fresh(&program));
    }
}
