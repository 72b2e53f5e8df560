//! The journal's tripwire: finds out what the storage engine keeps quiet about.
//!
//! When fjall opens, it reads each journal up to the first record that makes no sense, cuts the file off there, and
//! calls it a success. That is right for the batch that a crash interrupted, and wrong for a flipped bit or a page of
//! zeros in the middle, which take every later batch along. So the ends of the last batches are noted before opening
//! and compared with what is left: if more is gone than the one batch that can have been in flight, data was lost.
//!
//! It does not find damage inside the very last batch, which cannot be told from a batch in flight; nor in tables,
//! whose every block has a checksum that is verified when it is read.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What ends a batch in fjall's journal: a tag, eight bytes of checksum, four of magic.
const END_TAG: u8 = 3;
const END_MAGIC: &[u8; 4] = b"FJL\x03";
const END_BYTES: usize = 13;

/// How much is read at once. A batch is seldom longer.
const CHUNK_BYTES: usize = 1024 * 1024;

/// The journals of a database that is about to be opened.
pub(super) struct Tripwire(Vec<Journal>);

/// One journal, as it was before opening.
struct Journal {
    /// Held open: a journal may be cut off and then removed once it is flushed, and its length is wanted all the same.
    file: File,
    ends: Ends,
}

/// Where the last things of a journal end, as offsets in bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Ends {
    /// The last byte that is not zero; journals are preallocated.
    bytes: u64,
    /// The last batch that has an end.
    last: u64,
    /// The one before it.
    before_last: u64,
}

impl Tripwire {
    /// Notes the ends of every journal in a database's directory, if there is one.
    pub(super) fn set(database: &Path) -> io::Result<Self> {
        let entries = match fs::read_dir(database) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self(Vec::new())),
            entries => entries?,
        };
        let mut journals = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "jnl") {
                let file = File::open(&path)?;
                let ends = Ends::of(&file)?;
                journals.push(Journal { file, ends });
            }
        }
        Ok(Self(journals))
    }

    /// Whether opening has cut off more than a batch in flight.
    pub(super) fn is_tripped(&self) -> io::Result<bool> {
        for journal in &self.0 {
            if journal.ends.is_loss(journal.file.metadata()?.len()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Ends {
    fn of(file: &File) -> io::Result<Self> {
        let bytes = last_byte(file)?;
        let last = last_end(file, bytes)?;
        let before_last = last_end(file, last.saturating_sub(1))?;
        Ok(Self { bytes, last, before_last })
    }

    /// Whether cutting the journal off at `length` took more than one batch.
    fn is_loss(self, length: u64) -> bool {
        // What lies after the last end is the batch in flight; if nothing does, the last batch may be it.
        let whole = if self.bytes > self.last { self.last } else { self.before_last };
        whole > length
    }
}

/// The end of the last byte that is not zero.
fn last_byte(file: &File) -> io::Result<u64> {
    let zeros = vec![0; CHUNK_BYTES];
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(CHUNK_BYTES as u64);
        let bytes = read_between(file, &mut chunk, start, end)?;
        // Comparing whole chunks first: most of a journal is the zeros that it was preallocated with.
        if Some(bytes) != zeros.get(..bytes.len()) {
            let at = bytes.iter().rposition(|&byte| byte != 0).unwrap_or_default();
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The end of the last batch that ends at or before an offset.
fn last_end(file: &File, mut end: u64) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let start = end.saturating_sub(CHUNK_BYTES as u64);
        let bytes = read_between(file, &mut chunk, start, end)?;
        let found = bytes.windows(END_BYTES).rposition(is_end);
        match found {
            Some(at) => return Ok(start + (at + END_BYTES) as u64),
            None if start == 0 => return Ok(0),
            // An end may lie across the border of two chunks.
            None => end = start + END_BYTES as u64 - 1,
        }
    }
}

fn is_end(window: &[u8]) -> bool {
    window.first() == Some(&END_TAG) && window.ends_with(END_MAGIC)
}

fn read_between<'chunk>(
    file: &File,
    chunk: &'chunk mut [u8],
    start: u64,
    end: u64,
) -> io::Result<&'chunk [u8]> {
    let wanted = usize::try_from(end - start).map_err(io::Error::other)?;
    let bytes = chunk.get_mut(..wanted).ok_or_else(|| io::Error::other("more than a chunk"))?;
    file.read_exact_at(bytes, start)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const END: &[u8; END_BYTES] = b"\x03checksumFJL\x03";

    fn ends_of(bytes: &[u8]) -> Ends {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Ends::of(&file).unwrap()
    }

    #[test]
    fn ends_are_found_before_preallocated_zeros() {
        let two = [b"one".as_slice(), END, b"two", END, &vec![0; 3 * CHUNK_BYTES]].concat();
        assert_eq!(ends_of(&two), Ends { bytes: 32, last: 32, before_last: 16 });
        let torn = [b"one".as_slice(), END, b"two", &[0; 100]].concat();
        assert_eq!(ends_of(&torn), Ends { bytes: 19, last: 16, before_last: 0 });
        assert_eq!(ends_of(&[0; 100]), Ends::default());
        assert_eq!(ends_of(&[]), Ends::default());
    }

    #[test]
    fn an_end_across_the_border_of_two_chunks_is_found() {
        for after in CHUNK_BYTES - END_BYTES..=CHUNK_BYTES {
            let bytes = [END.as_slice(), &vec![b'x'; after]].concat();
            assert_eq!(ends_of(&bytes).last, END_BYTES as u64, "{after}");
        }
    }

    #[test]
    fn one_batch_may_be_gone_and_no_more() {
        let whole = Ends { bytes: 300, last: 300, before_last: 200 };
        let torn = Ends { bytes: 320, ..whole };
        for (ends, length, lost) in [
            (whole, 300, false),
            (whole, 200, false),
            (whole, 199, true),
            (torn, 300, false),
            (torn, 299, true),
            (Ends::default(), 0, false),
        ] {
            assert_eq!(ends.is_loss(length), lost, "{ends:?} cut off at {length}");
        }
    }
}
