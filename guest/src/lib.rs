//! What a program for the data sandbox is written with.
//!
//! A **score** sees the rows of one person at a time and gives each row, or each person, values:
//!
//! ```
//! use yinshu_guest::Person;
//!
//! // Columns, as the manifest lists them.
//! const AGE: u32 = 0;
//! const WAGE: u32 = 1;
//!
//! /// 1 where it is likely that somebody moves, 0 where it is not.
//! fn moves(person: &impl Person, row: u32, _output: u32) -> Option<i64> {
//!     let (age, wage) = (person.value(row, AGE)? as f64, person.value(row, WAGE)? as f64 / 100.0);
//!     Some(i64::from(-0.05 * age + 0.0001 * wage + 0.3 > 0.0))
//! }
//!
//! yinshu_guest::score!(moves);
//! ```
//!
//! An **aggregate** sees all rows, batch by batch, and gives one table:
//!
//! ```
//! use yinshu_guest::{Aggregate, Batch, Table};
//!
//! #[derive(Default)]
//! struct Bands([i64; 10]);
//!
//! impl Aggregate for Bands {
//!     fn batch(&mut self, batch: &Batch<'_>) {
//!         for age in batch.column(0).flatten() {
//!             self.0[(age / 10).clamp(0, 9) as usize] += 1;
//!         }
//!     }
//!     fn finish(&mut self, table: &mut Table) {
//!         for (band, persons) in (0..).zip(self.0) {
//!             table.row(&[Some(band), Some(persons)]);
//!         }
//!     }
//! }
//!
//! yinshu_guest::aggregate!(Bands);
//! ```
//!
//! Values are whole numbers, as `wit/yinshu.wit` says: numbers in units of their last digit, texts by their place in the
//! declared list, dates in days since 1970-01-01. What is missing is `None`. There is nothing else: no clock, no randomness, no
//! files. The same functions run where there is no sandbox, over made-up tables: [`dry`].
//!
//! A score that keeps nothing (no `static`, no `Vec`, no formatting, no panic that has something to say) is run over many
//! persons by one instance and is quick; any other is run in an instance of each person's own, which takes some microseconds a
//! person. `yinshu-sandbox program add` says which it is. The exponential of the
//! standard library writes to memory there, and [`exp`] does not.

#![no_std]

extern crate alloc;
#[cfg(any(test, not(target_family = "wasm")))]
extern crate std;

use alloc::vec::Vec;

#[doc(hidden)]
pub mod abi;
#[cfg(not(target_family = "wasm"))]
pub mod dry;
mod exp;
pub use exp::exp;

/// The value of what is missing, on the way in and out.
pub const MISSING: i64 = i64::MIN;

/// The person at hand.
pub trait Person {
    /// How many rows the person has.
    fn rows(&self) -> u32;
    /// The value of a row in a column, by their numbers; `None` where it is missing or there is none.
    fn value(&self, row: u32, column: u32) -> Option<i64>;
}

/// Rows of many persons: of every column all values.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    rows: usize,
    values: &'a [i64],
}

impl<'a> Batch<'a> {
    /// Rows out of values, column after column.
    #[must_use]
    pub fn of(rows: usize, values: &'a [i64]) -> Self {
        Self { rows, values }
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The values of a column as they came, [`MISSING`] where one is; nothing where there is no such column.
    #[must_use]
    pub fn raw(&self, column: usize) -> &'a [i64] {
        let begin = column.saturating_mul(self.rows);
        self.values.get(begin..begin.saturating_add(self.rows)).unwrap_or_default()
    }

    /// The values of a column, row by row.
    pub fn column(&self, column: usize) -> impl Iterator<Item = Option<i64>> + 'a {
        self.raw(column).iter().map(|value| there(*value))
    }
}

/// What an aggregate gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    values: Vec<i64>,
}

impl Table {
    /// Puts a row at the end: a value for each declared column.
    pub fn row(&mut self, values: &[Option<i64>]) {
        self.values.extend(values.iter().map(|value| value.unwrap_or(MISSING)));
    }

    /// All values, row after row.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }
}

/// A program that sees all rows and gives one table.
pub trait Aggregate: Default {
    /// Takes rows.
    fn batch(&mut self, batch: &Batch<'_>);
    /// Gives the table, when there are no more.
    fn finish(&mut self, table: &mut Table);
}

/// A value, where it is one.
#[must_use]
pub fn there(value: i64) -> Option<i64> {
    if value == MISSING { None } else { Some(value) }
}

/// Makes a function `fn(&impl Person, row: u32, output: u32) -> Option<i64>` the program.
#[macro_export]
macro_rules! score {
    ($function:path) => {
        #[cfg(target_family = "wasm")]
        #[unsafe(export_name = "score")]
        extern "C" fn yinshu_score(row: u32, output: u32) -> i64 {
            $function(&$crate::abi::Host, row, output).unwrap_or($crate::MISSING)
        }

        #[cfg(target_family = "wasm")]
        #[used]
        #[unsafe(link_section = "component-type:yinshu-score")]
        static YINSHU_WORLD: [u8; $crate::abi::SCORE.len()] = $crate::abi::SCORE;
    };
}

/// Makes a type that is an [`Aggregate`] the program.
#[macro_export]
macro_rules! aggregate {
    ($of:ty) => {
        #[cfg(target_family = "wasm")]
        static YINSHU_PROGRAM: $crate::abi::Running<$of> = $crate::abi::Running::new();

        #[cfg(target_family = "wasm")]
        #[unsafe(export_name = "batch")]
        unsafe extern "C" fn yinshu_batch(rows: u32, at: *mut i64, length: usize) {
            unsafe { YINSHU_PROGRAM.batch(rows, at, length) }
        }

        #[cfg(target_family = "wasm")]
        #[unsafe(export_name = "finish")]
        unsafe extern "C" fn yinshu_finish() -> *const [usize; 2] {
            unsafe { YINSHU_PROGRAM.finish() }
        }

        #[cfg(target_family = "wasm")]
        #[unsafe(export_name = "cabi_realloc")]
        unsafe extern "C" fn yinshu_realloc(old: *mut u8, was: usize, align: usize, size: usize) -> *mut u8 {
            unsafe { $crate::abi::reallocated(old, was, align, size) }
        }

        #[cfg(target_family = "wasm")]
        #[used]
        #[unsafe(link_section = "component-type:yinshu-aggregate")]
        static YINSHU_WORLD: [u8; $crate::abi::AGGREGATE.len()] = $crate::abi::AGGREGATE;
    };
}

#[cfg(test)]
mod tests;
