//! How many people carry which defect: exact quotas, drawn in random order.

use super::dice::Dice;

/// What is special about one person. Each person carries at most one planted defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plant {
    /// Another county's person, in the source alone.
    Neighbour,
    /// Nothing.
    Clean,
    /// Insured under the old code of a merged division, so the cut lost the row.
    OldCode,
    /// One of our residents, insured in another county, so rightly cut away: still a resident whom
    /// the source holds and nobody returned.
    Elsewhere,
    /// The neighbour county's row, returned to us.
    Surplus,
    /// The row comes twice.
    DuplicateRow,
    /// The key comes twice, with another name.
    DuplicateKey,
    /// The last three digits of the key were lost in a spreadsheet (R04).
    LostPrecision,
    /// The key is null (R17).
    MissingKey,
    /// The key's check character is wrong.
    WrongCheck,
    /// The birth date is not the one in the key (R11), at the source already.
    BirthMismatch,
    /// The county has another name.
    LocalName,
    /// The county has another sex.
    LocalSex,
    /// The county has another birth date.
    LocalBirth,
    /// The county's own row has no key.
    LocalKeyMissing,
    /// The source changed the name after the cut.
    SourceName,
    /// The source changed the sex after the cut.
    SourceSex,
    /// The source changed the birth date after the cut.
    SourceBirth,
    /// The source moved the person to another division after the cut.
    SourceDivision,
    /// The source changed the insurance status after the cut.
    SourceStatus,
    /// The source deleted the person after the cut.
    Gone,
    /// A resident the source never held.
    LocalOnly,
}

/// A person's part in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) plant: Plant,
    /// Whether the county's own table holds this person.
    pub(super) resident: bool,
}

/// Quotas of the small profile: plant, people, residents among them.
/// Returned rows: all from `DuplicateRow` to `Gone` and `Clean`, `Surplus`, and one more for each duplicate.
const QUOTAS: [(Plant, u32, u32); 19] = [
    (Plant::OldCode, 139, 118),
    (Plant::Elsewhere, 26, 26),
    (Plant::Surplus, 72, 0),
    (Plant::DuplicateRow, 29, 23),
    (Plant::DuplicateKey, 29, 23),
    (Plant::LostPrecision, 14, 11),
    (Plant::MissingKey, 19, 15),
    (Plant::WrongCheck, 4, 3),
    (Plant::BirthMismatch, 24, 19),
    (Plant::LocalName, 22, 22),
    (Plant::LocalSex, 7, 7),
    (Plant::LocalBirth, 9, 9),
    (Plant::LocalKeyMissing, 8, 8),
    (Plant::SourceName, 8, 6),
    (Plant::SourceSex, 3, 2),
    (Plant::SourceBirth, 4, 3),
    (Plant::SourceDivision, 14, 11),
    (Plant::SourceStatus, 33, 27),
    (Plant::Gone, 38, 31),
];

/// Rows of the small profile.
const RETURNED: u32 = 4_800;
const RESIDENTS: u32 = 4_300;
const SOURCE: u32 = 48_000;
/// Residents among the people whose row is as it should be.
const CLEAN_RESIDENTS: u32 = 3_500;

/// The people still to come.
pub(super) struct Plan {
    quotas: Vec<(Role, u32)>,
    left: u32,
}

impl Plan {
    /// The quotas of a profile `factor` times the small one.
    pub(super) fn new(factor: u32) -> Self {
        let sum = |count: fn(&(Plant, u32, u32)) -> u32| QUOTAS.iter().map(count).sum::<u32>();
        let returned = sum(|quota| match quota.0 {
            Plant::OldCode | Plant::Elsewhere => 0,
            Plant::DuplicateRow | Plant::DuplicateKey => 2 * quota.1,
            _ => quota.1,
        });
        let clean = RETURNED - returned;
        let source = clean + sum(|quota| if quota.0 == Plant::Gone { 0 } else { quota.1 });
        let residents = CLEAN_RESIDENTS + sum(|quota| quota.2);
        let more = [
            (Plant::Neighbour, SOURCE - source, 0),
            (Plant::Clean, clean, CLEAN_RESIDENTS),
            (Plant::LocalOnly, RESIDENTS - residents, RESIDENTS - residents),
        ];
        let mut quotas = Vec::new();
        for (plant, people, residents) in more.into_iter().chain(QUOTAS) {
            for (resident, count) in [(true, residents), (false, people - residents)] {
                if count > 0 {
                    quotas.push((Role { plant, resident }, count * factor));
                }
            }
        }
        Self { left: quotas.iter().map(|(_, count)| count).sum(), quotas }
    }

    /// How many people are still to come.
    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// The next person's part: any order of the whole plan is equally likely.
    pub(super) fn next(&mut self, dice: &mut Dice) -> Option<Role> {
        if self.left == 0 {
            return None;
        }
        let mut ticket = dice.below(self.left);
        for (role, count) in &mut self.quotas {
            if ticket < *count {
                *count -= 1;
                self.left -= 1;
                return Some(*role);
            }
            ticket -= *count;
        }
        None
    }
}
