//! Reading: lines after a number, over all files, while others are being written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use shared::wire::audit::{AuditLine, sequence_of};

use super::files::{Files, lines_of};

/// Most lines of one page, whatever is asked for.
const LINES_MAX: u32 = 1000;

/// Bytes after which a page ends; far below the longest answer.
const PAGE_BYTES: usize = 512 * 1024;

/// Lines after that one, at most so many.
pub(super) fn page(files: &Files, after: u64, limit: u32) -> io::Result<Vec<AuditLine>> {
    loop {
        let numbers = files.numbers()?;
        let page = read(files, after, limit)?;
        // A file that was numbered meanwhile may have been passed over.
        if files.numbers()? == numbers {
            return Ok(page);
        }
    }
}

fn read(files: &Files, after: u64, limit: u32) -> io::Result<Vec<AuditLine>> {
    let limit = limit.clamp(1, LINES_MAX) as usize;
    let (mut page, mut bytes) = (Vec::new(), 0);
    let mut sequence = 0;
    for path in relevant(files, after)? {
        for line in lines_of(&whole_lines(&path)?) {
            sequence = sequence_of(line).unwrap_or(sequence);
            if sequence <= after {
                continue;
            }
            if page.len() >= limit || bytes >= PAGE_BYTES {
                return Ok(page);
            }
            bytes += line.len();
            // A damaged line may hold anything; its hash will tell, however it is shown.
            page.push(AuditLine { sequence, text: String::from_utf8_lossy(line).into_owned() });
        }
    }
    Ok(page)
}

/// The files that may hold lines after that one, the oldest first.
fn relevant(files: &Files, after: u64) -> io::Result<Vec<PathBuf>> {
    let mut relevant = Vec::new();
    for path in files.in_order()?.into_iter().rev() {
        let first = whole_lines(&path)?;
        let first = lines_of(&first).find_map(sequence_of);
        relevant.push(path);
        if first.is_some_and(|first| first <= after.saturating_add(1)) {
            break;
        }
    }
    relevant.reverse();
    Ok(relevant)
}

/// What stands in a file, without a line that is being written at this moment.
fn whole_lines(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        // It is being numbered.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    bytes.truncate(whole);
    Ok(bytes)
}
