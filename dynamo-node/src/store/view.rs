//! View: the store as a lane sees it, everything applied so far. What is committed lies in the database, what is not
//! in the overlays; the overlays are always asked first, since the writer drops a row there only once it is committed.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError, RwLockReadGuard};

use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::{Damaged, HintBody, Shelf, Stored};
use fjall::Slice;
use shared::id::NodeId;
use shared::token::Token;

use super::Inner;
use super::layout::{self, Space};
use super::overlay::Overlay;

/// A range of keys in a keyspace.
type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// What the overlays know of rows; `None`: that there is nothing any more.
type Overlaid<B> = BTreeMap<Row, Option<B>>;

impl Inner {
    /// The lane that a token's rows belong to: by its leading three bits, so that a partition (Q is at least 8) is
    /// always in one lane, and so are its leaves.
    pub(super) fn lane_of(&self, token: Token) -> usize {
        let eighth = usize::try_from(token.0 >> (u128::BITS - 3)).unwrap_or_default();
        eighth % self.overlays.len()
    }

    fn overlay(&self, token: Token) -> Option<RwLockReadGuard<'_, Overlay>> {
        let overlay = self.overlays.get(self.lane_of(token));
        overlay.map(|overlay| overlay.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn all_overlays(&self) -> impl Iterator<Item = RwLockReadGuard<'_, Overlay>> {
        self.overlays.iter().map(|overlay| overlay.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn committed(&self, space: Space, key: Vec<u8>) -> Result<Option<Slice>, Damaged> {
        self.engine.space(space).get(key).map_err(|error| Damaged(error.to_string()))
    }

    /// How many bytes a hint's row has, if there is one.
    pub(super) fn hint_bytes(&self, owner: NodeId, row: &Row) -> Option<u64> {
        let overlaid = self.overlay(row.token()).and_then(|overlay| overlay.hint(owner, row));
        if let Some(hint) = overlaid {
            return hint.bytes();
        }
        let committed = self.engine.space(Space::Hints).size_of(layout::hint_key(owner, row));
        committed.ok().flatten().map(u64::from)
    }

    /// How many bytes the committed record of a row has, readable or not.
    pub(super) fn object_bytes(&self, row: &Row) -> u64 {
        let committed = self.engine.space(Space::Objects).size_of(layout::row_key(row));
        committed.ok().flatten().map_or(0, |bytes| layout::record_bytes(bytes as usize))
    }

    /// The object of a row; one that is damaged is not counted here.
    pub(super) fn read_object(&self, row: &Row) -> Result<Option<Arc<Record>>, Damaged> {
        let overlaid = self.overlay(row.token()).and_then(|overlay| overlay.object(row));
        if let Some(overlaid) = overlaid {
            return Ok(overlaid.into_record());
        }
        let bytes = self.committed(Space::Objects, layout::row_key(row))?;
        bytes.map(|bytes| layout::decode_record(&bytes)).transpose()
    }

    /// Whether a row is in the conflict index.
    pub(super) fn is_conflict(&self, row: &Row) -> bool {
        match self.read_object(row) {
            Ok(record) => record.is_some_and(|record| record.is_conflict()),
            // The index is not overlaid, but nothing was written to a damaged object since it was committed.
            Err(_) => {
                self.committed(Space::Index, layout::conflict_key(row)).is_ok_and(|entry| entry.is_some())
            }
        }
    }

    /// Counts a row that cannot be read, and says which it is.
    fn count_damaged(&self, what: &str, row: &dyn std::fmt::Debug, damaged: &Damaged) -> Damaged {
        self.tally.damaged.fetch_add(1, Relaxed);
        let text = format!("{what} {row:?}: {}", damaged.0);
        tracing::warn!(reason = %text, "a damaged record");
        Damaged(text)
    }

    /// Where the objects of an arc lie after a row, and what is overlaid of them; `None`: nowhere.
    fn arc(&self, first: Token, last: Token, after: Option<&Row>) -> Option<(Range, Overlaid<Arc<Record>>)> {
        // Only a row of this arc says where to go on in it.
        let after = after.filter(|after| after.token() >= first);
        if after.is_some_and(|after| after.token() > last) {
            return None;
        }
        let from = match after {
            Some(after) => Bound::Excluded(layout::row_key(after)),
            None => Bound::Included(first.0.to_be_bytes().to_vec()),
        };
        let end = match last.0.checked_add(1) {
            Some(beyond) => Bound::Excluded(beyond.to_be_bytes().to_vec()),
            None => Bound::Unbounded,
        };
        let overlaid = self.all_overlays().flat_map(|overlay| {
            let objects: Vec<_> = overlay.objects(first, last, after).collect();
            objects
        });
        Some(((from, end), overlaid.collect()))
    }

    /// Merges committed rows with overlaid ones, in order, up to a limit.
    ///
    /// A committed row that is damaged is left out and counted: one of them must not end every exchange and listing of
    /// its partition. Point reads of it fail. An error of the database itself ends the scan.
    fn page<B>(
        &self,
        space: Space,
        range: Range,
        overlaid: Overlaid<B>,
        limit: usize,
        decode: impl Fn(&[u8], &[u8], &Overlaid<B>) -> Result<Option<(Row, B)>, Damaged>,
    ) -> Result<Vec<(Row, B)>, Damaged> {
        let mut found: BTreeMap<Row, B> = BTreeMap::new();
        for guard in self.engine.space(space).range::<Vec<u8>, _>(range) {
            if found.len() >= limit {
                break;
            }
            let (key, value) = guard.into_inner().map_err(|error| Damaged(error.to_string()))?;
            match decode(&key, &value, &overlaid) {
                Ok(row) => found.extend(row),
                Err(damaged) => _ = self.count_damaged(space.name(), &Slice::from(&*key), &damaged),
            }
        }
        found.extend(overlaid.into_iter().filter_map(|(row, body)| Some((row, body?))));
        Ok(found.into_iter().take(limit).collect())
    }
}

/// What all lanes have applied.
pub(super) struct View<'a>(pub(super) &'a Inner);

impl Shelf for View<'_> {
    fn object(&self, row: &Row) -> Result<Option<Arc<Record>>, Damaged> {
        self.0.read_object(row).map_err(|damaged| self.0.count_damaged("objects", row, &damaged))
    }

    fn hint(&self, owner: NodeId, row: &Row) -> Result<Option<HintBody>, Damaged> {
        let overlaid = self.0.overlay(row.token()).and_then(|overlay| overlay.hint(owner, row));
        if let Some(hint) = overlaid {
            return Ok(hint.into_body());
        }
        let committed = self.0.committed(Space::Hints, layout::hint_key(owner, row));
        let hint = committed.and_then(|bytes| bytes.map(|bytes| layout::decode_hint(&bytes)).transpose());
        hint.map_err(|damaged| self.0.count_damaged("hints", row, &damaged))
    }

    fn hinted_owners(&self) -> Vec<(NodeId, u64)> {
        self.0.tally.hinted_owners()
    }

    fn objects(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, Arc<Record>)>, Damaged> {
        let Some((range, overlaid)) = self.0.arc(first, last, after) else { return Ok(Vec::new()) };
        self.0.page(Space::Objects, range, overlaid, limit, |key, value, overlaid| {
            let row = layout::parse_row_key(key)?;
            if overlaid.contains_key(&row) {
                return Ok(None);
            }
            Ok(Some((row, layout::decode_record(value)?)))
        })
    }

    fn stored(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<Stored>, Damaged> {
        let Some((range, overlaid)) = self.0.arc(first, last, after) else { return Ok(Vec::new()) };
        let sized = |record: Arc<Record>| (record.to_canonical_bytes().len() as u64, Some(record));
        let overlaid = overlaid.into_iter().map(|(row, record)| (row, record.map(sized))).collect();
        let rows = self.0.page(Space::Objects, range, overlaid, limit, |key, value, overlaid| {
            let row = layout::parse_row_key(key)?;
            if overlaid.contains_key(&row) {
                return Ok(None);
            }
            let record = layout::decode_record(value);
            let record = record.map_err(|damaged| self.0.count_damaged("objects", &row, &damaged)).ok();
            Ok(Some((row, (layout::record_bytes(value.len()), record))))
        })?;
        Ok(rows.into_iter().map(|(row, (bytes, record))| Stored { row, bytes, record }).collect())
    }

    fn marked(&self, owner: NodeId, first: Token, last: Token) -> Result<Vec<Row>, Damaged> {
        let mut overlaid = BTreeMap::new();
        for overlay in self.0.all_overlays() {
            let hints = overlay.hints_of(owner, None);
            let hints = hints.filter(|(row, _)| (first..=last).contains(&row.token()));
            overlaid.extend(hints.map(|(row, body)| (row, (body == Some(HintBody::Mark)).then_some(()))));
        }
        let key = |token: Token| [&owner.0.to_be_bytes()[..], &token.0.to_be_bytes()].concat();
        let end = match last.0.checked_add(1) {
            Some(beyond) => Bound::Excluded(key(Token(beyond))),
            None => beyond_owner(owner),
        };
        let range = (Bound::Included(key(first)), end);
        // A damaged hint is no mark: those are one byte. It stays, as every whole record does.
        let marks = self.0.page(Space::Hints, range, overlaid, usize::MAX, |key, value, overlaid| {
            let (_, row) = layout::parse_hint_key(key)?;
            Ok((layout::is_mark(value) && !overlaid.contains_key(&row)).then_some((row, ())))
        })?;
        Ok(marks.into_iter().map(|(row, ())| row).collect())
    }

    fn hints_of(
        &self,
        owner: NodeId,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, HintBody)>, Damaged> {
        let mut overlaid = BTreeMap::new();
        for overlay in self.0.all_overlays() {
            overlaid.extend(overlay.hints_of(owner, after));
        }
        let from = match after {
            Some(after) => Bound::Excluded(layout::hint_key(owner, after)),
            None => Bound::Included(owner.0.to_be_bytes().to_vec()),
        };
        self.0.page(Space::Hints, (from, beyond_owner(owner)), overlaid, limit, |key, value, overlaid| {
            let (_, row) = layout::parse_hint_key(key)?;
            if overlaid.contains_key(&row) {
                return Ok(None);
            }
            Ok(Some((row, layout::decode_hint(value)?)))
        })
    }

    fn leaf(&self, leaf: u32) -> u128 {
        self.0.leaves.get(leaf)
    }
}

/// Where the hints of an owner end.
fn beyond_owner(owner: NodeId) -> Bound<Vec<u8>> {
    match owner.0.checked_add(1) {
        Some(beyond) => Bound::Excluded(beyond.to_be_bytes().to_vec()),
        None => Bound::Unbounded,
    }
}
