//! What the programs beside `yinshu` (`yinshu-joint`, `yinshu-sandbox`) share on the command line: two languages, help in both,
//! and errors told as `yinshu` tells them: what happened, what to try, and a code.

pub mod ends;
pub mod help;
pub mod lang;

pub use lang::{Lang, Named, Texts, Told, fields};
