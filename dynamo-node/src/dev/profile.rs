//! The profile through which tools reach a development cluster.

use std::net::SocketAddr;

use dynamo_client::{Profile, Profiles};
use dynamo_transport::Role;
use shared::id::Name;

use super::error::DevError;
use super::layout::Layout;

/// Writes the profile; `true`: it is the current one now, so that tools need not be told which.
///
/// The current profile is changed only from one development cluster to another: who works on a real cluster is not to
/// find commands going elsewhere.
pub(super) fn write(layout: &Layout, addresses: &[SocketAddr]) -> Result<bool, DevError> {
    let mut profiles = Profiles::load(None)?;
    refuse_if_taken(&profiles, layout)?;
    let may_be_current = profiles.current().is_none_or(is_of_a_development_cluster);
    profiles.set(
        layout.profile.clone(),
        Profile {
            addresses: addresses.iter().map(SocketAddr::to_string).collect(),
            ca: layout.authority().cert,
            admin: Some(layout.person(Role::Admin)),
            operator: Some(layout.person(Role::Operator)),
            client: Some(layout.person(Role::Client)),
        },
    );
    if may_be_current {
        profiles.set_current(layout.profile.clone())?;
    }
    profiles.save()?;
    Ok(may_be_current)
}

/// Whether tools take this cluster without being told.
pub(super) fn is_current(layout: &Layout) -> Result<bool, DevError> {
    Ok(Profiles::load(None)?.current() == Some(&layout.profile))
}

/// Refuses a name that another folder's cluster has, as long as that folder is there.
pub(super) fn check(layout: &Layout) -> Result<(), DevError> {
    refuse_if_taken(&Profiles::load(None)?, layout)
}

fn refuse_if_taken(profiles: &Profiles, layout: &Layout) -> Result<(), DevError> {
    let Ok(there) = profiles.get(&layout.profile) else { return Ok(()) };
    if there.ca == layout.authority().cert || !there.ca.exists() {
        return Ok(());
    }
    Err(DevError::ProfileTaken { profile: layout.profile.to_string(), other: there.ca })
}

fn is_of_a_development_cluster(profile: &Name) -> bool {
    profile.as_str() == "dev" || profile.as_str().starts_with("dev-")
}
