//! `profile`: which clusters there are, and which one is meant.

mod add;
mod list;
mod remove;
mod show;
mod r#use;

pub use add::ProfileAdd;
pub use list::ProfileList;
pub use remove::ProfileRemove;
pub use show::ProfileShow;
pub use r#use::ProfileUse;

use dynamo_client::Profile;

/// The roles that a profile has certificates for.
fn roles(profile: &Profile) -> Vec<&'static str> {
    let pairs = [("admin", &profile.admin), ("operator", &profile.operator), ("client", &profile.client)];
    pairs.into_iter().filter(|(_, pair)| pair.is_some()).map(|(role, _)| role).collect()
}
