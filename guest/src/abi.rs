//! Where a program meets its host: the canonical ABI of `wit/yinshu.wit`, by hand.
//!
//! | world | core import or export | in terms of the core |
//! |---|---|---|
//! | score | import `yinshu:program/person@0.1.0` `rows` | `() -> i32` |
//! | score | import `yinshu:program/person@0.1.0` `value` | `(i32, i32) -> i64` |
//! | score | export `score` | `(i32, i32) -> i64` |
//! | aggregate | export `batch` | `(i32 rows, i32 address, i32 length)`, the list's memory is the program's from then on |
//! | aggregate | export `finish` | `() -> i32`, the address of an address and a length |
//! | aggregate | export `cabi_realloc` | `(i32 old, i32 old size, i32 alignment, i32 size) -> i32` |
//!
//! The descriptions of the worlds, which make a component of a module, are `wit/*.component-type`; the sandbox's tests hold
//! them against the WIT file, and make components of modules with these imports and exports.

use crate::{Aggregate, Batch, Person, Table, there};
use alloc::alloc::{Layout, alloc, dealloc, realloc};
use core::cell::UnsafeCell;

/// What describes the world of a score.
pub const SCORE: [u8; include_bytes!("../wit/score.component-type").len()] =
    *include_bytes!("../wit/score.component-type");

/// What describes the world of an aggregate.
pub const AGGREGATE: [u8; include_bytes!("../wit/aggregate.component-type").len()] =
    *include_bytes!("../wit/aggregate.component-type");

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "yinshu:program/person@0.1.0")]
unsafe extern "C" {
    safe fn rows() -> u32;
    safe fn value(row: u32, column: u32) -> i64;
}

// Elsewhere there is no host.
#[cfg(not(target_family = "wasm"))]
fn rows() -> u32 {
    0
}

#[cfg(not(target_family = "wasm"))]
fn value(_: u32, _: u32) -> i64 {
    crate::MISSING
}

/// The person whom the host has at hand.
#[derive(Debug, Clone, Copy)]
pub struct Host;

impl Person for Host {
    fn rows(&self) -> u32 {
        rows()
    }

    // As a call of its own it would give what it gives by way of memory.
    #[inline(always)]
    fn value(&self, row: u32, column: u32) -> Option<i64> {
        there(value(row, column))
    }
}

/// An aggregate between one call and the next.
#[derive(Debug)]
pub struct Running<A> {
    program: UnsafeCell<Option<A>>,
    answer: UnsafeCell<[usize; 2]>,
}

// SAFETY: a program has one thread, and the host does not call it while it is called.
unsafe impl<A> Sync for Running<A> {}

impl<A: Aggregate> Running<A> {
    /// One that has seen nothing.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it stands in a static")]
    pub const fn new() -> Self {
        Self { program: UnsafeCell::new(None), answer: UnsafeCell::new([0; 2]) }
    }

    /// Takes a list of values that [`reallocated`] made room for.
    ///
    /// # Safety
    /// `at` is the address of `length` values, which are nobody else's; nothing else of this is being called.
    pub unsafe fn batch(&self, rows: u32, at: *mut i64, length: usize) {
        // SAFETY: as is asked of whoever calls.
        let program = unsafe { &mut *self.program.get() };
        let values: &[i64] =
            if length == 0 { &[] } else { unsafe { core::slice::from_raw_parts(at, length) } };
        program.get_or_insert_default().batch(&Batch::of(rows as usize, values));
        if length > 0 {
            // SAFETY: it was made by `reallocated` with this size and alignment, and `values` is not used any more.
            unsafe { dealloc(at.cast(), Layout::array::<i64>(length).unwrap_or(Layout::new::<i64>())) };
        }
    }

    /// The address of the address and the length of the table's values, which stay where they are.
    ///
    /// # Safety
    /// Nothing else of this is being called.
    pub unsafe fn finish(&self) -> *const [usize; 2] {
        // SAFETY: as is asked of whoever calls.
        let (program, answer) = unsafe { (&mut *self.program.get(), &mut *self.answer.get()) };
        let mut table = Table::default();
        program.get_or_insert_default().finish(&mut table);
        let values = table.values.leak();
        *answer = [values.as_ptr() as usize, values.len()];
        self.answer.get()
    }
}

/// Makes room, or makes it larger.
///
/// # Safety
/// `old` is what this gave for `old_size` bytes, or `old_size` is 0.
pub unsafe fn reallocated(old: *mut u8, old_size: usize, alignment: usize, size: usize) -> *mut u8 {
    let (Ok(before), Ok(after)) =
        (Layout::from_size_align(old_size, alignment), Layout::from_size_align(size, alignment))
    else {
        return core::ptr::null_mut();
    };
    match (old_size, size) {
        // An address of nothing is one that is aligned.
        (_, 0) => core::ptr::without_provenance_mut(alignment),
        // SAFETY: the size is not nothing.
        (0, _) => unsafe { alloc(after) },
        // SAFETY: as is asked of whoever calls; neither size is nothing.
        _ => unsafe { realloc(old, before, size) },
    }
}
