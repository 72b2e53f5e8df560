//! Profiles: which cluster, as whom. One TOML file, shared by every tool of one person.
//!
//! ```toml
//! current = "dev"
//!
//! [profile.dev]
//! addresses = ["127.0.0.1:7401", "127.0.0.1:7402"]
//! ca = "dev/ca.pem"
//! admin = { cert = "dev/admin.pem", key = "dev/admin.key" }
//! client = { cert = "dev/client.pem", key = "dev/client.key" }
//! ```
//!
//! Paths are relative to the file's own folder. Secrets are never in the file, only where they lie. What the addresses
//! are good for is not checked here: a profile of a cluster that is down is a good profile.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use dynamo_transport::{Credentials, CredentialsError, Role};
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use shared::id::Name;
use shared::wire::Plane;

/// The environment variable that names another file of profiles.
pub const CONFIG_VARIABLE: &str = "DYNAMO_CONFIG";

/// The environment variable that names another profile than the current one.
pub const PROFILE_VARIABLE: &str = "DYNAMO_PROFILE";

/// The profiles cannot be read, written or used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is no home folder to look in.
    #[error("no home folder was found; name a file with --config or {CONFIG_VARIABLE}")]
    NoHome,
    /// The file cannot be read or written.
    #[error("cannot {verb} {}: {source}", .path.display())]
    File {
        /// What was tried.
        verb: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}, {place}: {reason}", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Line and column, as far as they are known.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// A name that is none, in the environment.
    #[error("{PROFILE_VARIABLE}: {0}")]
    BadName(#[from] shared::id::NotAName),
    /// Nobody said which profile.
    #[error("no profile is current in {}", .path.display())]
    NoneCurrent {
        /// Which file.
        path: PathBuf,
    },
    /// No profile has that name.
    #[error("there is no profile `{name}` in {}{}", .path.display(), known(.names))]
    Unknown {
        /// What was asked for.
        name: Name,
        /// Which file.
        path: PathBuf,
        /// What there is.
        names: Vec<Name>,
    },
    /// The profile has no certificate that may do this.
    #[error("the profile has no certificate for {wanted}: it names none for {}", spelled(.roles))]
    NoCertificate {
        /// What is to be done.
        wanted: &'static str,
        /// Whose certificate would do.
        roles: &'static [Role],
    },
    /// The files that the profile names are no usable credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

fn known(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    if names.is_empty() { String::new() } else { format!("; there is {}", names.join(", ")) }
}

fn spelled(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ")
}

/// Where a certificate and its key lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The certificate, PEM.
    pub cert: PathBuf,
    /// Its private key, PEM; readable by its owner only.
    pub key: PathBuf,
}

/// How to reach one cluster, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Nodes to begin with, as `host:port`; the others are learnt from them.
    pub addresses: Vec<String>,
    /// The certificate of the cluster's authority, PEM.
    pub ca: PathBuf,
    /// An administrator's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<Pair>,
    /// An onlooker's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Pair>,
    /// A data user's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Pair>,
}

impl Profile {
    /// The certificate to show on a plane: the least powerful one that may use it.
    pub fn pair_for(&self, plane: Plane) -> Result<&Pair, ProfileError> {
        let (wanted, roles): (_, &'static [Role]) = match plane {
            Plane::Client => ("reading and writing data", &[Role::Client, Role::Admin]),
            Plane::Look => ("looking", &[Role::Operator, Role::Admin, Role::Client]),
            Plane::Admin => ("changing the cluster", &[Role::Admin]),
            Plane::Peer => ("replicating", &[Role::Node]),
        };
        let found = roles.iter().find_map(|role| self.pair_of(*role));
        found.ok_or(ProfileError::NoCertificate { wanted, roles })
    }

    /// The credentials for a plane, read from their files.
    pub fn credentials(&self, plane: Plane) -> Result<Credentials, ProfileError> {
        let pair = self.pair_for(plane)?;
        Ok(Credentials::read(&self.ca, &pair.cert, &pair.key)?)
    }

    fn pair_of(&self, role: Role) -> Option<&Pair> {
        match role {
            Role::Admin => self.admin.as_ref(),
            Role::Operator => self.operator.as_ref(),
            Role::Client => self.client.as_ref(),
            Role::Node => None,
        }
    }

    /// With every path absolute, `folder` being what they are relative to.
    fn within(mut self, folder: &Path) -> Self {
        self.ca = folder.join(self.ca);
        for pair in [&mut self.admin, &mut self.operator, &mut self.client].into_iter().flatten() {
            pair.cert = folder.join(&pair.cert);
            pair.key = folder.join(&pair.key);
        }
        self
    }
}

/// The file, as it stands on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<Name>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    profile: BTreeMap<Name, Profile>,
}

/// Every profile of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profiles {
    path: PathBuf,
    contents: Contents,
}

impl Profiles {
    /// The file that stands where nobody says otherwise: `DYNAMO_CONFIG`, or `dynamo/config.toml` in the XDG
    /// configuration folder.
    pub fn default_path() -> Result<PathBuf, ProfileError> {
        if let Some(path) = std::env::var_os(CONFIG_VARIABLE).filter(|path| !path.is_empty()) {
            return Ok(path.into());
        }
        let base = etcetera::choose_base_strategy().map_err(|_| ProfileError::NoHome)?;
        Ok(base.config_dir().join("dynamo").join("config.toml"))
    }

    /// Reads a file, or [`Profiles::default_path`]. A file that is not there has no profiles.
    pub fn load(path: Option<&Path>) -> Result<Self, ProfileError> {
        let path = path.map_or_else(Self::default_path, |path| Ok(path.to_owned()))?;
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { path, contents: Contents::default() })
            }
            Err(source) => Err(ProfileError::File { verb: "read", path, source }),
        }
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, ProfileError> {
        match toml::from_str(text) {
            Ok(contents) => Ok(Self { path, contents }),
            Err(error) => {
                let place =
                    error.span().map_or_else(|| "somewhere".to_owned(), |span| place(text, span.start));
                Err(ProfileError::Malformed { path, place, reason: error.message().to_owned() })
            }
        }
    }

    /// Writes the file whole or not at all (mode 0600); missing folders are made with mode 0700.
    ///
    /// What others wrote since it was loaded is replaced, so load and save close together. Comments are not kept.
    pub fn save(&self) -> Result<(), ProfileError> {
        let failed = |source| ProfileError::File { verb: "write", path: self.path.clone(), source };
        let text = toml::to_string(&self.contents).map_err(|error| failed(io::Error::other(error)))?;
        // Where the file is a link, what it points to is written.
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        write_whole(&target, &text).map_err(failed)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the profile that the file says is current.
    pub fn current(&self) -> Option<&Name> {
        self.contents.current.as_ref()
    }

    /// Makes a profile the current one.
    pub fn set_current(&mut self, name: Name) -> Result<(), ProfileError> {
        if !self.contents.profile.contains_key(&name) {
            return Err(self.unknown(name));
        }
        self.contents.current = Some(name);
        Ok(())
    }

    /// Adds a profile, or replaces the one of that name. The first one is current from then on.
    pub fn set(&mut self, name: Name, profile: Profile) {
        self.contents.current.get_or_insert_with(|| name.clone());
        self.contents.profile.insert(name, profile);
    }

    /// Takes a profile out. If it was the current one, none is current from then on.
    pub fn remove(&mut self, name: &Name) -> Result<(), ProfileError> {
        if self.contents.profile.remove(name).is_none() {
            return Err(self.unknown(name.clone()));
        }
        self.contents.current.take_if(|current| current == name);
        Ok(())
    }

    /// The profile of that name, its paths absolute.
    pub fn get(&self, name: &Name) -> Result<Profile, ProfileError> {
        match self.contents.profile.get(name) {
            Some(profile) => Ok(profile.clone().within(self.folder())),
            None => Err(self.unknown(name.clone())),
        }
    }

    /// The profile to use: the one asked for, else the one that `DYNAMO_PROFILE` names, else the current one.
    pub fn choose(&self, asked_for: Option<&Name>) -> Result<(Name, Profile), ProfileError> {
        let name = match (asked_for, std::env::var(PROFILE_VARIABLE)) {
            (Some(name), _) => name.clone(),
            (None, Ok(name)) if !name.is_empty() => name.parse()?,
            _ => self
                .current()
                .cloned()
                .ok_or_else(|| ProfileError::NoneCurrent { path: self.path.clone() })?,
        };
        let profile = self.get(&name)?;
        Ok((name, profile))
    }

    /// Every profile by name, its paths absolute.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, Profile)> {
        let folder = self.folder();
        self.contents.profile.iter().map(move |(name, profile)| (name, profile.clone().within(folder)))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("."))
    }

    fn unknown(&self, name: Name) -> ProfileError {
        let names = self.contents.profile.keys().cloned().collect();
        ProfileError::Unknown { name, path: self.path.clone(), names }
    }
}

fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
    format!("line {line}, column {column}")
}

/// The text goes to a second file first, is synced, and then takes the name: a crash leaves the old file or the new.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first failure is the one to report; what is left beside harms nobody.
        let _ = fs::remove_file(&beside);
    }
    written?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn pair(stem: &str) -> Pair {
        Pair { cert: format!("{stem}.pem").into(), key: format!("{stem}.key").into() }
    }

    fn profile() -> Profile {
        Profile {
            addresses: vec!["127.0.0.1:7401".into()],
            ca: "ca.pem".into(),
            admin: Some(pair("admin")),
            operator: None,
            client: Some(pair("/elsewhere/client")),
        }
    }

    #[test]
    fn what_is_saved_is_loaded_again_beside_what_was_there() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new/folder/config.toml");
        let mut profiles = Profiles::load(Some(&path)).unwrap();
        assert_eq!(profiles.current(), None);
        profiles.set(name("dev"), profile());
        profiles.save().unwrap();

        let mut again = Profiles::load(Some(&path)).unwrap();
        again.set(name("prod"), Profile { admin: None, ..profile() });
        again.set_current(name("prod")).unwrap();
        again.save().unwrap();

        let both = Profiles::load(Some(&path)).unwrap();
        assert_eq!(both, again);
        assert_eq!(both.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["dev", "prod"]);
        assert_eq!(both.current(), Some(&name("prod")));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let mut profiles = Profiles::parse("/etc/dynamo/config.toml".into(), "").unwrap();
        profiles.set(name("dev"), profile());
        let dev = profiles.get(&name("dev")).unwrap();
        assert_eq!(dev.ca, Path::new("/etc/dynamo/ca.pem"));
        assert_eq!(dev.client.unwrap().key, Path::new("/elsewhere/client.key"));
    }

    #[test]
    fn a_link_stays_a_link() {
        let home = tempfile::tempdir().unwrap();
        let (link, real) = (home.path().join("config.toml"), home.path().join("real.toml"));
        fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let mut profiles = Profiles::load(Some(&link)).unwrap();
        profiles.set(name("dev"), profile());
        profiles.save().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("[profile.dev]"));
    }

    #[test]
    fn each_plane_gets_the_least_powerful_certificate_that_may_use_it() {
        let all = Profile { operator: Some(pair("operator")), client: Some(pair("client")), ..profile() };
        let pair_for = |profile: &Profile, plane| profile.pair_for(plane).ok().cloned();
        assert_eq!(pair_for(&all, Plane::Client), Some(pair("client")));
        assert_eq!(pair_for(&all, Plane::Look), Some(pair("operator")));
        assert_eq!(pair_for(&all, Plane::Admin), Some(pair("admin")));
        let client_only = Profile { admin: None, operator: None, client: Some(pair("client")), ..profile() };
        assert_eq!(pair_for(&client_only, Plane::Look), Some(pair("client")));
        let error = client_only.pair_for(Plane::Admin).unwrap_err().to_string();
        assert_eq!(error, "the profile has no certificate for changing the cluster: it names none for admin");
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_line_that_is_wrong() {
        let refused = |text| Profiles::parse("config.toml".into(), text).unwrap_err().to_string();
        let unknown = refused("current = \"dev\"\n[profile.dev]\naddresses = []\nca = \"x\"\ncolour = 1\n");
        assert!(unknown.starts_with("config.toml, line 5, column 1: unknown field `colour`"), "{unknown}");
        assert!(refused("current = \n").starts_with("config.toml, line 1, column "), "no value");
        assert!(refused("[profile.\"a b\"]\naddresses=[]\nca=\"x\"\n").contains("`a b` is not a name"));
        assert!(refused("[profile.dev]\naddresses = []\n").contains("missing field `ca`"));
    }

    #[test]
    fn an_unknown_profile_is_named_beside_the_known_ones() {
        let mut profiles = Profiles::parse("config.toml".into(), "").unwrap();
        profiles.set(name("dev"), profile());
        let error = profiles.get(&name("prod")).unwrap_err().to_string();
        assert_eq!(error, "there is no profile `prod` in config.toml; there is dev");
        assert!(profiles.set_current(name("prod")).is_err());
        assert_eq!(profiles.current(), Some(&name("dev")), "the first profile is the current one");
    }
}
