//! Keys that a cheating owner makes up: words that agree in the bits sorted by and not in all.

use super::*;
use crate::query::join::join;
use crate::query::owner::Owner;
use crate::query::tables::{Relation, Table, share};
use crate::query::values::Value;
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use std::collections::BTreeMap;

/// Rows with these words for keys and these values, of all three parties.
fn relation(context: &Context, of: (usize, usize), words: &[[u64; 2]], values: &[u64]) -> Relation {
    let word = |at: usize| {
        let words: Vec<B64> = words.iter().map(|words| B64(words[at])).collect();
        Shares::public(context.role(), &words)
    };
    let values: Vec<Z64> = values.iter().copied().map(Z64).collect();
    let shares = Shares::public(context.role(), &values);
    let bounds = bounds::Bounds::new(0, 1000, false);
    let value = Value { shares, present: None, bounds };
    Relation {
        rows: values.len(),
        owners: vec![(0, values.len())],
        valid: None,
        there: None,
        first: None,
        columns: BTreeMap::from([(at(of.1, 0), value)]),
        keys: BTreeMap::from([(of, [word(0), word(1)])]),
    }
}

/// Two keys that agree in all but the highest bit of the first word, and another.
const NEAR: [[u64; 2]; 3] = [[7, 9], [7 | 1 << 63, 9], [8, 9]];
const FAR: [[u64; 2]; 3] = [[7, 9], [11 | 1 << 63, 9], [8, 9]];

/// Which rows match, what they get, which are the first of their key, and in how many steps.
fn joined(one: [[u64; 2]; 3], alone: bool) -> (Vec<u64>, Vec<u64>, Vec<u64>, u32) {
    let many = [one[0], one[1], [1, 1], one[0], one[2], one[1]];
    let [first, second, third] = three_under(Security::Malicious, 3, |context| {
        let one = relation(context, (0, 0), &one, &[10, 20, 30]);
        let many = relation(context, (0, 1), &many, &[0; 6]);
        let found = join(context, one, many, (0, Join::Left), ("table", alone, true))?;
        let got = found.columns[&at(0, 0)].clone();
        let all = [&got.presence(context), &got.shares, &found.first.clone().unwrap_or_default()];
        let opened = crate::verified::verify(context, Shares::concat(all))?;
        let opened = crate::araki16::open(context, &opened)?;
        Ok((opened.iter().map(|word| word.0).collect::<Vec<_>>(), context.steps()))
    })
    .map(Result::unwrap);
    assert!(first == second && second == third);
    let part = |at: usize| first.0[6 * at..6 * at + 6].to_vec();
    (part(0), part(1), part(2), first.1)
}

#[test]
fn keys_that_agree_in_the_bits_sorted_by_match_and_count_as_one() {
    for alone in [true, false] {
        let (matched, values, firsts, _) = joined(NEAR, alone);
        assert_eq!(matched, [1, 1, 0, 1, 1, 1]);
        assert_eq!(values, [10, 20, 0, 10, 30, 20]);
        // A key that is near another never counts for more.
        assert!(firsts[3] == 0 && firsts[5] == 0 && firsts[2] == 1 && firsts[4] == 1, "{firsts:?}");
        assert_eq!(joined(FAR, alone).2, [1, 1, 1, 0, 1, 0]);
    }
}

#[test]
fn whether_keys_of_several_owners_are_near_is_not_learnt() {
    assert_eq!(joined(NEAR, false).3, joined(FAR, false).3);
}

/// An owner shares what its own node would refuse.
fn shared(
    column: Column,
    hidden: bool,
    cells: &[Option<i64>],
    security: Security,
) -> [Result<(), MpcError>; 3] {
    let mut table = input("table", 0, vec![column]);
    (table.hidden, table.max_rows) = (hidden, 5);
    let plan = Plan {
        inputs: vec![table],
        from: From::Input(0),
        filter: None,
        tell: Tell::Groups { keys: Vec::new(), figures: Vec::new(), having: None, rows: None },
        layout: None,
    };
    three_under(security, 3, |context| {
        let own = Table { rows: cells.len(), columns: vec![Cells::Integers(cells.to_vec())] };
        let own = (context.role() == Role::First).then_some(&own);
        let mut owner = Owner::Computing(Role::First);
        share(context, &plan, (0, own, &mut owner), cells.len(), &[at(0, 0)]).map(drop)
    })
}

#[test]
fn values_that_are_there_lie_within_their_bounds_and_zero_is_no_value() {
    let lie = MpcError::SharedOutOfRange { table: "table".to_owned() };
    for (hidden, nullable) in [(false, false), (true, false), (false, true), (true, true)] {
        let age = || integer("age", 18, 67, nullable);
        let missing = if nullable { None } else { Some(30) };
        let fine = shared(age(), hidden, &[Some(18), Some(67), missing], Security::Malicious);
        assert_eq!(fine, [Ok(()), Ok(()), Ok(())]);
        for wrong in [0, 17, 68, -1, 1 << 62] {
            let cells = [Some(18), Some(wrong), missing];
            for end in shared(age(), hidden, &cells, Security::Malicious) {
                assert_eq!(end, Err(lie.clone()), "{wrong} {hidden} {nullable}");
            }
        }
    }
}
