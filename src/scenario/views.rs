//! What each table holds of one person, and what follows from it.

use super::dice::Dice;
use super::people::{Home, People, Person};
use super::plan::{Plant, Role};
use super::{DIVISIONS, MERGED};
use yinshu_origin::DefectKind;
use yinshu_origin::truth::Planted;

/// One person as the source, the returned batch and the county hold them.
pub(super) struct Views {
    pub(super) source: Option<Person>,
    pub(super) returned: Option<Person>,
    /// A second returned row with the same key.
    pub(super) again: Option<Person>,
    pub(super) resident: Option<Person>,
}

/// Draws a person for a role. Only a spreadsheet-readable number loses its last digits, so whoever
/// is to lose them has no X at the end.
pub(super) fn person(people: &mut People, role: Role, dice: &mut Dice) -> Person {
    let home = match role.plant {
        Plant::Neighbour => Home::Elsewhere,
        Plant::Surplus => Home::NextDoor,
        Plant::OldCode => Home::OldCode,
        _ => Home::Ours,
    };
    loop {
        let person = people.draw(dice, home, role.plant != Plant::LocalOnly);
        if role.plant != Plant::LostPrecision || person.id[17] != b'X' {
            return person;
        }
    }
}

impl Views {
    /// Splits a person into what each table holds and adds to `truth` what a verification has to
    /// find; defects of a row are added where the row's number is known.
    pub(super) fn new(
        person: Person,
        role: Role,
        people: &People,
        dice: &mut Dice,
        truth: &mut Vec<Planted>,
    ) -> Self {
        use Plant::{Elsewhere, Gone, LocalOnly, OldCode};
        let key = person.key().to_owned();
        let mut views = Self {
            source: (!matches!(role.plant, Gone | LocalOnly)).then(|| person.clone()),
            returned: (!matches!(role.plant, OldCode | Elsewhere | LocalOnly)).then(|| person.clone()),
            again: None,
            resident: role.resident.then_some(person),
        };
        views.plant_at_source(&key, role, people, dice, truth);
        views.plant_at_home(&key, role, people, dice, truth);
        let unusable = matches!(role.plant, Plant::LostPrecision | Plant::MissingKey | Plant::WrongCheck);
        let lost = unusable || matches!(role.plant, OldCode | Elsewhere);
        if lost && role.resident {
            truth.push(Planted::key(DefectKind::MissingResident, key));
        }
        views
    }

    /// Defects that come from the provider's side.
    fn plant_at_source(
        &mut self,
        key: &str,
        role: Role,
        people: &People,
        dice: &mut Dice,
        truth: &mut Vec<Planted>,
    ) {
        let (Some(source), returned) = (&mut self.source, &mut self.returned) else {
            if role.plant == Plant::Gone {
                truth.push(Planted::key(DefectKind::GoneFromSource, key));
            }
            return;
        };
        let changed = match role.plant {
            Plant::SourceName => {
                source.name = people.names.renamed(dice, &source.name, source.year, source.male);
                "aac003"
            }
            Plant::SourceSex => {
                source.male = !source.male;
                "aac004"
            }
            Plant::SourceBirth => {
                source.birth -= 1 + dice.below(300);
                "aac006"
            }
            Plant::SourceDivision => {
                source.division = moved(source.division, dice);
                "aab301"
            }
            Plant::SourceStatus => {
                source.status = 1 + source.status % 3;
                "aac008"
            }
            Plant::Elsewhere => {
                source.division = 990_201 + dice.below(6);
                return;
            }
            Plant::BirthMismatch => {
                let wrong = source.birth - 1 - dice.below(300);
                source.birth = wrong;
                if let Some(row) = returned {
                    row.birth = wrong;
                }
                if role.resident {
                    truth.push(Planted::field(DefectKind::FieldDiffersLocal, key, "aac006"));
                }
                return;
            }
            Plant::DuplicateRow => {
                self.again.clone_from(returned);
                return;
            }
            Plant::DuplicateKey => {
                self.again = returned.clone().map(|mut row| {
                    row.name = people.names.renamed(dice, &row.name, row.year, row.male);
                    row
                });
                return;
            }
            _ => return,
        };
        source.updated.0 = people.calendar.period_end() + 1;
        truth.push(Planted::field(DefectKind::FieldDiffersSource, key, changed));
    }

    /// Differences that come from the county's own table.
    fn plant_at_home(
        &mut self,
        key: &str,
        role: Role,
        people: &People,
        dice: &mut Dice,
        truth: &mut Vec<Planted>,
    ) {
        let Some(resident) = &mut self.resident else { return };
        let column = match role.plant {
            Plant::LocalName => {
                resident.name = people.names.renamed(dice, &resident.name, resident.year, resident.male);
                "aac003"
            }
            Plant::LocalSex => {
                resident.male = !resident.male;
                "aac004"
            }
            Plant::LocalBirth => {
                resident.birth -= 1 + dice.below(300);
                "aac006"
            }
            Plant::OldCode => {
                resident.division = code(MERGED.1);
                return;
            }
            _ => return,
        };
        truth.push(Planted::field(DefectKind::FieldDiffersLocal, key, column));
    }
}

/// Another division: half the time one of ours, half the time the neighbour's.
fn moved(from: u32, dice: &mut Dice) -> u32 {
    if dice.chance(5_000) {
        return 990_201 + dice.below(6);
    }
    let others: Vec<u32> = DIVISIONS.iter().map(|(text, _)| code(text)).filter(|to| *to != from).collect();
    dice.pick(&others)
}

fn code(text: &str) -> u32 {
    text.parse().expect("a division code is six digits")
}
