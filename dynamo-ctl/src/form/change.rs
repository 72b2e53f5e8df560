//! A change of the ring. Every kind has the same fields, so that many of them make one table.

use serde::{Deserialize, Serialize};
use shared::id::Name;
use shared::wire::plan::{Change, Staged};

use crate::output::{Item, Tone};
use crate::text::moment;

/// What is to become different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A waiting node becomes a member.
    Join,
    /// A living member hands over everything, and goes.
    Leave,
    /// A waiting node takes the place of a lost member.
    Replace,
    /// A lost member is struck off.
    Remove,
    /// A member's share.
    Weight,
    /// A member's failure zone.
    Zone,
}

/// A change. Fields that its kind does not have are null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeForm {
    /// Which kind.
    pub change: Kind,
    /// The member or waiting node that it is about.
    pub node: Name,
    /// Of joins and weights.
    #[serde(default)]
    pub weight: Option<u32>,
    /// Of joins, where it is not the node's own, and of zones.
    #[serde(default)]
    pub zone: Option<Name>,
    /// Of zones: whether no member is in it yet.
    #[serde(default)]
    pub is_new_zone: Option<bool>,
    /// Of replacements: the waiting node.
    #[serde(default)]
    pub by: Option<Name>,
}

impl From<&Change> for ChangeForm {
    fn from(change: &Change) -> Self {
        let plain = |change: Kind, node: &Name| Self {
            change,
            node: node.clone(),
            weight: None,
            zone: None,
            is_new_zone: None,
            by: None,
        };
        match change {
            Change::Join { node, weight, zone } => {
                Self { weight: Some(*weight), zone: zone.clone(), ..plain(Kind::Join, node) }
            }
            Change::Leave { node } => plain(Kind::Leave, node),
            Change::Replace { node, by } => Self { by: Some(by.clone()), ..plain(Kind::Replace, node) },
            Change::Remove { node } => plain(Kind::Remove, node),
            Change::Weight { node, weight } => Self { weight: Some(*weight), ..plain(Kind::Weight, node) },
            Change::Zone { node, zone, is_new } => {
                Self { zone: Some(zone.clone()), is_new_zone: Some(*is_new), ..plain(Kind::Zone, node) }
            }
        }
    }
}

impl TryFrom<ChangeForm> for Change {
    type Error = String;

    fn try_from(form: ChangeForm) -> Result<Self, String> {
        let ChangeForm { change, node, weight, zone, is_new_zone, by } = form;
        let missing = |field: &str| format!("a change of {node} has no `{field}`");
        Ok(match change {
            Kind::Join => Self::Join { weight: weight.unwrap_or(1), zone, node },
            Kind::Leave => Self::Leave { node },
            Kind::Replace => Self::Replace { by: by.ok_or_else(|| missing("by"))?, node },
            Kind::Remove => Self::Remove { node },
            Kind::Weight => Self::Weight { weight: weight.ok_or_else(|| missing("weight"))?, node },
            Kind::Zone => Self::Zone {
                zone: zone.ok_or_else(|| missing("zone"))?,
                is_new: is_new_zone.unwrap_or(false),
                node,
            },
        })
    }
}

/// The changes in one line.
pub fn in_words(changes: &[ChangeForm]) -> String {
    let words =
        changes.iter().map(|form| Change::try_from(form.clone()).map_or_else(|e| e, |c| c.to_string()));
    words.collect::<Vec<_>>().join(", ")
}

/// A change that waits to be committed.
#[derive(Debug, Clone, Serialize)]
pub struct StagedForm {
    /// What it is cleared by.
    pub number: u64,
    /// What it is.
    #[serde(flatten)]
    pub change: ChangeForm,
    /// Who staged it, by the certificate.
    pub author: Option<String>,
    /// The serial number of that certificate.
    pub author_serial: Option<String>,
    /// When.
    pub staged: Option<String>,
}

impl From<&Staged> for StagedForm {
    fn from(staged: &Staged) -> Self {
        Self {
            number: staged.number,
            change: (&staged.change).into(),
            author: Some(staged.author.name.clone()),
            author_serial: Some(staged.author.serial.clone()),
            staged: Some(moment(staged.staged_ms)),
        }
    }
}

impl Item for StagedForm {
    const KIND: &'static str = "staged";

    fn headings(wide: bool) -> Vec<&'static str> {
        if wide { vec!["NUMBER", "CHANGE", "BY", "STAGED", "CERTIFICATE"] } else { vec!["NUMBER", "CHANGE"] }
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let mut cells = vec![self.number.to_string(), in_words(std::slice::from_ref(&self.change))];
        if wide {
            let more = [&self.author, &self.staged, &self.author_serial];
            cells.extend(more.map(|text| text.clone().unwrap_or_else(|| "-".to_owned())));
        }
        cells.into_iter().map(|text| (text, Tone::Plain)).collect()
    }

    fn name(&self) -> String {
        self.number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_survives_its_form() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let changes = [
            Change::Join { node: name("a"), weight: 2, zone: Some(name("z")) },
            Change::Join { node: name("a"), weight: 1, zone: None },
            Change::Leave { node: name("b") },
            Change::Replace { node: name("b"), by: name("c") },
            Change::Remove { node: name("b") },
            Change::Weight { node: name("b"), weight: 7 },
            Change::Zone { node: name("b"), zone: name("z"), is_new: true },
        ];
        for change in changes {
            let json = serde_json::to_string(&ChangeForm::from(&change)).unwrap();
            let read: ChangeForm = serde_json::from_str(&json).unwrap();
            assert_eq!(Change::try_from(read), Ok(change), "{json}");
        }
    }

    #[test]
    fn what_a_change_cannot_do_without_is_named() {
        let form: ChangeForm = serde_json::from_str(r#"{"change": "replace", "node": "b"}"#).unwrap();
        assert_eq!(Change::try_from(form), Err("a change of b has no `by`".to_owned()));
    }
}
