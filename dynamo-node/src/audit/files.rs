//! Where the audit lies, and what is found there at a start.
//!
//! ```text
//! DATA_DIR/audit.jsonl              the newest lines
//! DATA_DIR/audit.000001.jsonl       earlier ones, in files that are full, or that were found damaged
//! DATA_DIR/audit.torn.42            the end of a line that a crash cut short; it was to be line 42
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use shared::wire::audit::Chain;

/// A file that is longer is numbered, and another begun: some ten thousand lines, read at a start in no time.
pub(super) const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How long an earlier life of this node may take to let go of the file.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// What is looked at, from the end of a file, to find its last line; no line is nearly so long.
const END_BYTES: u64 = 1024 * 1024;

/// The folder, and how long a file in it may grow.
#[derive(Debug)]
pub(super) struct Files {
    dir: PathBuf,
    pub(super) bytes_max: u64,
}

/// The newest file, locked, and what was found in it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: File,
    /// Bytes in whole lines.
    pub(super) length: u64,
    /// To be gone on with.
    pub(super) chain: Chain,
    /// What somebody should know, in words.
    pub(super) findings: Vec<String>,
}

impl Files {
    pub(super) fn new(dir: PathBuf, bytes_max: u64) -> Self {
        Self { dir, bytes_max }
    }

    /// The newest file.
    pub(super) fn newest(&self) -> PathBuf {
        self.dir.join("audit.jsonl")
    }

    fn numbered(&self, number: u64) -> PathBuf {
        self.dir.join(format!("audit.{number:06}.jsonl"))
    }

    /// Every file with lines, the oldest first.
    pub(super) fn in_order(&self) -> io::Result<Vec<PathBuf>> {
        let numbers = self.numbers()?;
        Ok(numbers.into_iter().map(|number| self.numbered(number)).chain([self.newest()]).collect())
    }

    /// The numbers of the files that are no longer the newest, in order.
    pub(super) fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("audit.")?.strip_suffix(".jsonl"));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Opens the newest file, sets aside what is not whole, and follows its chain.
    pub(super) fn open(&self) -> io::Result<Found> {
        let mut file = self.open_newest()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut chain = self.chain_before()?;
        let mut findings = Vec::new();
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let (lines, torn) = bytes.split_at_checked(whole).unwrap_or((&bytes, &[]));
        let breaks: Vec<_> = lines_of(lines).filter_map(|line| chain.follow(line).err()).collect();
        if !torn.is_empty() {
            let aside = self.set_aside(torn, chain.sequence() + 1)?;
            file.set_len(whole as u64)?;
            file.sync_all()?;
            let bytes = torn.len();
            findings.push(format!(
                "the last line was cut short, by a crash most likely: its {bytes} bytes are in {aside}"
            ));
        }
        if let Some(first) = breaks.first() {
            let aside = self.number_newest()?;
            file = self.open_newest()?;
            let more = match breaks.len() - 1 {
                0 => String::new(),
                more => format!(", and in {more} more places"),
            };
            findings.push(format!("the chain is broken: {first}{more}; the file is now {aside}"));
        }
        let length = file.metadata()?.len();
        Ok(Found { file, length, chain, findings })
    }

    /// The newest file becomes one of the numbered ones; its new name.
    pub(super) fn number_newest(&self) -> io::Result<String> {
        let number = self.numbers()?.last().map_or(1, |last| last + 1);
        let numbered = self.numbered(number);
        fs::rename(self.newest(), &numbered)?;
        self.sync_folder()?;
        Ok(numbered.display().to_string())
    }

    /// The newest file, made if it is missing, at its end; nobody else may write it.
    pub(super) fn open_newest(&self) -> io::Result<File> {
        let path = self.newest();
        let is_new = !path.exists();
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path)?;
        let deadline = Instant::now() + LOCK_PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(BETWEEN_TRIES),
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::other("another process writes this audit"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        if is_new {
            file.sync_all()?;
            self.sync_folder()?;
        }
        Ok(file)
    }

    /// The chain up to the newest file, out of the last line before it.
    fn chain_before(&self) -> io::Result<Chain> {
        let mut chain = Chain::default();
        if let Some(&last) = self.numbers()?.last() {
            let mut file = File::open(self.numbered(last))?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
            let mut end = Vec::new();
            file.read_to_end(&mut end)?;
            // Whatever is wrong with that one was reported when it was the newest.
            lines_of(&end).for_each(|line| drop(chain.follow(line)));
        }
        Ok(chain)
    }

    fn set_aside(&self, torn: &[u8], sequence: u64) -> io::Result<String> {
        let path = self.dir.join(format!("audit.torn.{sequence}"));
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        file.write_all(torn)?;
        file.sync_all()?;
        self.sync_folder()?;
        Ok(path.display().to_string())
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

/// Lines without their ends.
pub(super) fn lines_of(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}
