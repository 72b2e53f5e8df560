//! View: the store as a lane sees it, everything applied so far. What is committed lies in the database, what is not
//! in the overlays; the overlays are always asked first, since the writer drops a row there only once it is committed.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError, RwLockReadGuard};

use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::{Damaged, HintBody, Shelf};
use fjall::Slice;
use shared::id::NodeId;
use shared::token::Token;

use super::Inner;
use super::layout::{self, Space};
use super::overlay::Overlay;

/// A range of keys in a keyspace.
type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

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

    /// The object of a row; one that is damaged is not counted here.
    pub(super) fn read_object(&self, row: &Row) -> Result<Option<Arc<Record>>, Damaged> {
        let overlaid = self.overlay(row.token()).and_then(|overlay| overlay.object(row));
        if overlaid.is_some() {
            return Ok(overlaid);
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

    /// Merges committed rows with overlaid ones, in order, up to a limit.
    ///
    /// A committed row that is damaged is left out and counted: one of them must not end every exchange and listing of
    /// its partition. Point reads of it fail. An error of the database itself ends the scan.
    fn page<B>(
        &self,
        space: Space,
        range: Range,
        overlaid: BTreeMap<Row, Option<B>>,
        limit: usize,
        decode: impl Fn(&[u8], &[u8], &BTreeMap<Row, Option<B>>) -> Result<Option<(Row, B)>, Damaged>,
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
        let mut overlaid = BTreeMap::new();
        for overlay in self.0.all_overlays() {
            overlaid.extend(overlay.objects(first, last, after).map(|(row, record)| (row, Some(record))));
        }
        // Only a row of this arc says where to go on in it.
        let after = after.filter(|after| after.token() >= first);
        let from = match after {
            Some(after) => Bound::Excluded(layout::row_key(after)),
            None => Bound::Included(first.0.to_be_bytes().to_vec()),
        };
        let end = match last.0.checked_add(1) {
            Some(beyond) => Bound::Excluded(beyond.to_be_bytes().to_vec()),
            None => Bound::Unbounded,
        };
        if after.is_some_and(|after| after.token() > last) {
            return Ok(Vec::new());
        }
        self.0.page(Space::Objects, (from, end), overlaid, limit, |key, value, overlaid| {
            let row = layout::parse_row_key(key)?;
            if overlaid.contains_key(&row) {
                return Ok(None);
            }
            Ok(Some((row, layout::decode_record(value)?)))
        })
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
        let end = match owner.0.checked_add(1) {
            Some(beyond) => Bound::Excluded(beyond.to_be_bytes().to_vec()),
            None => Bound::Unbounded,
        };
        self.0.page(Space::Hints, (from, end), overlaid, limit, |key, value, overlaid| {
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
