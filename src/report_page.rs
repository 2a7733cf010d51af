//! A verification report as people read it: one self-contained HTML page, and plain text for a
//! terminal, both in Chinese or English.
//!
//! [`Page`] is a [`Report`] and what is known around it: [`html`] and [`terminal`] only arrange it.
//! The page loads nothing and runs nothing (its content security policy allows inline style alone),
//! every value is escaped, it follows the reader's light or dark setting, and it prints on A4.

pub(crate) mod charts;
mod figures;
mod html;
mod sections;
mod terminal;
mod words;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use yinshu_audit::Provenance;
use yinshu_crypto::hash::Digest;
use yinshu_origin::Report;

pub use html::html;
pub(crate) use html::whole;
pub use terminal::{Layout, terminal};

/// A report and what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What was found.
    pub report: &'a Report,
    /// Names for codes: columns (`aac003` → 姓名), divisions, parties, phases and steps. A code without one
    /// stands alone.
    pub captions: &'a BTreeMap<String, String>,
    /// Where the result came from.
    pub provenance: Option<&'a Provenance>,
    /// Signed states of both sides' audit logs.
    pub seals: &'a [Seal],
    /// Name and SHA-256 of the JSON report that the page shows.
    pub json: Option<(&'a str, Digest)>,
}

/// A checkpoint of an audit log: so many records have this root.
#[derive(Clone, Debug)]
pub struct Seal {
    /// Whose log.
    pub party: String,
    /// Records it covers.
    pub records: u64,
    /// Root of the Merkle tree over them.
    pub root: Digest,
}
