//! What an aggregate came to, from a worker to the room: one frame.
//!
//! # Security
//! Whoever reads believes nothing: the table is held against the limits and what is declared once more, and the numbers of rows
//! and persons against each other and those there are. That it failed is said in the same frame; the reason is for the log.

use super::frames::{Broken, Reply};
use super::parent::MOST_OF_A_REASON;
use crate::program::MISSING;
use crate::program::gathered::{Gathered, Gathering};

/// Bytes before the values or the reason.
const HEAD: usize = 17;

/// As it is sent.
pub(super) fn written(gathered: &Gathered) -> Vec<u8> {
    let Gathered { sheet, rows, persons, reason } = gathered;
    let mut out = vec![u8::from(sheet.is_some())];
    out.extend_from_slice(&rows.to_le_bytes());
    out.extend_from_slice(&persons.to_le_bytes());
    for value in sheet.iter().flatten().flatten() {
        out.extend_from_slice(&value.unwrap_or(MISSING).to_le_bytes());
    }
    if sheet.is_none() {
        out.extend(reason.iter().flat_map(|reason| reason.bytes()).take(MOST_OF_A_REASON));
    }
    out
}

/// What is waited for.
pub(crate) struct Awaited {
    of: Gathering,
    persons: u64,
    came: Option<Gathered>,
}

impl Awaited {
    /// Nothing came yet of an aggregate over so many persons at most.
    pub(super) fn new(of: &Gathering, persons: u64) -> Self {
        Self { of: of.clone(), persons, came: None }
    }
}

impl Reply for Awaited {
    type Whole = Gathered;

    fn most(&self) -> usize {
        HEAD + (8 * self.of.cells()).max(MOST_OF_A_REASON)
    }

    fn take(&mut self, frame: &[u8]) -> Result<bool, Broken> {
        let (head, rest) = frame.split_first_chunk::<HEAD>().ok_or(Broken::Short)?;
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&head[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let (rows, persons) = (number(1), number(9));
        if persons > rows || persons > self.persons {
            return Err(Broken::Unfit("it saw more persons than there are"));
        }
        let (sheet, reason) = match head[0] {
            0 => (None, Some(String::from_utf8_lossy(rest).into_owned())),
            1 => {
                let (values, more) = rest.as_chunks();
                let values: Vec<i64> = values.iter().map(|value| i64::from_le_bytes(*value)).collect();
                let sheet = self.of.sheet(&values).filter(|_| more.is_empty());
                (Some(sheet.ok_or(Broken::Unfit("this is no table of the program"))?), None)
            }
            _ => return Err(Broken::Unfit("it neither failed nor came to anything")),
        };
        self.came = Some(Gathered { sheet, rows, persons, reason });
        Ok(true)
    }

    fn whole(self) -> Result<Gathered, Broken> {
        self.came.ok_or(Broken::Short)
    }
}
