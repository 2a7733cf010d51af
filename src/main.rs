//! Yinshu (隐数).
fn main() {}
