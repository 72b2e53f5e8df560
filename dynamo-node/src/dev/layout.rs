//! Where everything of a development cluster lies.
//!
//! ```text
//! DIR/dev.toml                           what it was made with; the mark by which --clean knows what it may remove
//! DIR/lock                               the process that runs it
//! DIR/certificates/ca.pem ca.key         the cluster's authority
//! DIR/certificates/admin.pem admin.key   likewise operator, client
//! DIR/node-1/node.toml node.pem node.key pid log data/
//! DIR/node-4/keeper                      the `dev --join` that runs a node which was added
//! ```

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use dynamo_client::Pair;
use dynamo_transport::Role;
use etcetera::BaseStrategy;
use shared::id::Name;

use super::args::DevArgs;
use super::error::DevError;
use crate::config::Config;

/// The file that makes a folder one of ours.
pub(super) const MARKER: &str = "dev.toml";

/// A development cluster's folder, and what the cluster is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The folder, absolute.
    pub(super) directory: PathBuf,
    /// The name of its profile, and of the cluster.
    pub(super) profile: Name,
}

impl Layout {
    /// What the arguments say, or the places where everybody would look.
    pub(super) fn of(args: &DevArgs) -> Result<Self, DevError> {
        let profile = profile(args)?;
        let directory = match &args.dir {
            Some(directory) => directory.clone(),
            None => state_home()?.join("dynamo").join(profile.as_str()),
        };
        let directory = std::path::absolute(&directory).map_err(DevError::file("find", &directory))?;
        Ok(Self { directory, profile })
    }

    /// Makes the folder, for its owner only; what is there already has to be ours.
    pub(super) fn prepare(&self) -> Result<(), DevError> {
        if !self.marker().exists() && !is_empty(&self.directory)? {
            return Err(DevError::Occupied { directory: self.directory.clone() });
        }
        make_folder(&self.directory)
    }

    /// Removes the folder and all that is in it, if it is one of ours.
    pub(super) fn clean(&self) -> Result<(), DevError> {
        if is_empty(&self.directory)? {
            return Ok(());
        }
        if !self.marker().is_file() {
            return Err(DevError::NotOurs { directory: self.directory.clone() });
        }
        // The marker goes last, so that a removal that was cut short can be begun again.
        for entry in fs::read_dir(&self.directory).map_err(DevError::file("read", &self.directory))? {
            let path = entry.map_err(DevError::file("read", &self.directory))?.path();
            if path != self.marker() && path != self.lock() {
                remove(&path).map_err(DevError::file("remove", &path))?;
            }
        }
        fs::remove_file(self.marker()).map_err(DevError::file("remove", &self.marker()))
    }

    pub(super) fn marker(&self) -> PathBuf {
        self.directory.join(MARKER)
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.directory.join("lock")
    }

    /// The authority's certificate.
    pub(super) fn authority(&self) -> Pair {
        self.pair("ca")
    }

    /// The certificate of a person or program of that role.
    pub(super) fn person(&self, role: Role) -> Pair {
        self.pair(role.as_str())
    }

    /// The folder of a node, counted from 1.
    pub(super) fn node(&self, number: usize) -> NodeFolder {
        NodeFolder { number, path: self.directory.join(node_name(number)) }
    }

    /// Every node's folder that is there, by number.
    pub(super) fn nodes(&self) -> Result<Vec<NodeFolder>, DevError> {
        let entries = fs::read_dir(&self.directory).map_err(DevError::file("read", &self.directory))?;
        let numbers = entries.flatten().filter_map(|entry| node_number(entry.file_name().to_str()?));
        let numbers: BTreeSet<usize> = numbers.collect();
        Ok(numbers.into_iter().map(|number| self.node(number)).collect())
    }

    fn pair(&self, stem: &str) -> Pair {
        let folder = self.directory.join("certificates");
        Pair { cert: folder.join(format!("{stem}.pem")), key: folder.join(format!("{stem}.key")) }
    }
}

/// Where one node's things lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeFolder {
    /// Counted from 1.
    pub(super) number: usize,
    /// The folder.
    pub(super) path: PathBuf,
}

impl NodeFolder {
    pub(super) fn name(&self) -> String {
        node_name(self.number)
    }

    pub(super) fn config(&self) -> PathBuf {
        self.path.join("node.toml")
    }

    pub(super) fn pid(&self) -> PathBuf {
        self.path.join("pid")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Who runs it, where that is a `dev --join`.
    pub(super) fn keeper(&self) -> PathBuf {
        self.path.join("keeper")
    }

    /// Where it listens, by its file; `None`: there is none, or none that can be understood.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        Config::read(&self.config()).ok().map(|config| config.listen)
    }

    pub(super) fn certificate(&self) -> Pair {
        Pair { cert: self.path.join("node.pem"), key: self.path.join("node.key") }
    }
}

fn node_name(number: usize) -> String {
    format!("node-{number}")
}

/// The number of the node of that name, written as it is here.
pub(super) fn node_number(name: &str) -> Option<usize> {
    let number = name.strip_prefix("node-")?.parse().ok()?;
    (number > 0 && node_name(number) == name).then_some(number)
}

/// Makes a folder for its owner only, those above it included.
pub(super) fn make_folder(path: &Path) -> Result<(), DevError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(DevError::file("make", path))
}

/// `dev`, or `dev-NAME`, or `dev-` and the folder's own name.
fn profile(args: &DevArgs) -> Result<Name, DevError> {
    let name = match (&args.name, &args.dir) {
        (Some(name), _) => name.to_string(),
        (None, None) => return called("dev"),
        (None, Some(directory)) => {
            let absolute = std::path::absolute(directory).map_err(DevError::file("find", directory))?;
            absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        }
    };
    called(&format!("dev-{name}"))
}

fn called(name: &str) -> Result<Name, DevError> {
    name.parse().map_err(|wrong| {
        DevError::Usage(format!("{wrong}; say with --name what this cluster is to be called"))
    })
}

fn state_home() -> Result<PathBuf, DevError> {
    if let Some(path) = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
        return Ok(path);
    }
    let home = etcetera::choose_base_strategy()
        .map_err(|_| DevError::Usage("no home folder was found; name a folder with --dir".to_owned()))?;
    Ok(home.state_dir().unwrap_or_else(|| home.home_dir().join(".local/state")))
}

/// Whether there is nothing in a folder, or no folder. A lock says nothing: it is there before anything else.
fn is_empty(folder: &Path) -> Result<bool, DevError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(DevError::file("read", folder)(error)),
    };
    Ok(entries.flatten().all(|entry| entry.file_name() == "lock"))
}

fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(path: &Path) -> Layout {
        Layout::of(&DevArgs { dir: Some(path.to_owned()), ..DevArgs::default() }).unwrap()
    }

    #[test]
    fn the_profile_is_called_after_the_name_or_the_folder() {
        let called = |name: Option<&str>, dir: Option<&str>| {
            let name = name.map(|name| name.parse().unwrap());
            profile(&DevArgs { name, dir: dir.map(PathBuf::from), ..DevArgs::default() })
                .map(|name| name.to_string())
        };
        assert_eq!(called(None, None).unwrap(), "dev");
        assert_eq!(called(Some("a"), Some("/tmp/b")).unwrap(), "dev-a");
        assert_eq!(called(None, Some("/tmp/b/")).unwrap(), "dev-b");
        assert!(called(None, Some("/tmp/a b")).unwrap_err().to_string().contains("--name"));
    }

    #[test]
    fn only_a_marked_folder_is_cleaned() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("x");
        let layout = in_folder(&directory);
        layout.clean().unwrap();
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("thesis.tex"), "").unwrap();
        assert!(matches!(layout.clean(), Err(DevError::NotOurs { .. })));
        assert!(matches!(layout.prepare(), Err(DevError::Occupied { .. })));
        assert!(directory.join("thesis.tex").exists());

        fs::write(layout.marker(), "").unwrap();
        fs::create_dir_all(layout.node(1).data()).unwrap();
        layout.clean().unwrap();
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        layout.prepare().unwrap();
    }

    #[test]
    fn nodes_are_found_by_their_folders_in_the_order_of_their_numbers() {
        let home = tempfile::tempdir().unwrap();
        let layout = in_folder(home.path());
        for folder in ["node-10", "node-2", "node-02", "node-", "node-0", "certificates", "node-x"] {
            fs::create_dir(home.path().join(folder)).unwrap();
        }
        let numbers: Vec<_> = layout.nodes().unwrap().iter().map(|node| node.number).collect();
        assert_eq!(numbers, [2, 10]);
    }

    #[test]
    fn the_folder_is_its_owners_only() {
        use std::os::unix::fs::MetadataExt;
        let home = tempfile::tempdir().unwrap();
        let layout = in_folder(&home.path().join("a/b"));
        layout.prepare().unwrap();
        assert_eq!(fs::metadata(&layout.directory).unwrap().mode() & 0o777, 0o700);
    }
}
