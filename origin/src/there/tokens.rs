//! What is matched: a key, or a key with a field and its value.

use crate::rows::push_value;
use crate::terms::Terms;
use yinshu_crypto::hash::Digest;
use yinshu_psi::{Entry, Item};

/// The section of the keys; field `i` of the terms has section `i + 1`.
pub(super) const KEYS: u16 = 0;

/// The entry of a key.
pub(super) fn key_entry(terms: &Terms, key: &str) -> Entry {
    let item = Item::new("yinshu/origin/key/1", &[terms.catalogue.as_bytes(), key.as_bytes()]);
    Entry { section: KEYS, item }
}

/// The entry of field number `at` of a row. The value is one to compare: see [`Terms::comparable`].
pub(super) fn field_entry(terms: &Terms, key: &str, at: usize, value: Option<&str>) -> Entry {
    let field = terms.private_fields.get(at).map_or("", |name| name);
    let mut parts: Vec<&[u8]> = vec![terms.catalogue.as_bytes(), key.as_bytes(), field.as_bytes()];
    push_value(&mut parts, value);
    Entry { section: section_of(at), item: Item::new("yinshu/origin/field/1", &parts) }
}

/// The section of field number `at`. More than 1023 fields are refused before a run.
pub(super) fn section_of(at: usize) -> u16 {
    u16::try_from(at + 1).unwrap_or(u16::MAX)
}

/// What both sides must agree on beside the sections: the contract, the table, and how it is read.
pub(super) fn context(terms: &Terms, contract: Digest) -> Digest {
    let scope: &[u8] = match terms.scope {
        crate::terms::Scope::WholeTable => b"whole-table",
        crate::terms::Scope::OurDivisions => b"our-divisions",
    };
    let mut parts: Vec<&[u8]> =
        vec![&contract.0, terms.catalogue.as_bytes(), scope, terms.division.as_bytes()];
    parts.extend(terms.aliases.0.iter().flat_map(|(old, new)| [old.as_bytes(), new.as_bytes()]));
    parts.push(b"divisions");
    parts.extend(terms.divisions.iter().map(String::as_bytes));
    parts.push(b"key");
    parts.extend(terms.key.iter().map(String::as_bytes));
    Digest::of_parts("yinshu/origin/context/1", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn entries_differ_in_every_part() {
        let terms = sample::terms();
        let one = field_entry(&terms, "k", 0, Some("v"));
        assert_eq!(one, field_entry(&terms, "k", 0, Some("v")));
        for other in [
            field_entry(&terms, "l", 0, Some("v")),
            field_entry(&terms, "k", 1, Some("v")),
            field_entry(&terms, "k", 0, Some("w")),
            field_entry(&terms, "k", 0, Some("")),
            field_entry(&terms, "k", 0, None),
        ] {
            assert_ne!(one.item, other.item);
        }
        assert_ne!(field_entry(&terms, "k", 0, Some("")).item, field_entry(&terms, "k", 0, None).item);
        let mut elsewhere = terms.clone();
        elsewhere.catalogue.push('x');
        assert_ne!(key_entry(&terms, "k"), key_entry(&elsewhere, "k"));
    }

    #[test]
    fn the_context_holds_what_both_must_read_alike() {
        let terms = sample::terms();
        let before = context(&terms, Digest::ZERO);
        assert_ne!(before, context(&terms, Digest::sha256(b"another contract")));
        let changed = |change: fn(&mut Terms)| {
            let mut terms = sample::terms();
            change(&mut terms);
            context(&terms, Digest::ZERO)
        };
        assert_ne!(before, changed(|t| t.scope = crate::terms::Scope::OurDivisions));
        assert_ne!(before, changed(|t| t.aliases.0.clear()));
        assert_ne!(before, changed(|t| t.divisions.clear()));
        assert_ne!(before, changed(|t| t.key.clear()));
    }
}
