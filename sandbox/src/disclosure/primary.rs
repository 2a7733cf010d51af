//! Rules that look at one figure of one group.

use super::cells::{Cell, Figure, Measure, Part};
use super::released::Rule;
use super::rules::Rules;

/// The rule that hides this figure, if one does.
pub(super) fn hides(cell: &Cell, figure: &Figure, part: &Part, rules: &Rules) -> Option<Rule> {
    let persons = part.persons.len();
    if persons < rules.least {
        return Some(Rule::Least);
    }
    let rest = cell.persons.len().saturating_sub(persons);
    let sums = !matches!(figure.measure, Measure::Rows | Measure::Persons | Measure::Quantile(_));
    if sums && part.few.iter().any(|same| same.len() < rules.numerator) {
        return Some(Rule::Numerator);
    }
    if sums && part.few_lines.iter().any(|same| same.owned.persons.len() < rules.numerator) {
        return Some(Rule::Numerator);
    }
    if sums && part.few_lines.len() == 1 && rules.class {
        return Some(Rule::Class);
    }
    if sums && figure.condition && rest == 0 && rules.class {
        return Some(Rule::Class);
    }
    if figure.condition && (persons < rules.numerator || (1..rules.numerator).contains(&rest)) {
        return Some(Rule::Numerator);
    }
    // Who has how many rows is not known where somebody has more than are told apart.
    if part.owned.more || sums && part.few_lines.iter().any(|same| same.owned.more) {
        return Some(Rule::Bound);
    }
    match figure.measure {
        Measure::Persons if figure.condition && rest == 0 && rules.class => Some(Rule::Class),
        Measure::Persons => None,
        Measure::Rows if figure.condition && part.rows == cell.rows && rules.class => Some(Rule::Class),
        // Contributions to a number of rows are numbers of rows, where the engine says what they are.
        Measure::Rows if part.absolute == u128::from(part.rows) => concentrated(part, rules),
        Measure::Rows => None,
        Measure::Sum | Measure::Mean => alike(part, rules).or_else(|| concentrated(part, rules)),
        Measure::Quantile(_) => quantile(part, rules),
        Measure::Variance | Measure::Deviation => {
            let few = persons - 1 < rules.freedom || part.rows < 2;
            alike(part, rules).or_else(|| concentrated(part, rules)).or(few.then_some(Rule::Freedom))
        }
    }
}

/// A quantile with enough persons on either side is judged as a mean of the rows around it; where these have one value, that
/// is of `least` persons and more, and says no more of anybody. Its place says how many are below them and above: nobody is
/// few, unless nobody can be.
fn quantile(part: &Part, rules: &Rules) -> Option<Rule> {
    if part.beyond < rules.numerator {
        return Some(Rule::Numerator);
    }
    if part.sides.iter().any(|side| side.persons.len() < rules.least) {
        return Some(Rule::Least);
    }
    match part.level {
        Some(_) => None,
        None if part.few.iter().any(|same| same.len() < rules.numerator) => Some(Rule::Numerator),
        None if part.few_lines.iter().any(|same| same.owned.persons.len() < rules.numerator) => {
            Some(Rule::Numerator)
        }
        None => alike(part, rules).or_else(|| concentrated(part, rules)),
    }
}

/// Whether all contributions, or nearly all, are the same: whatever is not is the sum of a few, since how many there are is known.
fn alike(part: &Part, rules: &Rules) -> Option<Rule> {
    let persons = part.persons.len();
    // Who is apart from the many: those of another contribution, and those who have any.
    let apart = persons.saturating_sub(part.alike).min(part.telling.len());
    match apart {
        0 => rules.class.then_some(Rule::Class),
        _ => (apart < rules.numerator).then_some(Rule::Numerator),
    }
}

/// Whether a few contributors make up most of it, in whichever way it is looked at.
pub(super) fn concentrated(part: &Part, rules: &Rules) -> Option<Rule> {
    let others = part.others.iter().map(|shares| (&shares.largest[..], shares.absolute));
    let mut all = std::iter::once((&part.largest[..], part.absolute)).chain(others);
    all.find_map(|(largest, absolute)| mostly_of_few(largest, absolute, rules))
}

fn mostly_of_few(largest: &[u128], absolute: u128, rules: &Rules) -> Option<Rule> {
    for rule in &rules.dominance {
        let top = largest.iter().take(rule.largest as usize).fold(0, |a: u128, b| a.saturating_add(*b));
        if exceeds(top, absolute, rule.percent) {
            return Some(Rule::Dominance);
        }
    }
    let first = largest.first().copied().unwrap_or(0);
    let second = largest.get(1).copied().unwrap_or(0);
    let rest = absolute.saturating_sub(first).saturating_sub(second);
    // rest < closeness % of the first, which is the same as: closeness % of the first exceeds 100 % of the rest
    let (first, rest) = small(first, rest);
    (rules.closeness > 0 && first > 0 && rest * 100 < first * u128::from(rules.closeness))
        .then_some(Rule::Closeness)
}

/// Whether `part` is more than `percent` of `whole`.
fn exceeds(part: u128, whole: u128, percent: u32) -> bool {
    let (part, whole) = small(part, whole);
    part * 100 > whole * u128::from(percent)
}

/// Both divided by the same power of two, so that a hundred times either can be told.
fn small(a: u128, b: u128) -> (u128, u128) {
    if a.max(b) >> 120 == 0 { (a, b) } else { (a >> 8, b >> 8) }
}
