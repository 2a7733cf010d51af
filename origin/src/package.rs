//! Signed return packages.
