//! A box for secret bytes.

use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A secret value: it does not print, is wiped when dropped, and is read only through
/// [`Secret::expose`].
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Boxes a secret.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The secret itself. Keep it in sight: do not store or print what this returns.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T: Zeroize + AsRef<[u8]>> Secret<T> {
    /// Constant-time equality of the bytes (lengths are public).
    pub fn same(&self, other: &Self) -> bool {
        self.0.as_ref().ct_eq(other.0.as_ref()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_not_print() {
        assert_eq!(format!("{:?}", Secret::new([1u8, 2, 3])), "Secret(…)");
    }

    #[test]
    fn compares() {
        assert!(Secret::new([1u8; 32]).same(&Secret::new([1u8; 32])));
        assert!(!Secret::new([1u8; 32]).same(&Secret::new([2u8; 32])));
    }
}
