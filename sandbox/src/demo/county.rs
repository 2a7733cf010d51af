//! Its people, their visits to hospitals and their allowances: drawn from a seed, and about nobody.

use crate::answer::written;
use crate::dataset::{Dataset, day_number};
use crate::error::SandboxError;
use crate::policy::Policy;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// The description of its data set.
pub const DATASET: &str = include_str!("county/dataset.toml");

/// A policy over it.
pub const POLICY: &str = include_str!("county/policy.toml");

const TOWNS: [&str; 6] = ["东关街道", "西关街道", "柳河镇", "石桥镇", "白云乡", "清泉乡"];
const SCHOOLING: [&str; 5] = ["小学及以下", "初中", "高中或中专", "大专", "本科及以上"];
const DISEASES: [&str; 7] = ["循环系统", "呼吸系统", "消化系统", "内分泌", "骨骼肌肉", "损伤", "其他"];
const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// One over it whose answers have noise.
pub const NOISE: &str = include_str!("county/noise.toml");

/// One over it whose results a person sees first.
pub const PUBLISHED: &str = include_str!("county/published.toml");

/// A program over it: a score.
pub const NEED: &[u8] = include_bytes!("county/need.wasm");

/// What it reads and gives.
pub const MANIFEST: &str = include_str!("county/need.toml");

/// Writes the description, the policies, the program and the tables of so many people to a folder.
///
/// # Errors
/// [`SandboxError::Files`].
pub fn write(folder: &Path, people: usize, seed: u64) -> Result<(), SandboxError> {
    let [residents, visits, allowances] = tables(people, seed);
    for (name, text) in [
        ("county.toml", DATASET.as_bytes()),
        ("livelihood.toml", POLICY.as_bytes()),
        ("noise.toml", NOISE.as_bytes()),
        ("published.toml", PUBLISHED.as_bytes()),
        ("need.toml", MANIFEST.as_bytes()),
        ("need.wasm", NEED),
        ("residents.csv", residents.as_bytes()),
        ("visits.csv", visits.as_bytes()),
        ("allowances.csv", allowances.as_bytes()),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(SandboxError::files(&path))?;
    }
    Ok(())
}

/// The data set of a folder that [`write()`] filled, and the policy.
///
/// # Errors
/// [`SandboxError`].
pub fn read(folder: &Path) -> Result<(Dataset, Policy), SandboxError> {
    let dataset = Dataset::read(&folder.join("county.toml"))?;
    let policy = Policy::read(&folder.join("livelihood.toml"))?;
    policy.check(&dataset)?;
    Ok((dataset, policy))
}

/// How many there truly are of every group of the kinds of allowances by towns, in a folder that [`write()`] filled; `""` is no
/// town.
///
/// # Errors
/// [`SandboxError::Files`].
pub fn allowances(folder: &Path) -> Result<BTreeMap<[String; 2], u64>, SandboxError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(SandboxError::files(&path))
    };
    let (residents, allowances) = (read("residents.csv")?, read("allowances.csv")?);
    let first = |line: &'_ str| line.split(',').take(2).map(str::to_owned).collect::<Vec<_>>();
    let towns: BTreeMap<String, String> = residents
        .lines()
        .map(first)
        .filter_map(|line| Some((line.first()?.clone(), line.get(1)?.clone())))
        .collect();
    let mut groups = BTreeMap::new();
    for line in allowances.lines().skip(1).map(first) {
        if let [person, kind] = &line[..] {
            let town = towns.get(person).cloned().unwrap_or_default();
            *groups.entry([town, kind.clone()]).or_default() += 1;
        }
    }
    Ok(groups)
}

fn tables(people: usize, seed: u64) -> [String; 3] {
    let mut dice = ChaCha20Rng::seed_from_u64(seed);
    let mut residents = "id,town,sex,born,age,schooling,insured,wage\n".to_owned();
    let mut visits = "patient,day,hospital,disease,cost,paid,nights\n".to_owned();
    let mut allowances = "person,kind,amount,since\n".to_owned();
    for n in 0..people {
        let person = Person::drawn(n, &mut dice);
        person.resident(&mut dice, &mut residents);
        person.visits(&mut dice, &mut visits);
        person.allowance(&mut dice, &mut allowances);
    }
    [residents, visits, allowances]
}

struct Person {
    id: String,
    born: jiff::civil::Date,
    age: i64,
    town: usize,
    schooling: usize,
    woman: bool,
}

impl Person {
    fn drawn(n: usize, dice: &mut ChaCha20Rng) -> Self {
        // Fewer old people than young ones.
        let age = dice.random_range(0i64..100).min(dice.random_range(0..130));
        let born =
            day_number(jiff::civil::date(2025, 12, 31)) - age * 365 - age / 4 - dice.random_range(0..365);
        let days = jiff::Span::new().try_days(born).unwrap_or_default();
        let born = jiff::civil::date(1970, 1, 1).saturating_add(days);
        let woman = dice.random_range(0..100) < 49;
        let most = match age {
            0..15 => 1,
            15..19 => 3,
            _ => 5,
        };
        let schooling = (0..2).map(|_| dice.random_range(0..most)).min().unwrap_or(0);
        let town = [0, 0, 0, 1, 1, 2, 2, 3, 4, 5][dice.random_range(0..10)];
        Self { id: identity(n, born, woman), born, age, town, schooling, woman }
    }

    fn resident(&self, dice: &mut ChaCha20Rng, out: &mut String) {
        let works = (20..62).contains(&self.age) && dice.random_range(0..100) < 72;
        let level = 2_600 + 1_500 * self.schooling as i64 + 25 * (self.age - 20).clamp(0, 25);
        let spread = i128::from(dice.random_range(60..180) * level);
        let wage = if works { written(spread, 2) } else { String::new() };
        let insured = u8::from(dice.random_range(0..100) < if works { 96 } else { 88 });
        let town = if dice.random_range(0..100) < 2 { "" } else { TOWNS[self.town] };
        let schooling = if dice.random_range(0..100) < 4 { "" } else { SCHOOLING[self.schooling] };
        let sex = if self.woman { "女" } else { "男" };
        let Self { id, born, age, .. } = self;
        let _ = writeln!(out, "{id},{town},{sex},{born},{age},{schooling},{insured},{wage}");
    }

    fn visits(&self, dice: &mut ChaCha20Rng, out: &mut String) {
        let often = 1 + usize::try_from(self.age).unwrap_or(0) / 16;
        for _ in 0..dice.random_range(0..=often).saturating_sub(1) {
            let day = jiff::civil::date(2024, 1, 1);
            let day = day.saturating_add(jiff::Span::new().days(dice.random_range(0..731)));
            let disease = DISEASES[dice.random_range(0..DISEASES.len())];
            let level = [0, 0, 0, 1, 1, 2][dice.random_range(0..6)];
            let stays = level > 0 && dice.random_range(0..3) == 0;
            let nights = if stays { dice.random_range(2..15) } else { 0 };
            let cents =
                dice.random_range(4_000..30_000) * (1 + level) + nights * dice.random_range(30_000..90_000);
            let paid = cents * dice.random_range(40..80) / 100;
            let hospital = ["一级", "二级", "三级"][usize::try_from(level).unwrap_or(0)];
            let (cost, paid) = (written(cents.into(), 2), written(paid.into(), 2));
            let nights = if stays { nights.to_string() } else { String::new() };
            let _ = writeln!(out, "{},{day},{hospital},{disease},{cost},{paid},{nights}", self.id);
        }
    }

    fn allowance(&self, dice: &mut ChaCha20Rng, out: &mut String) {
        if dice.random_range(0..100) >= 6 + u8::from(self.age > 65) * 6 {
            return;
        }
        let (kind, amount) =
            [("低保", 620), ("低保", 540), ("特困", 980), ("残疾", 300)][dice.random_range(0..4)];
        let amount = amount + dice.random_range(0i64..20) * 10;
        let since = jiff::civil::date(2012, 1, 1);
        let since = since.saturating_add(jiff::Span::new().days(dice.random_range(0..5000)));
        let _ = writeln!(out, "{},{kind},{amount},{since}", self.id);
    }
}

/// An identity number of a division that does not exist, with its check digit.
fn identity(n: usize, born: jiff::civil::Date, woman: bool) -> String {
    // Three digits tell those of one birthday and division apart, the last of them men from women.
    let division = 990_101 + (n / 500) % 899;
    let turn = 2 * (n % 500) + usize::from(!woman);
    let base = format!("{division}{}{turn:03}", born.strftime("%Y%m%d"));
    let sum: usize =
        base.bytes().zip(WEIGHTS).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    format!("{base}{}", char::from(b"10X98765432"[sum % 11]))
}
