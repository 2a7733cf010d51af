//! The label that goes with every result: how sensitive it is, what it is for, whose it is, when it was handed out and which
//! record says so.
//!
//! It is where people look: under the table in a terminal, in an object of its own in JSON, and in a file of lines in a
//! last column, in every line: a line above the header or below the last would be taken for data by whatever reads the
//! file, and a file beside it is left behind when the first is sent on. Sorted, cut or put together with others, every line
//! still says where it is from.

use crate::room::written;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The levels there are, from the most open. Those of data for the public service stand beside those of GB/T 43697.
const LEVELS: [&[&str]; 6] = [
    &["公开", "一般-1"],
    &["内部", "一般", "一般-2"],
    &["敏感", "一般-3"],
    &["一般-4"],
    &["重要"],
    &["核心"],
];

/// The level of what says nothing of its own.
pub(crate) const USUAL: &str = "内部";

/// The name of the last column of a file of lines.
pub const COLUMN: &str = "密级标识";

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// 密级: the strictest of what it was made of.
    pub level: String,
    /// What it is for.
    pub purpose: String,
    /// Whose it is.
    pub recipient: String,
    /// When it was released.
    pub time: Timestamp,
    /// Under which id it stands in the record.
    pub id: String,
    /// How far figures may be from the released ones, where they are marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altered: Option<String>,
}

impl Label {
    /// In one line.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { level, purpose, recipient, time, id, altered } = self;
        let altered = altered.as_ref().map(|share| format!(" · ±{share}")).unwrap_or_default();
        format!("{level} · {purpose} · {recipient} · {} · {id}{altered}", written(*time))
    }

    /// By name, for formats that have a place for such things.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, String)> {
        let Self { level, purpose, recipient, time, id, altered } = self;
        let plain = [("level", level), ("purpose", purpose), ("recipient", recipient), ("id", id)];
        let plain = plain.into_iter().chain(altered.as_ref().map(|share| ("altered", share)));
        let plain = plain.map(|(name, text)| (name, text.clone()));
        plain.chain([("time", written(*time))]).collect()
    }
}

/// How strict a level is, if it is one.
pub(crate) fn rank(level: &str) -> Option<usize> {
    LEVELS.iter().position(|same| same.contains(&level))
}

/// The strictest of several; the usual one of none.
pub(crate) fn strictest<'a>(levels: impl Iterator<Item = &'a str>) -> String {
    let known = levels.filter_map(|level| Some((rank(level)?, level)));
    known.max_by_key(|(rank, _)| *rank).map_or(USUAL, |(_, level)| level).to_owned()
}
