//! Cells masked while a table is registered.

use super::pseudonym::Permutation;
use super::{Mask, coarse, names, units};
use crate::dataset::{Dataset, Domain};
use crate::error::SandboxError;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The number of what was met under a name, the same whenever it is met again.
pub(crate) type Numbering<'a> = &'a mut dyn FnMut(&[&[u8]]) -> Result<u32, SandboxError>;

/// Masks the cells of one column.
pub(crate) struct Masker {
    mask: Mask,
    /// What values are without the mask.
    plain: Option<Domain>,
    key: [u8; 32],
    column: String,
    permutation: Permutation,
}

fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A whole number from 0 to `most`, from a keyed digest: of 2^64 no more than `most` are too many.
fn below(digest: &[u8; 32], most: u64) -> i64 {
    let word = u64::from_le_bytes(*digest.first_chunk().expect("a digest has 32 bytes"));
    (word % (most + 1)) as i64
}

impl Masker {
    /// For a column that has a mask, under the secret of a room.
    pub(crate) fn of(dataset: &Dataset, table: usize, column: usize, secret: &[u8; 32]) -> Option<Self> {
        let table = &dataset.tables[table];
        let column = &table.columns[column];
        let mask = column.mask?;
        let kind = match mask {
            Mask::Identity(_) => "identity",
            Mask::Telephone => "telephone",
            Mask::MadeUpName => "name",
            Mask::Shift(_) => "shift",
            Mask::Noise(_) => "noise",
            _ => "true",
        };
        let parts = [b"yinshu sandbox mask v1", dataset.dataset.name.as_bytes(), kind.as_bytes()];
        let key = keyed(secret, &parts);
        let column_name = format!("{}.{}", table.name, column.name);
        let (permutation, plain) = (Permutation::new(&key), column.plain().ok());
        Some(Self { mask, plain, key, column: column_name, permutation })
    }

    /// What cells are without the mask, where the description says.
    pub(crate) fn plain(&self) -> Option<&Domain> {
        self.plain.as_ref()
    }

    /// Whether the plain value of a cell is needed, rather than its text.
    fn of_plain(&self) -> bool {
        !matches!(
            self.mask,
            Mask::Identity(_) | Mask::Telephone | Mask::MadeUpName | Mask::Surname | Mask::Place
        )
    }

    /// What is registered of a cell of somebody; nothing where it is none that the description declares. `plain` is its
    /// value as it would be without the mask.
    pub(crate) fn value(
        &self,
        (text, person): (&str, &str),
        plain: &dyn Fn(&str) -> Option<i64>,
        number: Numbering<'_>,
    ) -> Result<Option<i64>, SandboxError> {
        if self.of_plain() {
            return Ok(plain(text).and_then(|value| self.changed(value, person)));
        }
        let mut met = |what: &str| number(&[what.as_bytes(), text.as_bytes()]);
        let full = |what: Option<i64>| {
            what.map(Some).ok_or_else(|| SandboxError::engine(&"there are no more pseudonyms of this form"))
        };
        match self.mask {
            Mask::Identity(kept) => full(self.permutation.identity(kept, text, met("identity")?)),
            Mask::Telephone => full(self.permutation.telephone(met("telephone")?)),
            Mask::MadeUpName => {
                let digest = keyed(&self.key, &[person.as_bytes(), text.as_bytes()]);
                Ok(Some(names::made_up(text.chars().count(), &digest)))
            }
            Mask::Surname => Ok(names::masked(text)),
            _ => Ok(self.place(text)),
        }
    }

    /// The longest declared place in a text, of several the first.
    fn place(&self, text: &str) -> Option<i64> {
        let Some(Domain::Text(list)) = &self.plain else { return None };
        let found =
            list.iter().zip(0..).filter_map(|(place, at)| Some((text.find(place.as_str())?, place, at)));
        found.min_by_key(|(from, place, _)| (std::cmp::Reverse(place.len()), *from)).map(|(_, _, at)| at)
    }

    /// Dates and amounts.
    fn changed(&self, value: i64, person: &str) -> Option<i64> {
        if let Some(level) = self.mask.level() {
            return Some(level.begins(value));
        }
        match (self.mask, &self.plain) {
            (Mask::Shift(most), _) => {
                let digest = keyed(&self.key, &[person.as_bytes()]);
                Some(value + below(&digest, 2 * u64::from(most)) - i64::from(most))
            }
            (Mask::Band(width), Some(Domain::Number { decimals, .. })) => {
                Some(coarse::floor(value, units(width, *decimals)?))
            }
            (Mask::Noise(most), Some(Domain::Number { decimals, min, max })) => {
                let most = units(most, *decimals)?;
                let parts: [&[u8]; 3] = [self.column.as_bytes(), person.as_bytes(), &value.to_le_bytes()];
                let noise = below(&keyed(&self.key, &parts), 2 * most.unsigned_abs()) - most;
                Some((value + noise).clamp(*min, *max))
            }
            _ => None,
        }
    }
}
