//! Documents for programs: JSON, JSON lines and CSV, all by the serializer. Nothing here knows what a document is about.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Document, Item, NoItem};
use crate::problem::SCHEMA;

/// A JSON object with schema and kind before its own fields.
pub(super) fn object(kind: &str, fields: &impl Serialize) -> io::Result<Value> {
    let mut object = Map::new();
    object.insert("schema".to_owned(), SCHEMA.into());
    object.insert("kind".to_owned(), kind.into());
    match serde_json::to_value(fields)? {
        Value::Object(fields) => object.extend(fields),
        Value::Null => {}
        other => {
            object.insert("value".to_owned(), other);
        }
    }
    Ok(Value::Object(object))
}

pub(super) fn json<H: Serialize, T: Item>(document: &Document<H, T>) -> io::Result<String> {
    let mut whole = object(document.kind, &document.head)?;
    if let Value::Object(fields) = &mut whole
        && T::KIND != NoItem::KIND
    {
        fields.insert("items".to_owned(), serde_json::to_value(&document.items)?);
    }
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

/// An object for the whole, unless nothing is to be said of it, and one for each item; `kind` tells them apart.
pub(super) fn json_lines<H: Serialize, T: Item>(document: &Document<H, T>) -> io::Result<String> {
    let head =
        (!serde_json::to_value(&document.head)?.is_null()).then(|| object(document.kind, &document.head));
    let items = document.items.iter().map(|item| object(T::KIND, item));
    head.into_iter().chain(items).map(|object| Ok(object?.to_string() + "\n")).collect()
}

/// One row an item, the columns being the fields of its JSON in the order of the alphabet; what is not a plain value
/// stands as JSON.
pub(super) fn csv<H: Serialize, T: Item>(document: &Document<H, T>) -> io::Result<String> {
    let objects: Vec<Value> = if T::KIND == NoItem::KIND {
        vec![object(document.kind, &document.head)?]
    } else {
        document.items.iter().map(|item| object(T::KIND, item)).collect::<io::Result<_>>()?
    };
    let rows: Vec<&Map<String, Value>> = objects.iter().filter_map(Value::as_object).collect();
    let Some(first) = rows.first() else { return Ok(String::new()) };
    let line = |fields: Vec<String>| fields.join(",") + "\n";
    let header = line(first.keys().map(|key| quoted(key)).collect());
    let rows = rows.iter().map(|row| line(row.values().map(csv_field).collect()));
    Ok(std::iter::once(header).chain(rows).collect())
}

fn csv_field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    }
}

/// RFC 4180.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
