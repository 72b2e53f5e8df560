//! Certificates on disk: written so that they are safe, and refused by the name of the file when they are not usable.

#![allow(clippy::unwrap_used, reason = "a panic here is a finding")]

mod stage;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use dynamo_transport::{Authority, Credentials, CredentialsError, Role, Window};
use shared::id::{ClusterId, NodeId};
use stage::{DAY_S, authority, forged, long, now, subject};
use tempfile::TempDir;

struct Files {
    _folder: TempDir,
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    /// What a node has on its disk.
    fn new(authority: &Authority, window: Window) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("certs").join(name);
        let files = Self {
            authority: at("ca.crt"),
            certificate: at("node.crt"),
            key: at("node.key"),
            _folder: folder,
        };
        authority.issue(&subject(Role::Node), window).unwrap().write(&files.certificate, &files.key).unwrap();
        fs::write(&files.authority, authority.certificate_pem()).unwrap();
        files
    }

    fn read(&self) -> Result<Credentials, CredentialsError> {
        Credentials::read(&self.authority, &self.certificate, &self.key)
    }

    fn words(&self) -> String {
        self.read().unwrap_err().to_string()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_written_is_read_back_and_only_its_owner_can_read_the_key() {
    let files = Files::new(&authority(7), long());
    let identity = files.read().unwrap().identity().clone();
    assert_eq!((identity.cluster, identity.role, identity.node), (ClusterId(7), Role::Node, Some(NodeId(1))));
    assert_eq!(identity.name.as_str(), "node-1");
    assert_eq!((identity.not_before, identity.not_after), (long().not_before, long().not_after));
    assert_eq!(mode(&files.key), 0o600);
    assert_eq!(mode(files.key.parent().unwrap()), 0o700);
}

#[test]
fn renewing_replaces_the_files_in_place() {
    let authority = authority(7);
    let files = Files::new(&authority, long());
    let before = files.read().unwrap().identity().serial.clone();
    authority.issue(&subject(Role::Node), long()).unwrap().write(&files.certificate, &files.key).unwrap();
    assert_ne!(files.read().unwrap().identity().serial, before);
    assert_eq!(mode(&files.key), 0o600);
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let files = Files::new(&authority(7), long());
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&files.key, fs::Permissions::from_mode(mode)).unwrap();
        let words = files.words();
        assert!(words.contains(&format!("mode 0{mode:o}")), "{words}");
        assert!(words.contains(&format!("`chmod 600 {}`", files.key.display())), "{words}");
    }
}

#[test]
fn a_missing_or_malformed_file_is_named() {
    for which in ["ca.crt", "node.crt", "node.key"] {
        let files = Files::new(&authority(7), long());
        let path = files.key.with_file_name(which);
        fs::write(&path, "-----BEGIN NONSENSE-----\n").unwrap();
        let words = files.words();
        assert!(words.contains(which) && words.contains("in PEM"), "{words}");
        fs::remove_file(&path).unwrap();
        let words = files.words();
        assert!(words.starts_with(&format!("cannot read {}", path.display())), "{words}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let authority = authority(7);
    let (files, other) = (Files::new(&authority, long()), Files::new(&authority, long()));
    fs::copy(&other.key, &files.key).unwrap();
    assert!(matches!(files.read(), Err(CredentialsError::Mismatch { .. })));
}

#[test]
fn a_certificate_out_of_its_window_is_refused_with_the_date() {
    let expired = Window { not_before: 0, not_after: DAY_S - 1 };
    let words = Files::new(&authority(7), expired).words();
    assert!(words.ends_with("expired on 1970-01-01 23:59:59 UTC"), "{words}");
    let to_come = Window { not_before: now() + DAY_S, not_after: now() + 2 * DAY_S };
    let words = Files::new(&authority(7), to_come).words();
    assert!(words.ends_with("is the clock right?"), "{words}");
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let files = Files::new(&authority(7), long());
    fs::write(&files.authority, authority(7).certificate_pem()).unwrap();
    assert!(matches!(files.read(), Err(CredentialsError::OtherAuthority { .. })));
}

#[test]
fn a_certificate_that_speaks_for_nobody_is_refused() {
    let authority = authority(7);
    let files = Files::new(&authority, long());
    fs::write(&files.certificate, forged(&authority, &[]).certificate_pem).unwrap();
    assert!(files.words().contains("carries no role"));
}

#[test]
fn an_authority_is_read_back_and_issues_further() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("ca.crt"), folder.path().join("ca.key"));
    let made = authority(7);
    made.write(&certificate, &key).unwrap();
    assert_eq!(mode(&key), 0o600);
    let read = Authority::read(&certificate, &key).unwrap();
    assert_eq!(read.cluster(), ClusterId(7));
    // Issued by what was read, believed by those who know what was made.
    let issued = read.issue(&subject(Role::Admin), long()).unwrap();
    assert_eq!(stage::with(&made, &issued).identity().to_string(), "admin alice");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Authority::read(&certificate, &key).unwrap_err().to_string().contains("chmod 600"));
}

#[test]
fn an_authority_needs_its_own_key_and_a_cluster() {
    let (one, two) = (authority(1), authority(2));
    assert!(Authority::from_pem(one.certificate_pem(), &two.key_pem()).is_err());
    let issued = one.issue(&subject(Role::Admin), long()).unwrap();
    assert!(Authority::from_pem(&issued.certificate_pem, &issued.key_pem).is_err());
    let backwards = Window { not_before: 10, not_after: 5 };
    assert!(one.issue(&subject(Role::Admin), backwards).is_err());
}
