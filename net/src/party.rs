//! The name of a party.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::NetError;

/// The name of a party, such as `hr-province`: 1 to 64 of `a`–`z`, `0`–`9` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartyId(String);

impl PartyId {
    /// The longest name, in bytes.
    pub const MAX: usize = 64;

    /// Checks and takes a name; [`NetError::BadPartyId`] if it is empty, too long, or holds anything
    /// but `a`–`z`, `0`–`9` and `-`.
    pub fn new(name: impl Into<String>) -> Result<Self, NetError> {
        let name = name.into();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.len() > Self::MAX || !name.bytes().all(allowed) {
            return Err(NetError::BadPartyId { name: crate::error::printable(name.as_bytes(), Self::MAX) });
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartyId({})", self.0)
    }
}

impl FromStr for PartyId {
    type Err = NetError;
    fn from_str(name: &str) -> Result<Self, NetError> {
        Self::new(name)
    }
}

impl TryFrom<String> for PartyId {
    type Error = NetError;
    fn try_from(name: String) -> Result<Self, NetError> {
        Self::new(name)
    }
}

impl From<PartyId> for String {
    fn from(party: PartyId) -> Self {
        party.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_good_names_and_refuses_others() {
        assert_eq!(PartyId::new("hr-province").expect("a good name").to_string(), "hr-province");
        assert!(PartyId::new("x".repeat(64)).is_ok());
        for bad in ["", "HR", "a b", "省", "a_b", &"x".repeat(65)] {
            assert!(PartyId::new(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_bad_name_is_not_echoed_at_length() {
        let e = PartyId::new("\u{1b}[31m".repeat(1000)).expect_err("a bad name");
        assert!(e.to_string().len() < 200 && !e.to_string().contains('\u{1b}'));
    }
}
