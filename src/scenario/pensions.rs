//! Scenario S2, 养老待遇 × 死亡: pensions that went on after a death, as four departments hold the pieces.
//!
//! Human resources (人社) pays 600,000 persons in twelve months; police (公安) cancels registrations, civil affairs (民政)
//! cremates, health (卫健) certifies deaths, each with a date of its own. [`generate`] writes, for the year before the
//! period's end:
//!
//! ```text
//! rs/yl_ff.csv    gmsfhm, xm, ffny, je, yhzh     a row for each payment, a person's newest first, UTF-8
//! ga/hjzx.csv     gmsfhm, zxrq, zxyy             GB18030, not all of them dead, the dead often late
//! mz/hhjl.csv     zjhm, xm, csrq, hhrq           UTF-8 with BOM; many of fifteen digits, 7 in 100 without a number
//! wj/swzm.csv     gmsfhm, swrq                   UTF-8
//! truth.json      what comes out ([`Truth`])
//! ```
//!
//! A payment is overpaid in a month after the one that follows the earliest date of death. Cremations without a number are
//! a second, weaker list: by name and day of birth, of whom the numbers do not say the same. There are as many persons in the
//! tables as the profile says, but never fewer than 31 overpaid: of 3, which 1 % would be, nothing could be told.

mod dead;

#[cfg(test)]
mod tests;

use super::calendar::{Calendar, push_padded};
use super::dice::Dice;
use super::files::{Encoding, TableFile};
use super::noise::{self, DateHabit};
use super::people::{Home, People, Person};
use super::run::{STRIDE, whole};
use super::{Profile, ScenarioError, Settings};
use dead::{Dead, Died};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Who is paid, in the small profile.
const PENSIONERS: u32 = 6_000;
/// Living persons whose registration was cancelled for another reason, in the small profile.
const LEFT: u32 = 12;

/// What [`generate`] wrote.
#[derive(Clone, Debug)]
pub struct Pensions {
    /// Payments, by human resources.
    pub paid: PathBuf,
    /// Cancelled registrations, by the police.
    pub cancelled: PathBuf,
    /// Cremations, by civil affairs.
    pub cremated: PathBuf,
    /// Certificates of death, by health.
    pub certified: PathBuf,
    /// [`Truth`].
    pub truth: PathBuf,
    /// The year that was paid.
    pub year: u16,
}

/// What comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Persons who were overpaid, by their numbers.
    pub persons: u64,
    /// How often they were.
    pub payments: u64,
    /// How much, in fen.
    pub fen: u64,
    /// Persons who were overpaid by their names and days of birth alone.
    pub weaker: u64,
    /// Rows of the four tables, in the order above.
    pub rows: [u64; 4],
    /// Cremations without a number.
    pub without_number: u64,
}

/// Writes the scenario into `folder`. `progress` hears how many pensioners out of how many are written.
///
/// # Errors
/// As of [`super::generate`].
pub fn generate(
    folder: &Path,
    settings: &Settings,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Pensions, ScenarioError> {
    let people = People::new(Calendar::new(settings.period_end)?);
    let (year, ..) = people.calendar.civil(people.calendar.period_end());
    let table = |name: &str, encoding, head: &str| -> Result<TableFile, ScenarioError> {
        let mut file = TableFile::create(folder.join(name), encoding)?;
        file.line(head).map(|_| file)
    };
    let mut run = Run {
        dice: Dice::new(settings.seed),
        people,
        year: year - 1,
        paid: table("rs/yl_ff.csv", Encoding::Utf8, "gmsfhm,xm,ffny,je,yhzh\n")?,
        cancelled: table("ga/hjzx.csv", Encoding::Gb18030, "gmsfhm,zxrq,zxyy\r\n")?,
        cremated: table("mz/hhjl.csv", Encoding::Utf8WithBom, "zjhm,xm,csrq,hhrq\n")?,
        certified: table("wj/swzm.csv", Encoding::Utf8, "gmsfhm,swrq\n")?,
        unnumbered: HashMap::new(),
        truth: Truth::default(),
        line: String::new(),
    };
    let mut dead = dead::all(settings.profile, run.year, &mut run.people, &mut run.dice);
    for one in &dead {
        run.died(one)?;
    }
    dead.retain(|one| one.last >= 1);
    let factor = settings.profile.factor();
    let (all, mut left) = (PENSIONERS * factor, LEFT * factor);
    for still in (1..=all).rev() {
        if run.dice.below(still) < dead.len() as u32 {
            let one = dead.pop().expect("there are some");
            run.pensioner(&one.person, one.last, one.earliest())?;
        } else {
            let person = dead::elder(&mut run.people, &mut run.dice);
            run.pensioner(&person, 12, None)?;
            if left > 0 {
                left -= 1;
                run.emigrated(&person)?;
            }
        }
        if still.is_multiple_of(STRIDE) || still == 1 {
            progress(u64::from(all - still + 1), u64::from(all));
        }
    }
    run.finish(folder)
}

struct Run {
    dice: Dice,
    people: People,
    year: u16,
    paid: TableFile,
    cancelled: TableFile,
    cremated: TableFile,
    certified: TableFile,
    /// Name and day of birth of those cremated without a number, and the earliest month.
    unnumbered: HashMap<(String, u32), i32>,
    truth: Truth,
    line: String,
}

impl Run {
    /// The records of a death; some come twice.
    fn died(&mut self, one: &Dead) -> Result<(), ScenarioError> {
        let Dead { person, cancelled, cremated, certified, .. } = one;
        for day in twice(*cancelled, &mut self.dice) {
            self.cancel(person, day, "死亡")?;
        }
        for day in twice(*certified, &mut self.dice) {
            self.line.clear();
            noise::push_key(&mut self.line, person, &mut self.dice, self.year);
            self.line.push(',');
            noise::push_day(&mut self.line, day, DateHabit::Iso, &self.people.calendar, &mut self.dice);
            self.line.push('\n');
            self.certified.line(&self.line)?;
        }
        let Some(Died { day, numbered }) = *cremated else { return Ok(()) };
        if !numbered {
            let month = dead::month(&self.people.calendar, self.year, day);
            let known = self.unnumbered.entry((person.name.clone(), person.birth)).or_insert(month);
            *known = month.min(*known);
            self.truth.without_number += 1;
        }
        let days = if numbered { twice(Some(day), &mut self.dice) } else { vec![day] };
        for day in days {
            self.cremate(person, day, numbered)?;
        }
        Ok(())
    }

    fn cancel(&mut self, person: &Person, day: u32, reason: &str) -> Result<(), ScenarioError> {
        self.line.clear();
        noise::push_key(&mut self.line, person, &mut self.dice, self.year);
        self.line.push(',');
        noise::push_day(&mut self.line, day, DateHabit::Compact, &self.people.calendar, &mut self.dice);
        self.line.push(',');
        self.line.push_str(reason);
        self.line.push_str("\r\n");
        self.cancelled.line(&self.line).map(drop)
    }

    fn emigrated(&mut self, person: &Person) -> Result<(), ScenarioError> {
        let day = self.people.calendar.period_end() - 400 - self.dice.below(200);
        let reason = self.dice.pick(&["出国定居", "迁往境外"]);
        self.cancel(person, day, reason)
    }

    fn cremate(&mut self, person: &Person, day: u32, numbered: bool) -> Result<(), ScenarioError> {
        self.line.clear();
        if !numbered {
            noise::push_null(&mut self.line, &mut self.dice);
        } else if self.dice.chance(3_000) {
            // Funeral homes copy old cards.
            noise::push_old_key(&mut self.line, person);
        } else {
            noise::push_key(&mut self.line, person, &mut self.dice, self.year);
        }
        self.line.push(',');
        noise::push_name(&mut self.line, person, &mut self.dice);
        for day in [person.birth, day] {
            self.line.push(',');
            noise::push_day(&mut self.line, day, DateHabit::Slashes, &self.people.calendar, &mut self.dice);
        }
        self.line.push('\n');
        self.cremated.line(&self.line).map(drop)
    }

    /// The payments of a person up to month `last`, and what of them is overpaid.
    fn pensioner(&mut self, person: &Person, last: i32, earliest: Option<i32>) -> Result<(), ScenarioError> {
        let base = 90_000 + self.dice.below(400_000);
        let account = self.dice.below(1_000_000_000);
        let over = |died: i32, month: i32| month > died + 1;
        for month in (1..=last).rev() {
            // Pensions are raised in July.
            let fen = base + if month > 6 { base / 30 } else { 0 };
            if earliest.is_some_and(|died| over(died, month)) {
                self.truth.payments += 1;
                self.truth.fen += u64::from(fen);
            }
            self.line.clear();
            noise::push_key(&mut self.line, person, &mut self.dice, self.year);
            self.line.push(',');
            noise::push_name(&mut self.line, person, &mut self.dice);
            for (between, number, width) in [
                (",", u32::from(self.year), 4),
                ("", month.unsigned_abs(), 2),
                (",", fen / 100, 1),
                (".", fen % 100, 2),
                (",999900", account, 10),
            ] {
                self.line.push_str(between);
                push_padded(&mut self.line, number, width);
            }
            self.line.push('\n');
            self.paid.line(&self.line)?;
        }
        let name = self.unnumbered.get(&(person.name.clone(), person.birth));
        if earliest.is_some_and(|died| over(died, last)) {
            self.truth.persons += 1;
        } else if name.is_some_and(|died| over(*died, last)) {
            self.truth.weaker += 1;
        }
        Ok(())
    }

    fn finish(mut self, folder: &Path) -> Result<Pensions, ScenarioError> {
        let files = [&self.paid, &self.cancelled, &self.cremated, &self.certified];
        self.truth.rows = files.map(|file| file.lines() - 1);
        let truth = serde_json::to_string_pretty(&self.truth).expect("it is numbers");
        Ok(Pensions {
            paid: self.paid.finish()?,
            cancelled: self.cancelled.finish()?,
            cremated: self.cremated.finish()?,
            certified: self.certified.finish()?,
            truth: whole(folder, "truth.json", &(truth + "\n"))?,
            year: self.year,
        })
    }
}

/// A record that may come again some days later.
fn twice(day: Option<u32>, dice: &mut Dice) -> Vec<u32> {
    let again = day.filter(|_| dice.chance(120)).map(|day| day + 3 + dice.below(40));
    day.into_iter().chain(again).collect()
}
