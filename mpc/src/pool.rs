//! Vectors that are used again.
//!
//! Protocols make and drop vectors of megabytes many times a second. Asked of the system each time, most of what they cost is
//! the pages that it has to clear and map anew. Here each thread keeps what was dropped, wiped, up to [`KEPT`] bytes in
//! all.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;

/// What a thread keeps.
const KEPT: usize = 1 << 26;

/// Shorter vectors cost little.
const LEAST: usize = 1 << 14;

thread_local! {
    static KEEPER: RefCell<Keeper> = RefCell::new(Keeper::default());
}

/// Vectors by their kind, those that came last at the end; full of zeros as far as they are long.
#[derive(Default)]
struct Keeper {
    kinds: HashMap<TypeId, Box<dyn Any>>,
    bytes: usize,
}

impl Keeper {
    /// The vectors of a kind, and the bytes of all.
    fn of<T: 'static>(&mut self) -> Option<(&mut Vec<Vec<T>>, &mut usize)> {
        let kind = self.kinds.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(Vec::<Vec<T>>::new()));
        kind.downcast_mut().map(|vectors| (vectors, &mut self.bytes))
    }
}

/// The kept vector that has room for so many and wastes the least: at most half of it. None where the thread is ending.
fn taken<T: 'static>(len: usize) -> Option<Vec<T>> {
    if len * size_of::<T>() < LEAST {
        return None;
    }
    let take = |keeper: &RefCell<Keeper>| {
        let mut keeper = keeper.borrow_mut();
        let (vectors, bytes) = keeper.of()?;
        let fits = |vector: &Vec<T>| (len..=2 * len).contains(&vector.capacity());
        let places = vectors.iter().enumerate().filter(|(_, vector)| fits(vector));
        let (place, _) = places.min_by_key(|(_, vector)| vector.capacity())?;
        let vector = vectors.remove(place);
        *bytes -= vector.capacity() * size_of::<T>();
        Some(vector)
    };
    KEEPER.try_with(take).ok().flatten()
}

/// So many zeros.
pub(crate) fn zeros<T: Copy + Default + 'static>(len: usize) -> Vec<T> {
    match taken(len) {
        Some(mut vector) => {
            vector.resize(len, T::default());
            vector
        }
        None => vec![T::default(); len],
    }
}

/// An empty vector with room for so many.
pub(crate) fn empty<T: 'static>(len: usize) -> Vec<T> {
    match taken(len) {
        Some(mut vector) => {
            vector.clear();
            vector
        }
        None => Vec::with_capacity(len),
    }
}

/// What an iterator of known length gives.
pub(crate) fn filled<T: 'static>(values: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut vector = empty(values.len());
    vector.extend(values);
    vector
}

/// A copy.
pub(crate) fn copied<T: Copy + 'static>(values: &[T]) -> Vec<T> {
    let mut vector = empty(values.len());
    vector.extend_from_slice(values);
    vector
}

/// Overwrites secrets with zeros.
pub(crate) fn wipe<T: Copy + Default>(values: &mut [T]) {
    values.fill(T::default());
    zeroize::optimization_barrier(values);
}

/// Wipes a vector and keeps it for the next who asks; where there is no more room, others of its kind go.
pub(crate) fn give<T: Copy + Default + 'static>(mut vector: Vec<T>) {
    wipe(&mut vector);
    let bytes_of = |vector: &Vec<T>| vector.capacity() * size_of::<T>();
    let needed = bytes_of(&vector);
    if !(LEAST..=KEPT).contains(&needed) {
        return;
    }
    let keep = |keeper: &RefCell<Keeper>| {
        let mut keeper = keeper.borrow_mut();
        let (vectors, bytes) = keeper.of()?;
        while *bytes + needed > KEPT && !vectors.is_empty() {
            *bytes -= bytes_of(&vectors.remove(0));
        }
        if *bytes + needed <= KEPT {
            *bytes += needed;
            vectors.push(vector);
        }
        Some(())
    };
    // A thread that is ending keeps nothing.
    let _ = KEEPER.try_with(keep);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_taken_again_and_is_zero() {
        give(vec![7u32; 10_000]);
        let vector: Vec<u32> = zeros(9_000);
        assert!(vector.capacity() == 10_000 && vector.iter().all(|&value| value == 0));
        give(vector);
        assert_eq!(filled((0..10_000).map(|at: u32| at)).capacity(), 10_000);
        // Nothing is left, and nothing of another kind or far too long is taken.
        give(vec![7u32; 100_000]);
        assert_eq!(zeros::<u32>(10_000).capacity(), 10_000);
        assert_eq!(zeros::<u64>(60_000).capacity(), 60_000);
        assert_eq!(copied(&[5u32, 6]), [5, 6]);
    }

    #[test]
    fn no_more_is_kept_than_allowed() {
        let bytes = || KEEPER.with(|keeper| keeper.borrow().bytes);
        let before = bytes();
        (0..10).for_each(|_| give(vec![1u8; KEPT / 4]));
        assert!(bytes() <= KEPT && bytes() > KEPT / 2 + before / 2);
        // The last one is there.
        give(vec![1u8; KEPT / 2]);
        assert_eq!(zeros::<u8>(KEPT / 2).capacity(), KEPT / 2);
        give(vec![1u8; KEPT + 1]);
        assert!(bytes() <= KEPT);
    }
}
