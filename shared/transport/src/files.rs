//! Files that only their owner may read: written whole or not at all, and refused when others could have read them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The bits that let anyone but the owner in.
const GROUP_AND_OTHERS: u32 = 0o077;

/// Writes a file of the given mode in place of any that is there; its folder is made with mode 0700 if it is missing.
///
/// The contents go to a second file first, are synced, and then take the name: a crash leaves the old file or the new.
pub(crate) fn write(path: &Path, contents: &str, mode: u32) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(beside)?;
    file.write_all(contents.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    File::open(folder)?.sync_all()
}

/// The mode of a file that group or others may use; `None` if it is its owner's alone.
pub(crate) fn exposed(path: &Path) -> io::Result<Option<u32>> {
    let mode = fs::metadata(path)?.mode() & 0o7777;
    Ok((mode & GROUP_AND_OTHERS != 0).then_some(mode))
}
