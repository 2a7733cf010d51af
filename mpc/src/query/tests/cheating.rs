//! One party deviates in a question: at its input, in the join, in the release. Nothing opens that is wrong.

use super::*;
use crate::tests::Deviation;
use crate::verified::Place;

fn question() -> (Plan, Vec<Vec<Plain>>) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (mut plan, tables) = example(&mut rng, 16, false);
    let figures = vec![figure(Function::Count, None, None), figure(Function::Sum, Some(column(0, 2)), None)];
    plan.tell = Tell::Groups { keys: Vec::new(), figures, having: None, rows: None };
    (plan, tables)
}

#[test]
fn lies_on_the_way_to_an_answer_open_nothing_wrong() {
    use Place::{Digest, Input, Moved, Opening, Proof, Reshare};
    let (plan, tables) = question();
    let expected = answers(Security::Malicious, &plan, &tables, &terms(3)).map(Result::unwrap);
    assert_eq!(expected[0].told.as_ref().map(Vec::len), Some(1));
    for place in [Input, Reshare, Moved, Proof, Opening, Digest] {
        for cheater in Role::ALL {
            let seen = three_under(Security::Malicious, 5, |context| {
                context.deviation =
                    Some(Deviation { place, nth: usize::MAX, bit: 0, ..Deviation::default() });
                side(context, &plan, &tables, &terms(3))?;
                Ok(context.deviation.as_ref().unwrap().seen)
            });
            let seen = seen.map(Result::unwrap)[cheater.number()];
            assert!(seen > 0, "{place:?} {cheater:?}");
            // From the input on through the join to the release.
            for part in 0..3 {
                let nth = part * (seen - 1) / 3;
                let ends = three_under(Security::Malicious, 5, |context| {
                    if context.role() == cheater {
                        let bit = if part % 2 == 0 { 63 } else { 5 };
                        context.deviation = Some(Deviation { place, nth, bit, ..Deviation::default() });
                    }
                    side(context, &plan, &tables, &terms(3))
                });
                let what = format!("{place:?} {nth} of {seen} by {cheater:?}: {ends:?}");
                let honest = [cheater.next(), cheater.previous()];
                assert!(honest.iter().any(|role| ends[role.number()].is_err()), "{what}");
                for role in honest {
                    let end = &ends[role.number()];
                    assert!(end.as_ref().map_or(true, |end| *end == expected[role.number()]), "{what}");
                }
            }
        }
    }
}
