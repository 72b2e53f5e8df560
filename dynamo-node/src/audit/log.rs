//! The log: events made into lines, chained, appended and synced together.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use shared::wire::audit::{AuditEntry, Chain};

use super::files::{Files, Found};
use super::{Event, events};

/// What writes. After an error the files are looked at again before anything more is written.
#[derive(Debug)]
pub(super) struct Log {
    files: Arc<Files>,
    found: Option<Found>,
}

impl Log {
    /// The files are opened with the first lines.
    pub(super) fn new(files: Arc<Files>) -> Self {
        Self { files, found: None }
    }

    /// Appends lines and syncs them; their numbers. An error leaves none of them behind.
    pub(super) fn append(&mut self, events: Vec<Event>) -> io::Result<Vec<u64>> {
        if self.found.is_none() {
            self.reopen()?;
        }
        self.rotate()?;
        self.write(events)
    }

    /// What is found to be wrong is reported, here and in the audit itself.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        let mut found = self.files.open()?;
        let findings = std::mem::take(&mut found.findings);
        self.found = Some(found);
        for finding in &findings {
            tracing::error!(finding, "the audit was damaged");
        }
        let notes: Vec<_> = findings.into_iter().map(events::note).collect();
        if notes.is_empty() { Ok(()) } else { self.write(notes).map(drop) }
    }

    fn rotate(&mut self) -> io::Result<()> {
        let Some(found) = self.found.take() else { return Ok(()) };
        if found.length < self.files.bytes_max {
            self.found = Some(found);
            return Ok(());
        }
        self.files.number_newest()?;
        let file = self.files.open_newest()?;
        self.found = Some(Found { file, length: 0, ..found });
        Ok(())
    }

    fn write(&mut self, events: Vec<Event>) -> io::Result<Vec<u64>> {
        let Some(mut found) = self.found.take() else { return Err(io::Error::other("it is not open")) };
        let (text, numbers) = lines(&mut found.chain, events)?;
        let written = found.file.write_all(&text).and_then(|()| found.file.sync_data());
        if let Err(error) = written {
            // What is there of it is taken back, so that it is not half there; if that fails too, it is set aside later.
            let _ = found.file.set_len(found.length);
            return Err(error);
        }
        found.length += text.len() as u64;
        self.found = Some(found);
        Ok(numbers)
    }
}

/// The lines of these events, each with its end, and their numbers.
fn lines(chain: &mut Chain, events: Vec<Event>) -> io::Result<(Vec<u8>, Vec<u64>)> {
    let (mut text, mut numbers) = (Vec::new(), Vec::new());
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at_ms = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
    for event in events {
        let sequence = chain.sequence() + 1;
        let entry =
            AuditEntry { sequence, previous: chain.hash().to_owned(), at: rfc_3339(at_ms), at_ms, event };
        let line = serde_json::to_vec(&entry).map_err(io::Error::other)?;
        chain.follow(&line).map_err(|broken| io::Error::other(broken.to_string()))?;
        text.extend_from_slice(&line);
        text.push(b'\n');
        numbers.push(sequence);
    }
    Ok((text, numbers))
}

fn rfc_3339(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| jiff::Timestamp::from_millisecond(at_ms).ok());
    at.map_or_else(|| format!("{at_ms} ms"), |at| format!("{at:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc_with_milliseconds() {
        assert_eq!(rfc_3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc_3339(1_795_369_500_120), "2026-11-22T17:45:00.120Z");
        assert_eq!(rfc_3339(u64::MAX), "18446744073709551615 ms");
    }
}
