//! A county that does not exist, for demonstrations and tests.

pub mod county;
