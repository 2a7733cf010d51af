//! Who died, when, and who knows of it.

use super::{Calendar, Dice, Home, People, Person, Profile};

/// Whether police, civil affairs and health know of a death, whether the cremation has a number, and how many they are in
/// the small profile: 538 + 474 + 504 records, of which 34 cremations without a number.
const QUOTAS: [([bool; 3], bool, u32); 9] = [
    ([true, true, true], true, 316),
    ([true, true, true], false, 14),
    ([true, true, false], true, 70),
    ([true, false, true], true, 110),
    ([false, true, true], true, 50),
    ([true, false, false], true, 28),
    ([false, true, false], true, 4),
    ([false, true, false], false, 20),
    ([false, false, true], true, 14),
];

/// How many are overpaid by their numbers, and how many more by name and birth, at least.
fn overpaid(profile: Profile) -> [u32; 2] {
    match profile {
        Profile::Small => [31, 14],
        Profile::County => [98, 40],
        Profile::City => [312, 120],
    }
}

/// A cremation.
#[derive(Clone, Copy)]
pub(super) struct Died {
    pub(super) day: u32,
    pub(super) numbered: bool,
}

/// A dead person and the days that each source has.
pub(super) struct Dead {
    pub(super) person: Person,
    pub(super) cancelled: Option<u32>,
    pub(super) cremated: Option<Died>,
    pub(super) certified: Option<u32>,
    /// The months of these in the year that is paid, the earliest of those with a number first.
    months: [Option<i32>; 2],
    /// The last month that was paid: below 1 where none was.
    pub(super) last: i32,
}

impl Dead {
    /// The earliest month that goes with the person's number.
    pub(super) fn earliest(&self) -> Option<i32> {
        self.months[0]
    }
}

/// The month of a day, counted from January of `year` as 1. What is earlier than the December before, and could make no
/// difference, is that November.
pub(super) fn month(calendar: &Calendar, year: u16, day: u32) -> i32 {
    let (y, m, _) = calendar.civil(day);
    ((i32::from(y) - i32::from(year)) * 12 + i32::from(m)).max(-1)
}

/// Somebody old enough for a pension.
pub(super) fn elder(people: &mut People, dice: &mut Dice) -> Person {
    let (this_year, ..) = people.calendar.civil(people.calendar.period_end());
    loop {
        let person = people.draw(dice, Home::Ours, true);
        if person.year + 62 <= this_year {
            return person;
        }
    }
}

/// All who died.
pub(super) fn all(profile: Profile, year: u16, people: &mut People, dice: &mut Dice) -> Vec<Dead> {
    let mut kinds = Vec::new();
    for (known, numbered, quota) in QUOTAS {
        kinds.extend(std::iter::repeat_n((known, numbered), (quota * profile.factor()) as usize));
    }
    for at in (1..kinds.len()).rev() {
        kinds.swap(at, dice.below(at as u32 + 1) as usize);
    }
    let mut over = overpaid(profile);
    let one = |(known, numbered): ([bool; 3], bool)| {
        let person = elder(people, dice);
        let weaker = usize::from(known == [false, true, false] && !numbered);
        let wanted = over[weaker] > 0;
        over[weaker] -= u32::from(wanted);
        loop {
            let mut dead = recorded(person.clone(), (known, numbered), (year, &people.calendar), dice);
            let from = dead.months[weaker].expect("somebody knows");
            if !wanted {
                // Two in ten had no pension; the others' ended in the month of the death or the next.
                dead.last = if dice.chance(2_000) { 0 } else { (from + dice.below(2).cast_signed()).min(12) };
                return dead;
            }
            dead.last = from + 2 + [0, 1, 2, 3][dice.weighted(&[46, 27, 16, 11])];
            if (1..=12).contains(&dead.last) {
                return dead;
            }
        }
    };
    kinds.into_iter().map(one).collect()
}

/// A death and its records: the police hear of it late, and the certificate may have been dated when it was written.
fn recorded(
    person: Person,
    (known, numbered): ([bool; 3], bool),
    (year, calendar): (u16, &Calendar),
    dice: &mut Dice,
) -> Dead {
    let (end, ..) = calendar.civil(calendar.period_end());
    debug_assert_eq!(end, year + 1);
    let last_day = calendar.last_of(year);
    let day = last_day - dice.below(456);
    let police = day + if dice.chance(7_500) { dice.below(40) } else { dice.below(230) };
    let certificate = day + if dice.chance(400) { 1 + dice.below(20) } else { 0 };
    let cremation = day + 1 + dice.below(5);
    let [cancelled, cremated, certified] =
        [(known[0], police), (known[1], cremation), (known[2], certificate)]
            .map(|(known, day)| known.then_some(day));
    let of = |day: u32| month(calendar, year, day);
    let firm = [cancelled, cremated.filter(|_| numbered), certified].into_iter().flatten().map(of).min();
    let months = [firm, cremated.map(of)];
    let cremated = cremated.map(|day| Died { day, numbered });
    Dead { person, cancelled, cremated, certified, months, last: 0 }
}
