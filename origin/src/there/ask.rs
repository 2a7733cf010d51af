//! The county's side: asks about its residents and its returned rows, and draws the conclusions.

use super::tokens::{KEYS, field_entry, key_entry, section_of};
use super::{KEY_SECTION, failed, matching_terms};
use crate::defect::{Defect, DefectKind, Detail};
use crate::error::VerifyError;
use crate::grid::Grid;
use crate::here::agreement::FieldRate;
use crate::here::{Here, Sink};
use crate::terms::Terms;
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::Channel;
use yinshu_psi::{Entry, Progress, intersect};

/// What was found with the provider.
pub struct There {
    /// Defects of each kind.
    pub found: BTreeMap<DefectKind, u64>,
    /// Identifiers asked about.
    pub asked_keys: u64,
    /// Values asked about, of each private field.
    pub asked_per_field: u64,
    /// Returned people whom the source holds.
    pub still_held: u64,
    /// Residents who were neither returned nor are in the source: no defect.
    pub not_held: u64,
    /// How many tokens the provider showed: of each row one for the key and one for each field, and
    /// what it padded with.
    pub shown: u64,
    /// Agreement of the returned fields with the source, for people whom it holds.
    pub agreement: Vec<FieldRate>,
    /// Residents by town and age band: how many are missing.
    pub missing: Grid,
    /// Returned people by division and age band: how many are gone from the source.
    pub gone: Grid,
    /// The commitment to everything that was asked; the provider has it too.
    pub commitment: Digest,
    /// What opens the commitment: to be kept, and kept secret until an inspector asks.
    pub salt: Secret<[u8; 32]>,
}

/// Asks the provider about everybody in `here`. Defects go to `sink`. The channel is left open.
///
/// # Errors
/// More to ask than the contract allows ([`VerifyError::OverQuota`], before anything is sent), a
/// failure of the matching or the channel, whatever `sink` returns.
pub fn ask(
    channel: &mut dyn Channel,
    terms: &Terms,
    contract: Digest,
    here: &Here,
    rng: &mut impl CryptoRng,
    sink: &mut Sink<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<There, VerifyError> {
    terms.check()?;
    let mut matching = matching_terms(terms, contract, terms.quotas.per_field);
    let per_row = 1 + terms.private_fields.len() as u64;
    matching.max_peer_items =
        terms.quotas.source_rows.saturating_mul(per_row).min(yinshu_psi::terms::MAX_ENTRIES);
    let entries = entries(terms, here)?;
    let received =
        intersect::receive(channel, &entries, &matching, rng, progress).map_err(|error| failed(&error))?;
    drop(entries);
    let mut conclusion = Conclusion {
        terms,
        here,
        sink,
        matched: received.matched.iter().copied(),
        there: There {
            found: BTreeMap::new(),
            asked_keys: 0,
            asked_per_field: 0,
            still_held: 0,
            not_held: 0,
            shown: received.peer_items,
            agreement: terms.private_fields.iter().map(|c| rate(c)).collect(),
            missing: Grid::default(),
            gone: Grid::default(),
            commitment: received.commitment,
            salt: received.salt,
        },
    };
    conclusion.people()?;
    conclusion.residents()?;
    Ok(conclusion.there)
}

fn rate(column: &str) -> FieldRate {
    FieldRate { column: column.to_owned(), ..FieldRate::default() }
}

/// Everything that is asked: of each returned person the key and the fields, then of each resident
/// who was not returned the key. [`Conclusion`] walks the answers in the same order.
fn entries(terms: &Terms, here: &Here) -> Result<Vec<Entry>, VerifyError> {
    let people = here.people.ours().count() as u64;
    let others = here.local.residents.iter().filter(|r| !r.returned).count() as u64;
    let over = |section: &str, asked, quota| {
        let section = section.to_owned();
        if asked > quota { Err(VerifyError::OverQuota { section, asked, quota }) } else { Ok(()) }
    };
    over(KEY_SECTION, people + others, terms.quotas.keys)?;
    for field in &terms.private_fields {
        over(field, people, terms.quotas.per_field)?;
    }
    let total = people * (1 + terms.private_fields.len() as u64) + others;
    let mut entries = Vec::with_capacity(usize::try_from(total).unwrap_or_default());
    for person in here.people.ours() {
        let key = here.people.key(person);
        entries.push(key_entry(terms, key));
        for (at, (_, value)) in here.people.fields(person, terms).enumerate() {
            entries.push(field_entry(terms, key, at, value));
        }
    }
    for (number, _) in here.local.residents.iter().enumerate().filter(|(_, r)| !r.returned) {
        entries.push(key_entry(terms, here.local.key(number)));
    }
    debug_assert!(
        entries.iter().all(|e| e.section == KEYS || e.section <= section_of(terms.private_fields.len()))
    );
    Ok(entries)
}

struct Conclusion<'a, 's, M> {
    terms: &'a Terms,
    here: &'a Here,
    sink: &'a mut Sink<'s>,
    matched: M,
    there: There,
}

impl<M: Iterator<Item = bool>> Conclusion<'_, '_, M> {
    fn next(&mut self) -> bool {
        self.matched.next().unwrap_or_default()
    }

    fn report(&mut self, defect: Defect) -> Result<(), VerifyError> {
        *self.there.found.entry(defect.kind).or_default() += 1;
        (self.sink)(defect)
    }

    /// Who of the returned is gone, and which of the others' fields differ.
    fn people(&mut self) -> Result<(), VerifyError> {
        let people = &self.here.people;
        for person in people.ours() {
            self.there.asked_keys += 1;
            self.there.asked_per_field += 1;
            let held = self.next();
            self.there.still_held += u64::from(held);
            let division = people.divisions.name(person.division);
            self.there.gone.add(division, person.band, !held);
            let defect = |kind| Defect {
                file: Some(people.file(person).to_owned()),
                row: Some(person.row),
                key: Some(people.key(person).to_owned()),
                row_digest: Some(person.digest),
                ..Defect::new(kind)
            };
            if !held {
                self.report(defect(DefectKind::GoneFromSource))?;
            }
            for (at, (column, value)) in people.fields(person, self.terms).enumerate() {
                let same = self.next();
                if !held {
                    continue;
                }
                if let Some(rate) = self.there.agreement.get_mut(at) {
                    rate.compared += 1;
                    rate.same += u64::from(same);
                }
                if !same {
                    self.report(Defect {
                        column: Some(column.clone()),
                        detail: Detail::Returned { value: value.map(str::to_owned) },
                        ..defect(DefectKind::FieldDiffersSource)
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Who of the residents should have been returned.
    fn residents(&mut self) -> Result<(), VerifyError> {
        let local = &self.here.local;
        for (number, resident) in local.residents.iter().enumerate() {
            let missing = !resident.returned && {
                self.there.asked_keys += 1;
                self.next()
            };
            let town = local.towns.name(resident.town);
            self.there.missing.add(town, resident.band, missing);
            self.there.not_held += u64::from(!resident.returned && !missing);
            if missing {
                self.report(Defect {
                    division: Some(town.to_owned()),
                    key: Some(local.key(number).to_owned()),
                    ..Defect::new(DefectKind::MissingResident)
                })?;
            }
        }
        Ok(())
    }
}
