//! What a policy says of review.
//!
//! ```toml
//! [review]
//! when = "flagged"            # or "always", "never"
//! reviewers = ["wang"]        # never whoever asked
//! on_hit = "hold"             # or "refuse": where a number was found that identifies somebody
//! lines = 200                 # flagged: more groups than these, however few lines `LIMIT` shows
//! first = true                # flagged: all results of a user of whom no reviewer has released one
//! ```
//!
//! Without reviewers an answer in which something was found is refused.

use crate::dataset::wrong;
use crate::error::SandboxError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// `[review]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Review {
    /// Which results go to a person.
    pub when: When,
    /// Who may look at them: of these, never whoever asked.
    pub reviewers: BTreeSet<String>,
    /// What happens where something was found.
    pub on_hit: Option<OnHit>,
    /// A result over more groups is looked at, also where fewer lines of it are shown.
    pub lines: Option<u64>,
    /// Results of a user are looked at until one was released.
    pub first: bool,
}

/// Which results go to a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// All.
    Always,
    /// Those in which something was found, and of which the policy says so.
    #[default]
    Flagged,
    /// None: where something was found it does not leave.
    Never,
}

/// What happens where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnHit {
    /// A person looks at it.
    Hold,
    /// It does not leave.
    Refuse,
}

impl Review {
    /// What happens where something was found.
    pub(crate) fn on_hit(&self) -> OnHit {
        let nobody = self.when == When::Never || self.reviewers.is_empty();
        self.on_hit.unwrap_or(if nobody { OnHit::Refuse } else { OnHit::Hold })
    }

    /// Whether a person looks at what is found in an answer, whatever it is.
    pub(crate) fn holds(&self) -> bool {
        !self.reviewers.is_empty() && self.when != When::Never && self.on_hit() == OnHit::Hold
    }

    /// Whether this user may decide on a result of that one.
    pub(crate) fn may(&self, reviewer: &str, requester: &str) -> bool {
        reviewer != requester && self.reviewers.contains(reviewer)
    }

    /// Holds it against those who may ask.
    ///
    /// # Errors
    /// [`SandboxError::Description`]: it does not go together.
    pub(crate) fn check(&self, users: &BTreeSet<String>) -> Result<(), SandboxError> {
        let said = self.on_hit == Some(OnHit::Hold) || self.lines.is_some() || self.first;
        if self.when == When::Never && (said || !self.reviewers.is_empty()) {
            return Err(wrong("review", "with when = \"never\" nobody looks at results"));
        }
        if self.when == When::Always && (self.lines.is_some() || self.first) {
            return Err(wrong("review", "lines and first are for when = \"flagged\""));
        }
        if self.reviewers.iter().any(|name| name.trim().is_empty()) {
            return Err(wrong("review.reviewers", "a name is blank"));
        }
        let wanted = said || self.when == When::Always || !self.reviewers.is_empty();
        match users.iter().find(|user| wanted && !self.reviewers.iter().any(|name| self.may(name, user))) {
            Some(user) => {
                let reason = format!("nobody is named who may look at results of {user}");
                Err(wrong("review.reviewers", &reason))
            }
            None => Ok(()),
        }
    }
}
