//! What may be seen of a table, and for the operator why the rest may not.

use super::cells::Figure;

/// A table after disclosure control, and the reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Released {
    /// What the one who asked sees.
    pub table: Seen,
    /// What was hidden and by which rule. For the operator and a reviewer only: a reason says more than the hidden
    /// figure may.
    pub trace: Vec<Hidden>,
}

/// What the one who asked sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Names of the columns that rows were grouped by.
    pub keys: Vec<String>,
    /// What stands in each of the other columns.
    pub figures: Vec<Figure>,
    /// The groups with anything to show, in the order of their labels. A group of which all is hidden looks as
    /// one that nobody is in: it is not there.
    pub cells: Vec<Shown>,
}

/// A group that is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Its value of every key: nothing where that is missing.
    pub labels: Vec<Option<String>>,
    /// Its figures: nothing where hidden, for whatever reason. Whole numbers are exact (below 2^53).
    pub values: Vec<Option<f64>>,
}

/// A figure that was hidden, or a whole group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Which group, by its place in the computed table.
    pub cell: usize,
    /// Which figure, or all of the group.
    pub figure: Option<usize>,
    /// By which rule.
    pub rule: Rule,
}

/// A rule that hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Fewer persons than the least group.
    Least,
    /// Too few who have what is counted, or who have not.
    Numerator,
    /// Says the same of everybody in the group.
    Class,
    /// A few contributors make up most of it.
    Dominance,
    /// One contributor could estimate another's contribution.
    Closeness,
    /// A variance of too few.
    Freedom,
    /// A condition decides on few, or on none.
    Influence,
    /// Another figure of the table is hidden and this one would give it away.
    Complement,
    /// With what was released before, few persons' figures could be worked out.
    Linked,
    /// Whether that is so could not be found out within the limits of memory and work.
    Bound,
}

impl Rule {
    /// Its name, as in the rule book and in records.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Least => "least",
            Rule::Numerator => "numerator",
            Rule::Class => "class",
            Rule::Dominance => "dominance",
            Rule::Closeness => "closeness",
            Rule::Freedom => "freedom",
            Rule::Influence => "influence",
            Rule::Complement => "complement",
            Rule::Linked => "linked",
            Rule::Bound => "bound",
        }
    }
}
