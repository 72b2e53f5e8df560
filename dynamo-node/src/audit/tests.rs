//! What the audit promises, on a disk: chains that hold and breaks that are found, torn ends, full files, folding.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::mpsc::channel;

use shared::error::Failure;
use shared::wire::admin::Done;
use shared::wire::audit::{AuditEntry, AuditKind, Chain};
use tempfile::TempDir;

use super::*;

struct Stage {
    home: TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn files(&self, bytes_max: u64) -> Arc<Files> {
        Arc::new(Files::new(self.home.path().to_owned(), bytes_max))
    }

    fn newest(&self) -> PathBuf {
        self.files(0).newest()
    }

    /// Starts the audit, has these notes written, and closes it.
    fn write(&self, notes: &[&str]) {
        let mut log = Log::new(self.files(files::FILE_BYTES_MAX));
        log.reopen().unwrap();
        for note in notes {
            log.append(vec![events::note((*note).to_owned())]).unwrap();
        }
    }

    fn entries(&self) -> Vec<AuditEntry<serde_json::Value>> {
        let lines = pages::page(&self.files(0), 0, 1000).unwrap();
        lines.iter().filter_map(|line| serde_json::from_str(&line.text).ok()).collect()
    }

    /// What the notes say, and whether the chain holds.
    fn read(&self) -> (Vec<String>, bool) {
        let mut chain = Chain::default();
        let lines = pages::page(&self.files(0), 0, 1000).unwrap();
        let holds = lines.iter().all(|line| chain.follow(line.text.as_bytes()).is_ok());
        (self.entries().into_iter().map(|entry| entry.event.what).collect(), holds)
    }
}

fn caller() -> Caller {
    Caller { known: Some(("admin alice".into(), "7f".into())), from: ([127, 0, 0, 1], 4000).into() }
}

#[test]
fn lines_are_numbered_chained_and_their_owners_only() {
    let stage = Stage::new();
    stage.write(&["one", "two"]);
    stage.write(&["three"]);
    let (notes, holds) = stage.read();
    assert_eq!(notes, ["one", "two", "three"]);
    assert!(holds);
    let numbers: Vec<_> = stage.entries().iter().map(|entry| entry.sequence).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(fs::metadata(stage.newest()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_changed_byte_is_reported_at_the_next_start_and_appending_goes_on() {
    let stage = Stage::new();
    stage.write(&["one", "two", "three"]);
    let text = fs::read_to_string(stage.newest()).unwrap();
    fs::write(stage.newest(), text.replace("two", "TWO")).unwrap();
    assert!(!stage.read().1);
    stage.write(&["four"]);
    let (notes, holds) = stage.read();
    assert_eq!([&notes[..3], &notes[4..]].concat(), ["one", "TWO", "three", "four"]);
    assert!(notes[3].contains("the chain is broken: line 2 was changed"), "{}", notes[3]);
    assert!(!holds, "who reads it finds it too");
    let numbers: Vec<_> = stage.entries().iter().map(|entry| entry.sequence).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    stage.write(&["five"]);
    assert_eq!(stage.read().0.len(), 6, "it is reported once");
}

#[test]
fn a_line_that_is_garbage_or_missing_is_reported() {
    for damage in [|line: &str| line.replace('{', "("), |_: &str| String::new()] {
        let stage = Stage::new();
        stage.write(&["one", "two", "three"]);
        let text = fs::read_to_string(stage.newest()).unwrap();
        let second = text.lines().nth(1).unwrap();
        fs::write(stage.newest(), text.replace(second, &damage(second))).unwrap();
        stage.write(&[]);
        let (notes, holds) = stage.read();
        assert!(notes.last().unwrap().contains("the chain is broken"), "{notes:?}");
        assert!(!holds);
    }
}

#[test]
fn a_torn_end_is_set_aside_and_noted_and_the_chain_holds() {
    let stage = Stage::new();
    stage.write(&["one", "two"]);
    let text = fs::read_to_string(stage.newest()).unwrap();
    fs::write(stage.newest(), &text[..text.len() - 10]).unwrap();
    stage.write(&["three"]);
    let (notes, holds) = stage.read();
    assert_eq!((notes[0].as_str(), notes[2].as_str()), ("one", "three"));
    assert!(notes[1].contains("cut short") && notes[1].contains("audit.torn.2"), "{}", notes[1]);
    assert!(holds);
    let torn = fs::read_to_string(stage.home.path().join("audit.torn.2")).unwrap();
    assert!(torn.starts_with("{\"sequence\":2,"), "{torn}");
}

#[test]
fn full_files_are_numbered_and_the_chain_goes_on_over_them_and_over_starts() {
    let stage = Stage::new();
    for start in 0..3 {
        let mut log = Log::new(stage.files(500));
        for n in 0..5 {
            log.append(vec![events::note(format!("{start}.{n}"))]).unwrap();
        }
    }
    let files = stage.files(0).in_order().unwrap();
    assert!(files.len() > 3, "{files:?}");
    let (notes, holds) = stage.read();
    assert_eq!(notes.len(), 15);
    assert!(holds);
    for after in 0..15 {
        let page = pages::page(&stage.files(0), after, 2).unwrap();
        let numbers: Vec<_> = page.iter().map(|line| line.sequence).collect();
        let wanted: Vec<_> = (after + 1..=15).take(2).collect();
        assert_eq!(numbers, wanted);
    }
    assert_eq!(pages::page(&stage.files(0), 15, 2).unwrap(), []);
    assert_eq!(pages::page(&stage.files(0), u64::MAX, 2).unwrap(), []);

    // The newest file is new: its first line still has to follow the last of the file before.
    stage.files(0).number_newest().unwrap();
    stage.write(&["after"]);
    assert!(stage.read().1);
}

#[tokio::test]
async fn a_request_is_on_the_disk_before_it_is_acted_on_and_its_answer_before_it_is_told() {
    let stage = Stage::new();
    let audit = Audit::open(stage.home.path(), "a start").unwrap();
    let auditor = audit.auditor();
    let asked = auditor.asked(&caller(), &Admin::Pause { pause: true }, 4).await.unwrap();
    let line = stage.entries().pop().unwrap();
    assert_eq!((line.event.kind, line.event.state_before), (AuditKind::Asked, Some(4)));
    assert_eq!(line.event.what, "pause transfers");

    let (tell, told) = oneshot::channel();
    auditor.answered(asked, &Ok(Done::Set { version: 5 }), 4, move || tell.send(()).unwrap());
    told.await.unwrap();
    let event = stage.entries().pop().unwrap().event;
    assert_eq!(
        (event.kind, event.of, event.outcome.as_deref()),
        (AuditKind::Answered, Some(2), Some("done"))
    );
    assert_eq!((event.state_before, event.state_after), (Some(4), Some(5)));
    assert_eq!((event.who.as_deref(), event.serial.as_deref()), (Some("admin alice"), Some("7f")));
    assert_eq!(event.from.as_deref(), Some("127.0.0.1:4000"));
    assert_eq!(event.request, Some(serde_json::json!({ "pause": { "pause": true } })));

    let asked = auditor.asked(&caller(), &Admin::Clear { numbers: vec![9] }, 5).await.unwrap();
    auditor.answered(asked, &Err(Failure::Conflict { reason: "there is no 9".into() }), 5, || {});
    tokio::task::spawn_blocking(|| audit.close()).await.unwrap();
    let event = stage.entries().pop().unwrap().event;
    assert_eq!(
        (event.outcome.as_deref(), event.detail.as_deref()),
        (Some("conflict"), Some("there is no 9"))
    );
    assert!(stage.read().1);
    let after_the_end = auditor.asked(&caller(), &Admin::Pause { pause: true }, 5).await;
    assert!(after_the_end.is_err(), "nothing is done that is not written down");
}

#[test]
fn refusals_are_folded_and_what_is_being_counted_is_written_at_the_end() {
    let stage = Stage::new();
    let audit = Audit::open(stage.home.path(), "a start").unwrap();
    let refusal = |reason: &str| Refusal {
        caller: caller(),
        what: "connect for admin".into(),
        code: "not-admitted".into(),
        reason: reason.into(),
    };
    for _ in 0..1000 {
        audit.auditor().refused(refusal("expired"));
    }
    audit.auditor().refused(refusal("role"));
    audit.auditor().uncounted(7);
    audit.close();
    let times: Vec<_> = stage.entries().iter().skip(1).map(|entry| entry.event.times).collect();
    assert_eq!(times[..2], [None, None]);
    let folded: u64 = times.iter().flatten().sum();
    assert_eq!(folded, 999 + 7, "{times:?}");
    assert!(times.len() <= 4, "{times:?}");
}

#[test]
fn after_an_error_nothing_is_half_there_and_the_chain_goes_on() {
    let stage = Stage::new();
    stage.write(&["one"]);
    let mut log = Log::new(stage.files(files::FILE_BYTES_MAX));
    let aside = stage.home.path().join("aside");
    fs::rename(stage.newest(), &aside).unwrap();
    fs::create_dir(stage.newest()).unwrap();
    assert!(log.append(vec![events::note("two".to_owned())]).is_err());
    fs::remove_dir(stage.newest()).unwrap();
    fs::rename(&aside, stage.newest()).unwrap();
    assert_eq!(log.append(vec![events::note("three".to_owned())]).unwrap(), [2]);
    let (notes, holds) = stage.read();
    assert_eq!(notes, ["one", "three"]);
    assert!(holds);
}

#[test]
fn two_at_once_do_not_write_one_file() {
    let stage = Stage::new();
    let audit = Audit::open(stage.home.path(), "a start").unwrap();
    let (tell, told) = channel();
    let dir = stage.home.path().to_owned();
    let second = std::thread::spawn(move || {
        tell.send(()).unwrap();
        Audit::open(&dir, "another start").unwrap().close();
    });
    told.recv().unwrap();
    audit.close();
    second.join().unwrap();
    let (notes, holds) = stage.read();
    assert_eq!(notes, ["a start", "another start"]);
    assert!(holds);
}
