//! Who is who in a development cluster: an authority of its own, made once and kept, and what it issues.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use dynamo_client::Pair;
use dynamo_transport::authority::{Authority, Subject, Window};
use dynamo_transport::{AuthorityError, Role};
use shared::id::{ClusterId, Name, NodeId};

use super::error::DevError;
use super::layout::{Layout, NodeFolder};

/// For as long as a folder is likely to be kept. Short windows are for clusters whose certificates somebody renews.
const VALID_DAYS: u32 = 10 * 365;

/// Makes what is missing of the authority and the certificates, for so many nodes. What is there stays as it is.
pub(super) fn make_missing(layout: &Layout, nodes: usize) -> Result<(), DevError> {
    let authority = authority(&layout.authority())?;
    for role in [Role::Admin, Role::Operator, Role::Client] {
        issue(&authority, &layout.person(role), || Ok(person(role, name("dev")?)))?;
    }
    for number in 1..=nodes {
        issue_node(&authority, &layout.node(number))?;
    }
    Ok(())
}

/// Makes what is missing for one more node, of an authority that has to be there.
pub(super) fn make_missing_of(layout: &Layout, node: &NodeFolder) -> Result<(), DevError> {
    let Pair { cert, key } = layout.authority();
    issue_node(&Authority::read(&cert, &key)?, node)
}

fn issue_node(authority: &Authority, folder: &NodeFolder) -> Result<(), DevError> {
    issue(authority, &folder.certificate(), || {
        let node = NodeId(getrandom::u64().map_err(no_randomness)?);
        Ok(Subject::Node { node, name: name(&folder.name())? })
    })
}

fn authority(pair: &Pair) -> Result<Authority, DevError> {
    if is_whole(pair) {
        return Ok(Authority::read(&pair.cert, &pair.key)?);
    }
    let (high, low) = (getrandom::u64().map_err(no_randomness)?, getrandom::u64().map_err(no_randomness)?);
    let cluster = ClusterId((u128::from(high) << 64) | u128::from(low));
    let authority = Authority::create(cluster, window())?;
    authority.write(&pair.cert, &pair.key)?;
    Ok(authority)
}

fn issue(
    authority: &Authority,
    pair: &Pair,
    subject: impl FnOnce() -> Result<Subject, DevError>,
) -> Result<(), DevError> {
    if is_whole(pair) {
        return Ok(());
    }
    let issued = authority.issue(&subject()?, window())?;
    issued.write(&pair.cert, &pair.key).map_err(<DevError as From<AuthorityError>>::from)
}

/// The certificate is written after its key, so where it is, both are.
fn is_whole(pair: &Pair) -> bool {
    Path::exists(&pair.cert)
}

fn person(role: Role, name: Name) -> Subject {
    match role {
        Role::Admin => Subject::Admin(name),
        Role::Operator => Subject::Operator(name),
        Role::Client | Role::Node => Subject::Client(name),
    }
}

fn name(text: &str) -> Result<Name, DevError> {
    text.parse().map_err(|wrong: shared::id::NotAName| DevError::Usage(wrong.to_string()))
}

fn no_randomness(error: getrandom::Error) -> DevError {
    DevError::System { verb: "draw random bits", source: error.into() }
}

fn window() -> Window {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Window::days_from(now, VALID_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::args::DevArgs;
    use dynamo_transport::Credentials;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn certificates_are_made_once_and_their_keys_are_their_owners_only() {
        let home = tempfile::tempdir().unwrap();
        let layout =
            Layout::of(&DevArgs { dir: Some(home.path().join("dev")), ..DevArgs::default() }).unwrap();
        make_missing(&layout, 2).unwrap();
        let ca = layout.authority().cert;
        let mut all: Vec<Pair> =
            [Role::Admin, Role::Operator, Role::Client].map(|role| layout.person(role)).into();
        all.extend([1, 2].map(|number| layout.node(number).certificate()));
        let read = |pair: &Pair| Credentials::read(&ca, &pair.cert, &pair.key).unwrap().identity().clone();
        let before: Vec<_> = all.iter().map(read).collect();
        assert_eq!(
            before.iter().map(|identity| identity.role).collect::<Vec<_>>(),
            [Role::Admin, Role::Operator, Role::Client, Role::Node, Role::Node]
        );
        assert_ne!(before[3].node, before[4].node);
        for pair in all.iter().chain([&layout.authority()]) {
            assert_eq!(fs::metadata(&pair.key).unwrap().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(pair.key.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        }
        make_missing(&layout, 2).unwrap();
        assert_eq!(all.iter().map(read).collect::<Vec<_>>(), before);
    }
}
