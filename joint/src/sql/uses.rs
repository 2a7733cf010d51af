//! What an owner allows of a column, and what a question does with it.

use super::terms::Terms;
use crate::error::JointError;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// What an owner allows. A list of them allows each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Anything a plan can do.
    Plaintext,
    /// To join by it, and nothing else.
    JoinKey,
    /// To group by it: its values are the labels of groups.
    GroupKey,
    /// To be inside an aggregate: what comes out is a figure over a group.
    Aggregate,
    /// To be compared: what goes on from there is a truth, and never the value.
    Compare,
    /// Nothing.
    Never,
}

impl Use {
    /// The word of contracts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::JoinKey => "join-key",
            Self::GroupKey => "group-key",
            Self::Aggregate => "aggregate",
            Self::Compare => "compare",
            Self::Never => "never",
        }
    }
}

/// `use = "aggregate"` or `use = ["aggregate", "compare"]`.
pub(super) fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Use>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(Use),
        More(Vec<Use>),
    }
    let words = "use is one or more of plaintext, join-key, group-key, aggregate, compare, never";
    match OneOrMore::deserialize(from).map_err(|_| serde::de::Error::custom(words))? {
        OneOrMore::One(one) => Ok(vec![one]),
        OneOrMore::More(more) => Ok(more),
    }
}

/// A column of a contract: the numbers of its table and its place in it.
pub(super) type Origin = (usize, usize);

/// That these columns may be put to this use: none of their owners forbids it.
///
/// # Errors
/// [`JointError::NotAllowed`], for the first that its owner forbids.
pub(super) fn permit(terms: &Terms, origins: &BTreeSet<Origin>, wanted: Use) -> Result<(), JointError> {
    for &(table, column) in origins {
        let table = &terms.query.tables[table];
        let column = &table.columns[column];
        let never = column.uses.contains(&Use::Never);
        if never || !(column.uses.contains(&Use::Plaintext) || column.uses.contains(&wanted)) {
            let words: Vec<&str> = column.uses.iter().map(|allowed| allowed.word()).collect();
            return Err(JointError::NotAllowed {
                column: format!("{}.{}", table.name, column.name),
                owner: table.party.clone(),
                constraint: words.join(", "),
                wanted: wanted.word().to_owned(),
            });
        }
    }
    Ok(())
}
