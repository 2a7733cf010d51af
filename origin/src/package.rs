//! The return package (返还包): files and a signed manifest, in one folder.
//!
//! ```text
//! batch-2026-11/
//!   manifest.json     what is in it, for whom, from whom, until when; one spelling, see below
//!   manifest.sig      the provider's key and its signature over the manifest's digest
//!   files/            the files the manifest names, and no others; no folders, no links
//! ```
//!
//! The provider makes one with [`pack()`]; the recipient gets an [`OpenedPackage`] from [`open()`],
//! and from nowhere else: it is the proof that signature, recipient, dates, names and every byte of
//! every file were checked. Each refusal has its own code, 5001 to 5018 ([`PackageError`]).
//!
//! # What is signed
//!
//! The SHA-256 of `manifest.json`'s exact bytes, under the domain [`DOMAIN`]. Nothing of a manifest
//! is parsed before its signature was checked. The manifest must be spelled the way [`Manifest`]
//! writes it (pretty JSON, keys in order, a newline at the end), so that no two readers can
//! understand one manifest differently.
//!
//! # What it does not do
//!
//! The package is not encrypted: it travels inside the channel that exists. Its counts are the
//! provider's claim; whether they are true is for the verification to say.

mod count;
mod error;
mod manifest;
mod name;
mod open;
mod pack;

pub use count::{FileCount, count_raw};
pub use error::PackageError;
pub use manifest::{Counting, DayCounts, DivisionCounts, FileEntry, Manifest, Period, Roles};
pub use name::check_name;
pub use open::{OpenedFile, OpenedPackage, open};
pub use pack::{Count, PackFile, PackTerms, pack};

use std::collections::BTreeMap;
use yinshu_crypto::sign::PublicKey;
use yinshu_net::PartyId;

/// The domain under which manifests are signed.
pub const DOMAIN: &str = "yinshu/origin/manifest/v1";

/// The keys by which parties are known; several for one party while a key is being replaced.
pub type Keys = BTreeMap<PartyId, Vec<PublicKey>>;

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const SIGNATURE: &str = "manifest.sig";
pub(crate) const FILES: &str = "files";

#[cfg(test)]
pub(crate) mod tests;
