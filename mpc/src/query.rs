//! Questions over tables of several owners: what is joined, filtered, grouped and told.
//!
//! A [`Plan`] says all of it: which columns come in and within which bounds, how tables are put together, and what is told.
//! It knows no SQL and no files; whoever makes one (SQL across departments, an analysis named in a contract) has each
//! owner select and clean its rows first.
//!
//! # How it runs ([`run()`])
//!
//! 1. Everything is looked at by what is declared ([`Plan::check`]): bounds of all expressions, so that no sum can run over; what
//!    would tell single rows; what is not available. Then each owner looks at its own table. Nothing was sent so far.
//! 2. Owners, those that do not compute too ([`provide`]), tell how many rows they have, where that is not hidden, and share their columns; keys are hashed first.
//! 3. Tables are joined, rows filtered, groups added up, all on shares.
//! 4. The rule decides on shares which groups may be told; these open, to the receivers alone.
//!
//! Of no rows at all nothing is told, not even that there are none: no group, and no count of 0.
//!
//! # Security
//!
//! *Adversary:* one of the three compute parties, as in [`crate::verified`], and any of the owners that do not compute, in
//! league with it or not ([`crate::outside`]). *Learnt by all three:* the plan; rows of each
//! table that is not hidden; whether keys of a side that must be distinct are, which ends the run; whether the rows that do not
//! count are some, but fewer than the least group, and then nothing else; whether what owners added up beforehand has more
//! values than rows, which ends the run; how many groups there are (which is public where few are possible); whether the
//! sizes of groups leave room for all hidden ones; how many are empty, hidden, withheld, fail the condition on groups, and
//! are told, and the ranks of those that may be told; all that an analysis opens ([`Analysis`]). *By the receivers:* the
//! groups told with their keys, rows and figures, and what figures are made of: of how many values they are and the sum, for a
//! variance also the mean, for a correlation both means and variances.
//!
//! *What figures say together.* Where the rule hides groups, each part into which the conditions of all figures divide a
//! group is of nobody or of as many persons as the least group has, of all rows and of those that are not a receiver's own nor of
//! owners in league with it that do not compute ([`crate::release::readers`]); so
//! are the rows of which a value added up is not zero; no column is multiplied with itself but in a variance or
//! correlation; and fewer sums of one owner's values open than the least group has rows. The rows that came in and do not
//! count are nobody or enough. A group is refused or hidden rather than told in part. That a sum of enough values of a
//! narrow range can still say much of them is not looked at.
//!
//! *Persons.* Where tables are joined, rows of the many side with the same key are one person: conservatively, as each
//! key counts once in the whole table, and of several joins a row counts only where it is the first by all their keys. So figures
//! by the columns of a small table that is looked up, as of regions, are hidden: share such columns with the persons.
//! Where nothing is joined, and of the greatest part of a sum, rows are taken for persons.
//!
//! *An owner that lies.* What an owner shares is its own affair, but where parties may cheat, and of owners that do not compute
//! always, it is shown on shares that all
//! values that are there lie within their declared bounds and all others are 0, and truths are shared as bits: else a row
//! could count for a thousand, and make a small group large. An owner may still make up persons, work out conditions beforehand
//! in a way that leaves no zeros, and choose its values so that a sum with another's column says something of one row; the
//! others see the question before they sign it, and the greatest part that a row may have of a sum of one column
//! is limited by the rule's per cent. An owner among several of a side with distinct keys learns of a key that it names
//! whether another has it, at the price that the run ends.
//!
//! *Not covered:* one question subtracted from another.

mod analysis;
mod bounds;
mod cells;
mod check;
mod exposure;
mod figures;
mod groups;
mod join;
mod keys;
mod owner;
pub mod plain;
mod rank;
mod release;
mod run;
mod stops;
mod tables;
mod together;
mod values;

pub use analysis::Answer;
pub use check::Terms;
pub use figures::Number;
pub use owner::provide;
pub use release::Note;
pub use run::{Group, Outcome, Told, run, run_in_stages};
pub use stops::{Stop, Stops};
pub use tables::{Cells, Table};

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// A question over tables of several owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The tables that come in, each of one owner.
    pub inputs: Vec<Input>,
    /// How they are put together.
    pub from: From,
    /// Which rows count: 0 or 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Expr>,
    /// What is told of them.
    pub tell: Tell,
    /// How those who get the figures lay them out; nothing of it is computed on shares. Where there is none: keys, then
    /// figures, by group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
}

/// How the figures of groups are laid out: columns, order, how many rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The columns.
    pub columns: Vec<Shown>,
    /// By what rows are ordered: by the first of them, those equal in it by the second, and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Order>,
    /// Rows left out at the beginning.
    #[serde(default)]
    pub offset: u64,
    /// Rows at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A column of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// A key, by its number.
    Key(usize),
    /// A figure that is told, by its number.
    Figure(usize),
}

/// An order of rows: keys with texts by these, all else by number; a withheld figure stands where a missing one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// By what.
    pub by: Shown,
    /// The greatest first.
    #[serde(default)]
    pub descending: bool,
    /// What is missing comes first.
    #[serde(default)]
    pub missing_first: bool,
}

/// A table that comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The table's name in the contract.
    pub table: String,
    /// The number of its owner among the contract's parties: the first three compute, the others only provide.
    pub owner: u8,
    /// What its owner runs over it, alone and in the clear, to get the columns below (SQL of the local engine).
    pub local: String,
    /// Its rows at most. Everybody learns how many come in: padded to this number where `hidden` is set.
    pub max_rows: u64,
    /// Whether the number of rows is hidden, by padding to `max_rows`.
    #[serde(default)]
    pub hidden: bool,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A column that comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name, in messages.
    pub name: String,
    /// What its values are.
    pub values: Values,
    /// Whether values may be missing.
    #[serde(default)]
    pub nullable: bool,
}

/// What the values of a column are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Values {
    /// Texts that are only compared for equality with another table's: hashed by their owner.
    Key,
    /// Integers within bounds, in units of 10^-decimals.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
        /// Digits after the point.
        #[serde(default)]
        decimals: u32,
    },
    /// One of a list of texts, by its number in the list, from 0.
    Code {
        /// The texts.
        of: Vec<String>,
    },
}

/// A column, by the number of its table and its number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ColumnAt {
    /// The table.
    pub input: usize,
    /// The column.
    pub column: usize,
}

/// Tables put together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum From {
    /// A table, by its number.
    Input(usize),
    /// Tables of the same columns, one after the other; columns are named by the first of them. Each is an input or again a
    /// union of inputs.
    Union(Vec<From>),
    /// Each row of `many` with the row of `one` that has its keys. The keys of `one` are distinct: where they are not,
    /// the run ends with an error that says so.
    Join {
        /// The side whose keys are distinct.
        one: Box<From>,
        /// The side of which each row finds at most one.
        many: Box<From>,
        /// The keys: pairs of a column of `one` and one of `many`. All of one side are columns of one input (or union of
        /// inputs), whose owner hashes them together.
        on: Vec<[ColumnAt; 2]>,
        /// Which rows stay.
        kind: Join,
    },
}

/// Which rows of the many side stay in a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// Those that find one.
    Inner,
    /// All; columns of the one side are missing where none was found.
    Left,
    /// Those that find one, without its columns.
    Semi,
    /// Those that find none.
    Anti,
}

/// A value worked out for each row, an integer; truth is 1 and 0. Scales are the planner's affair: what is added or compared
/// has the same number of decimals.
///
/// A value may be missing. Sums, differences and products of what is missing are missing; [`Expr::Case`] is what it chose. A
/// truth never is: a comparison with a missing value is 0, and so `Not(Equal(a, b))` is 1 there, which a maker of plans
/// guards by [`Expr::Present`] where that is not meant. A row stays, and counts, where [`Plan::filter`] is 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expr {
    /// A column that comes in.
    Column(ColumnAt),
    /// The same for all rows.
    Integer(i64),
    /// Nothing: a value that is missing in all rows.
    Missing,
    /// Two values put together.
    Binary {
        /// How.
        op: Op,
        /// The left one.
        left: Box<Expr>,
        /// The right one.
        right: Box<Expr>,
    },
    /// 1 less a truth.
    Not(Box<Expr>),
    /// Whether a value is there.
    Present(Box<Expr>),
    /// One of two values by a truth.
    Case {
        /// The truth.
        when: Box<Expr>,
        /// The value where it is 1.
        then: Box<Expr>,
        /// The value where it is 0.
        otherwise: Box<Expr>,
    },
}

/// How two values are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// Sum.
    Plus,
    /// Difference.
    Minus,
    /// Product.
    Times,
    /// Both truths.
    And,
    /// Either truth.
    Or,
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
}

impl Op {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::And => "AND",
            Self::Or => "OR",
            Self::Equal => "=",
            Self::Less => "<",
            Self::AtMost => "<=",
        }
    }
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Tell {
    /// Figures by group; of all rows together where there are no keys.
    Groups {
        /// What rows of a group agree in: columns of codes, or integers of a small range.
        keys: Vec<Key>,
        /// The figures.
        figures: Vec<Figure>,
        /// Which groups are told, on shares: a truth over the group's figures by their numbers ([`ColumnAt`] with `input`
        /// 0), beside the rule of the contract. Only counts and sums stand in it; the sum of no values is 0 there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        having: Option<Expr>,
        /// How many rows each row stands for, where owners added up theirs by group beforehand: the rule of the contract
        /// goes by it. Each figure is then of sums ([`Figure::counted`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<Expr>,
    },
    /// An analysis of all rows together.
    Analysis(Analysis),
}

/// What rows of a group agree in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name in the result.
    pub name: String,
    /// The value.
    pub of: Expr,
    /// The least it can be.
    pub min: i64,
    /// The greatest it can be.
    pub max: i64,
    /// The texts of min, min + 1, …, where they are not numbers; an empty one stands for what is missing. The value itself
    /// is never missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
}

/// A figure of each group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Its name in the result.
    pub name: String,
    /// What it is.
    pub function: Function,
    /// Only asked about by `having`, and not told.
    #[serde(default)]
    pub hidden: bool,
    /// How many values each value stands for, where owners added up theirs beforehand: `of` is then their sum (nothing, for a
    /// count), the count is the sum of this, and the mean the one by the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Expr>,
    /// The sum of their squares, for a variance of what was added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub squares: Option<Expr>,
    /// Of which values; for [`Function::Count`] those rows count where it is not missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Expr>,
    /// The second values, of a correlation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Expr>,
    /// Digits after the point of the values.
    #[serde(default)]
    pub decimals: u32,
    /// Digits after the point of the second values.
    #[serde(default)]
    pub with_decimals: u32,
}

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// How many rows.
    Count,
    /// The sum.
    Sum,
    /// The mean.
    Mean,
    /// The variance, with n - 1.
    Variance,
    /// The root of it.
    Sd,
    /// The least value, of all rows together and within the rule of the contract.
    Min,
    /// The greatest.
    Max,
    /// The median.
    Median,
    /// The correlation with the second values.
    Correlation,
}

/// An analysis of all rows together, of columns as a plan or as people name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Analysis<C = ColumnAt> {
    /// Means, standard deviations, covariances and correlations of columns.
    Correlations(Vec<C>),
    /// Least squares: coefficients, standard errors, R².
    Linear {
        /// What is explained.
        target: C,
        /// By what.
        features: Vec<C>,
    },
    /// Logistic regression with confidence intervals.
    Logistic {
        /// What is explained, 0 or 1.
        target: C,
        /// By what.
        features: Vec<C>,
    },
    /// The share of those still without an event (Kaplan–Meier).
    Survival {
        /// How many steps until the event or the end of observation.
        time: C,
        /// 1 where there was an event.
        event: C,
    },
    /// The difference of the means of two groups, with Welch's t test.
    Difference {
        /// The values.
        of: C,
        /// The group, 0 or 1.
        group: C,
    },
    /// A two-way table with chi-square.
    TwoWay([C; 2]),
    /// Quantiles, in thousandths.
    Quantiles {
        /// Of which values.
        of: C,
        /// Which: 250 and 750 are the quartiles.
        per_mille: Vec<u32>,
    },
    /// The Gini coefficient, and the share of the greatest.
    Inequality {
        /// Of which values.
        of: C,
        /// How many of the greatest together.
        greatest: u32,
    },
    /// How many values are in each of the ranges between these bounds.
    Histogram {
        /// Of which values.
        of: C,
        /// The bounds, ascending.
        bounds: Vec<i64>,
    },
    /// The mean of values weighted by others.
    WeightedMean {
        /// Of which values.
        of: C,
        /// The weights.
        weight: C,
    },
}
