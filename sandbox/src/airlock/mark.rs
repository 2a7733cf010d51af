//! A watermark: figures of one recipient are altered a little, in a way that only the room can tell.
//!
//! ```toml
//! [watermark]
//! up_to = "0.5 %"       # how far a figure may be from the released one; without this nothing is altered
//! ```
//!
//! A released figure is moved by whole units of its last digit (or of what counts are rounded to), up or down, by at least
//! half and at most all of what the policy allows. Which way and how far is HMAC-SHA-256, under the secret of the room, of the
//! recipient and the released figure, and of nothing else: lines may be sorted, columns renamed or left out, and the same
//! figure asked for in another way is altered the same way. The direction survives rounding to about as many digits as the
//! policy's share has room for; the distance says much more as long as digits are left. Where the share of a figure is less
//! than a unit it is left as it is: a table of small counts has no room for a mark.
//!
//! # Security
//! *Disclosure.* What is altered is the released figure, after every rule: nothing else of the data goes in, and whoever found
//! the mark out would have the released table. Arithmetic, `HAVING` and `ORDER BY` work on altered figures, so that they are
//! no way round it.
//!
//! *Whoever wants it gone* can round until the direction is lost, which costs the figures more than the mark did; or take
//! means: of himself, over figures that are sums of one another, or with others, over the same figure. Of two who take the mean
//! each still has the direction of three in four figures; of many, the released figures come out, which each of them may
//! know, and nobody is found. It is a deterrent, and evidence against whoever passed a file on as it was or nearly.
//!
//! *Whoever wants somebody else accused* would have to guess the directions: [`super::trace`] says how unlikely that is.

use crate::answer::Line;
use crate::dataset::wrong;
use crate::disclosure::Measure;
use crate::error::SandboxError;
use crate::question::{Formula, Question};
use crate::room::Room;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write as _;

/// `[watermark]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watermark {
    /// How far a figure may be from the released one, in percent: `"0.5 %"`.
    pub up_to: String,
}

/// The greatest share that a figure may be altered by, in millionths.
const MOST: u32 = 100_000;

/// Digits of a mean or a variance that are told apart.
const DIGITS: f64 = 1e12;

impl Watermark {
    /// The share in millionths.
    ///
    /// # Errors
    /// [`SandboxError::Description`]: it is none.
    pub(crate) fn millionths(&self) -> Result<u32, SandboxError> {
        let bad = || wrong("watermark.up_to", "it is a share from 0.001 % to 10 %, such as \"0.5 %\"");
        let number = self.up_to.strip_suffix('%').ok_or_else(bad)?.trim();
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits =
            |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(bad());
        }
        let share: u32 = format!("{whole}{part:0<4}").parse().map_err(|_| bad())?;
        if (10..=MOST).contains(&share) { Ok(share) } else { Err(bad()) }
    }
}

/// A released figure in whole units of 10^-decimals, and by how many of them it may move at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Base {
    pub(crate) whole: i64,
    pub(crate) decimals: u32,
    pub(crate) step: i64,
}

/// The steps that a figure may be moved by: at least so many, and at most so many, up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Steps {
    pub(crate) least: i64,
    pub(crate) most: i64,
}

impl Base {
    fn of(value: f64, measure: Measure, decimals: u32, round: u64) -> Option<Self> {
        let counted = matches!(measure, Measure::Rows | Measure::Persons);
        let decimals = match measure {
            Measure::Rows | Measure::Persons => 0,
            Measure::Sum => decimals,
            _ => shortest(value),
        };
        let whole = (value * 10f64.powi(i32::try_from(decimals).ok()?)).round();
        // Beyond this, units are no longer told apart.
        let fits = whole.abs() < 2f64.powi(53);
        let step = if counted { i64::try_from(round).ok()?.max(1) } else { 1 };
        #[allow(clippy::cast_possible_truncation, reason = "below 2^53")]
        fits.then_some(Self { whole: whole as i64, decimals, step })
    }

    /// How it may be moved, where there is room.
    pub(crate) fn steps(self, millionths: u32) -> Option<Steps> {
        let units = i128::from(self.whole.unsigned_abs()) * i128::from(millionths) / 1_000_000;
        let most = i64::try_from(units / i128::from(self.step)).ok().filter(|most| *most > 0)?;
        Some(Steps { least: (most + 1) / 2, most })
    }

    /// The figure, moved.
    pub(crate) fn moved(self, steps: i64) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "below 2^53 and a tenth")]
        let units = (self.whole + steps * self.step) as f64;
        units / 10f64.powi(i32::try_from(self.decimals).unwrap_or_default())
    }
}

/// As many digits after the point as a number has, if it has few.
fn shortest(value: f64) -> u32 {
    let whole = |decimals: u32| {
        let units = value * 10f64.powi(i32::try_from(decimals).unwrap_or_default());
        (units - units.round()).abs() < 1e-6 || units.abs() * 10.0 >= DIGITS
    };
    (0..12).find(|decimals| whole(*decimals)).unwrap_or(12)
}

/// What decides how figures of one recipient are moved.
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    pub(crate) fn of(secret: &[u8; 32], recipient: &str) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
        mac.update(b"yinshu/sandbox/watermark");
        mac.update(&(recipient.len() as u64).to_le_bytes());
        mac.update(recipient.as_bytes());
        Self(mac)
    }

    /// By how many steps a figure is moved: each that there may be as likely as another.
    pub(crate) fn moves(&self, base: Base, steps: Steps) -> i64 {
        let mut mac = self.0.clone();
        for part in [base.whole, i64::from(base.decimals), base.step] {
            mac.update(&part.to_le_bytes());
        }
        let drawn = mac.finalize().into_bytes();
        let drawn = drawn.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let many = 2 * (steps.most - steps.least + 1).unsigned_abs();
        // Of 2^64 no more than one in 2^11 goes to one step more often than to another.
        let chosen = i64::try_from((u128::from(drawn) * u128::from(many)) >> 64).unwrap_or_default();
        let size = steps.least + chosen / 2;
        if chosen % 2 == 0 { size } else { -size }
    }
}

/// What stands in a column of a marked answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// A label, by its number.
    Label(usize),
    /// A figure, by its number.
    Figure(usize),
    /// Something worked out from them.
    Other,
}

/// The labels of a released group, and its figures; those without room for a mark are left out.
type Group = (Vec<Option<String>>, Vec<Option<Base>>);

/// What was released before it was marked: what a file is held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unmarked {
    pub(crate) recipient: String,
    pub(crate) policy: String,
    pub(crate) millionths: u32,
    pub(crate) columns: Vec<(String, Part)>,
    pub(crate) lines: Vec<Group>,
}

/// Marks released groups for their recipient; what they were before, if the policy has anything marked.
pub(crate) fn lines(
    room: &Room,
    request: &super::Request<'_>,
    question: &Question,
    lines: Vec<Line>,
) -> Result<(Vec<Line>, Option<Unmarked>), SandboxError> {
    let Some(terms) = &request.policy.watermark else { return Ok((lines, None)) };
    let millionths = terms.millionths()?;
    let round = Room::rules(request.policy, request.dataset).round;
    let key = Key::of(&room.secret()?, request.user);
    let part = |formula: &Formula| match formula {
        Formula::Key(at) => Part::Label(*at),
        Formula::Figure(at) => Part::Figure(*at),
        Formula::Round(inner, _) => match **inner {
            Formula::Figure(at) => Part::Figure(at),
            _ => Part::Other,
        },
        _ => Part::Other,
    };
    let columns =
        question.columns.iter().map(|column| (column.name.clone(), part(&column.formula))).collect();
    let (recipient, policy) = (request.user.to_owned(), request.policy.policy.name.clone());
    let mut unmarked = Unmarked { recipient, policy, millionths, columns, lines: Vec::new() };
    let mut marked = lines;
    for line in &mut marked {
        let mut bases = Vec::new();
        for (asked, value) in question.figures.iter().zip(&mut line.figures) {
            let of = |value| Base::of(value, asked.figure.measure, asked.figure.decimals, round);
            let base = value.and_then(of).and_then(|base| Some((base, base.steps(millionths)?)));
            if let Some((base, steps)) = base {
                *value = Some(base.moved(key.moves(base, steps)));
            }
            bases.push(base.map(|(base, _)| base));
        }
        unmarked.lines.push((line.labels.clone(), bases));
    }
    Ok((marked, Some(unmarked)))
}

impl Unmarked {
    /// Whether it is the same table, whoever was given it.
    pub(crate) fn same_table(&self, other: &Self) -> bool {
        (self.millionths, &self.columns, &self.lines) == (other.millionths, &other.columns, &other.lines)
    }

    /// Keeps it, durably; its digest, which is its name. The same table for the same recipient is kept once.
    pub(crate) fn keep(&self, room: &Room) -> Result<String, SandboxError> {
        let text = serde_json::to_vec(self).map_err(|error| SandboxError::engine(&error))?;
        let digest = hex::encode(Sha256::digest(&text));
        let folder = room.folder("marks")?;
        let path = folder.join(format!("{digest}.json"));
        if path.exists() {
            return Ok(digest);
        }
        let files = SandboxError::files(&path);
        let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(&files)?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(&files)?;
        file.persist(&path).map_err(|error| files(error.error))?;
        fs::File::open(&folder).and_then(|folder| folder.sync_all()).map_err(&files)?;
        Ok(digest)
    }

    /// What was kept under a digest; nothing where it is not as it was kept.
    pub(crate) fn kept(room: &Room, digest: &str) -> Result<Option<Self>, SandboxError> {
        let path = room.folder("marks")?.join(format!("{digest}.json"));
        let Ok(text) = fs::read(&path) else { return Ok(None) };
        let same = hex::encode(Sha256::digest(&text)) == digest;
        Ok(serde_json::from_slice(&text).ok().filter(|_| same))
    }
}
