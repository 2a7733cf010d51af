//! Identifier rules: what is done to one value, and under which rule.
//!
//! Every kind of column has one module with a `clean` function that takes the text of a cell and
//! answers with a [`Verdict`]; the rules that were applied on the way are noted in [`Marks`]. The
//! functions allocate nothing: a changed value is left in the caller's scratch string. Whole columns
//! are the business of [`crate::clean`].
//!
//! | rule | what | where |
//! |---|---|---|
//! | R01 | 15-digit citizen id to 18 | [`citizen`] |
//! | R02 | full-width letters and digits, lower-case x | [`whitespace`], [`citizen`] |
//! | R03 | blanks, invisible characters, leading apostrophe | [`whitespace`] |
//! | R04 | digits lost in a spreadsheet: never guessed | [`precision`], [`citizen`] |
//! | R05 | leading zeros, only to a declared width | [`code`], [`division`] |
//! | R06, R14 | encoding and CSV dialect | the readers |
//! | R07 | the dot in a name | [`name`] |
//! | R08 | private-use characters and placeholders | [`name`] |
//! | R09 | bracketed notes; variants are only reported | [`name`] |
//! | R10 | dates, months, timestamps, sentinels | [`date`] |
//! | R11 | birth date against the id | [`crate::clean`] |
//! | R12 | duplicates | [`crate::clean::Duplicates`] |
//! | R13 | credit codes and their elders | [`credit_code`], [`org_code`], [`registration`] |
//! | R15 | renamed columns | [`crate::mapping`] |
//! | R16 | sex codes, GB/T 2261.1 | [`sex`] |
//! | R17 | words that mean null | [`null`] |
//! | R18 | text decoded in the wrong encoding | [`mojibake`] |

pub mod citizen;
pub mod code;
pub mod credit_code;
pub mod date;
pub mod division;
pub mod han;
pub mod mask;
pub mod mojibake;
pub mod name;
pub mod null;
pub mod number;
pub mod org_code;
pub mod org_id;
pub mod precision;
pub mod probe;
pub mod registration;
pub mod rule;
pub mod sex;
pub mod whitespace;

pub use mask::masked;
pub use rule::{Reason, Rule, RuleSet};

/// What a cell turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Already canonical: the raw text is the value.
    Same,
    /// The canonical value is in the scratch string.
    Changed,
    /// The cell says that there is no value.
    Null,
    /// No value can be had from the cell without guessing.
    Invalid(Reason),
}

/// The rules that touched one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Rules that changed the value.
    pub normalised: RuleSet,
    /// The value was kept, but something about it should be known; at most one reason a cell.
    pub flag: Option<Reason>,
}

impl Marks {
    /// Notes that `rule` changed the value.
    pub fn normalised(&mut self, rule: Rule) {
        self.normalised.insert(rule);
    }

    /// Notes a defect of a value that is kept. The first one stands.
    pub fn flag(&mut self, reason: Reason) {
        self.flag.get_or_insert(reason);
    }
}

/// Leaves `text` in `out` unless it is `raw` itself, and says which.
pub(crate) fn settle(raw: &str, text: &str, out: &mut String) -> Verdict {
    if raw == text {
        return Verdict::Same;
    }
    out.clear();
    out.push_str(text);
    Verdict::Changed
}
