//! Overlay: what a lane has applied and the writer has not yet committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::HintBody;
use shared::id::NodeId;
use shared::token::Token;

/// What became of an object.
#[derive(Debug, Clone)]
pub(super) enum LastObject {
    /// It is this record.
    There(Arc<Record>),
    /// It was removed.
    Gone,
}

/// What became of a hint.
#[derive(Debug, Clone)]
pub(super) enum LastHint {
    /// It is kept, in a row of so many bytes.
    Kept(HintBody, u64),
    /// It was forgotten.
    Forgotten,
}

/// Rows of one lane, each with the lane's generation that wrote it last.
#[derive(Default)]
pub(super) struct Overlay {
    objects: BTreeMap<Row, (u64, LastObject)>,
    hints: BTreeMap<(NodeId, Row), (u64, LastHint)>,
}

/// A row that an operation wrote.
#[derive(Debug, Clone)]
pub(super) enum Touched {
    Object(Row),
    Hint(NodeId, Row),
}

impl Overlay {
    pub(super) fn put_object(&mut self, generation: u64, row: Row, object: LastObject) {
        self.objects.insert(row, (generation, object));
    }

    pub(super) fn put_hint(&mut self, generation: u64, owner: NodeId, row: Row, hint: LastHint) {
        self.hints.insert((owner, row), (generation, hint));
    }

    /// `None`: nothing is known of the row here.
    pub(super) fn object(&self, row: &Row) -> Option<LastObject> {
        self.objects.get(row).map(|(_, object)| object.clone())
    }

    /// `None`: nothing is known of the hint here.
    pub(super) fn hint(&self, owner: NodeId, row: &Row) -> Option<LastHint> {
        if self.hints.is_empty() {
            return None;
        }
        self.hints.get(&(owner, row.clone())).map(|(_, hint)| hint.clone())
    }

    /// What is known of the objects with tokens in an arc, after a row, in order.
    pub(super) fn objects(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
    ) -> impl Iterator<Item = (Row, Option<Arc<Record>>)> {
        // Rows are ordered by token first, but a row cannot be made of a token alone: an arc is found by its tokens.
        let within =
            move |row: &Row| (first..=last).contains(&row.token()) && after.is_none_or(|after| row > after);
        let within = self.objects.iter().filter(move |(row, _)| within(row));
        within.map(|(row, (_, object))| (row.clone(), object.clone().into_record()))
    }

    /// What is known of an owner's hints, after a row, in order.
    pub(super) fn hints_of(
        &self,
        owner: NodeId,
        after: Option<&Row>,
    ) -> impl Iterator<Item = (Row, Option<HintBody>)> {
        let within = move |(of, row): &(NodeId, Row)| *of == owner && after.is_none_or(|after| row > after);
        let within = self.hints.iter().filter(move |(key, _)| within(key));
        within.map(|((_, row), (_, hint))| (row.clone(), hint.clone().into_body()))
    }

    /// Drops a row if it was committed as it is here: nothing later than this generation has written it.
    pub(super) fn settle(&mut self, touched: Touched, generation: u64) {
        match touched {
            Touched::Object(row) => {
                if self.objects.get(&row).is_some_and(|(written, _)| *written <= generation) {
                    self.objects.remove(&row);
                }
            }
            Touched::Hint(owner, row) => {
                let key = (owner, row);
                if self.hints.get(&key).is_some_and(|(written, _)| *written <= generation) {
                    self.hints.remove(&key);
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.hints.is_empty()
    }
}

impl LastObject {
    /// The record, if there is one.
    pub(super) fn into_record(self) -> Option<Arc<Record>> {
        match self {
            Self::There(record) => Some(record),
            Self::Gone => None,
        }
    }
}

impl LastHint {
    /// What is kept, if anything is.
    pub(super) fn into_body(self) -> Option<HintBody> {
        match self {
            Self::Kept(body, _) => Some(body),
            Self::Forgotten => None,
        }
    }

    /// How many bytes its row has, if there is one.
    pub(super) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Kept(_, bytes) => Some(*bytes),
            Self::Forgotten => None,
        }
    }
}
