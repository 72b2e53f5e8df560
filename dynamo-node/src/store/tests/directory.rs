//! Whose directory it is, and who is turned away.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use dynamo_core::durable::Recovery;
use shared::id::{Boot, ClusterId, NodeId};

use super::{CLUSTER, NODE, Stage, fresh_dir, open, roomy};
use crate::store::{OpenError, Store};

fn refusal(dir: &std::path::Path, cluster: ClusterId, node: NodeId) -> OpenError {
    match Store::open(dir, cluster, node, roomy(), Box::new(|_| {})) {
        Err(error) => error,
        Ok(opened) => panic!("{opened:?} was opened"),
    }
}

#[test]
fn a_new_directory_is_its_owners_alone() {
    let dir = fresh_dir();
    let path = dir.path().join("deep/data");
    drop(open(&path, roomy()).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_directory_in_use_is_refused_and_the_process_named() {
    let dir = fresh_dir();
    let first = open(dir.path(), roomy()).unwrap();
    let refused = refusal(dir.path(), CLUSTER, NODE);
    assert!(
        matches!(&refused, OpenError::InUse { pid, .. } if *pid == std::process::id().to_string()),
        "{refused}"
    );
    first.store.close();
    open(dir.path(), roomy()).unwrap();
}

#[test]
fn a_directory_of_another_cluster_node_or_format_is_refused_and_left_alone() {
    let dir = fresh_dir();
    drop(open(dir.path(), roomy()).unwrap());
    let other = refusal(dir.path(), ClusterId(5), NODE);
    assert!(matches!(other, OpenError::Foreign { what: "cluster", .. }), "{other}");
    let other = refusal(dir.path(), CLUSTER, NodeId(5));
    assert!(matches!(other, OpenError::Foreign { what: "node", .. }), "{other}");
    let Stage { durable, store, .. } = open(dir.path(), roomy()).unwrap();
    assert_eq!((durable.boot, durable.recovery), (Boot(2), Recovery::Intact), "the refused did not count");
    store.close();

    let format = dir.path().join("FORMAT");
    let text = fs::read_to_string(&format).unwrap().replace("dynamo-store 2", "dynamo-store 3");
    fs::write(&format, text).unwrap();
    let other = refusal(dir.path(), CLUSTER, NODE);
    assert!(matches!(&other, OpenError::OtherFormat { found, .. } if found == "dynamo-store 3"), "{other}");
}

#[test]
fn somebody_elses_files_are_not_taken_for_a_store() {
    let dir = fresh_dir();
    fs::write(dir.path().join("thesis.tex"), "precious").unwrap();
    let refused = refusal(dir.path(), CLUSTER, NODE);
    assert!(matches!(refused, OpenError::NotAStore { .. }), "{refused}");
}

#[test]
fn a_very_first_start_that_was_cut_short_is_begun_again() {
    let dir = fresh_dir();
    drop(open(dir.path(), roomy()).unwrap());
    // As fjall leaves it before its last step, and we before ours.
    fs::remove_file(dir.path().join("db/version")).unwrap();
    fs::remove_file(dir.path().join("BOOT")).unwrap();
    let stage = open(dir.path(), roomy()).unwrap();
    assert_eq!((stage.durable.boot, stage.durable.recovery), (Boot(1), Recovery::Fresh));
}
