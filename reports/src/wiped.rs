//! Field elements that are wiped when they are no longer needed.

use prio::field::FieldElement;
use std::ops::{Deref, DerefMut};

/// A list of secret numbers. Like [`zeroize`], it leaves alone what a list that grew had left behind: make it of its length.
#[derive(Clone)]
pub(crate) struct Wiped<F: FieldElement>(Vec<F>);

impl<F: FieldElement> From<Vec<F>> for Wiped<F> {
    fn from(numbers: Vec<F>) -> Self {
        Self(numbers)
    }
}

impl<F: FieldElement> Wiped<F> {
    fn wipe(&mut self) {
        self.0.fill(F::zero());
        // The elements of the field are the crate's, which has no wiping of its own: that they are looked at keeps the
        // writing, which nothing else would need.
        std::hint::black_box(self.0.as_slice());
    }
}

impl<F: FieldElement> Drop for Wiped<F> {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl<F: FieldElement> Deref for Wiped<F> {
    type Target = [F];
    fn deref(&self) -> &[F] {
        &self.0
    }
}

impl<F: FieldElement> DerefMut for Wiped<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prio::field::Field64;

    #[test]
    fn what_is_wiped_is_zero() {
        let mut numbers = Wiped::from(vec![Field64::one(); 9]);
        numbers.wipe();
        assert!(numbers.iter().all(|number| *number == Field64::zero()));
    }
}
