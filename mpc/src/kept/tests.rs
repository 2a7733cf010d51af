use super::*;
use crate::Z64;
use crate::araki16::{input, multiply, open};
use crate::tests::three_under;
use crate::verified::{Security, verify};

const OF: Digest = Digest([3; 32]);
const LEN: usize = 300;

/// What each keeps of squares.
fn kept() -> [Secret<Vec<u8>>; 3] {
    let outcomes = three_under(Security::Malicious, 71, |context| {
        let values: Vec<Z64> = (0..LEN as u64).map(Z64).collect();
        let own = (context.role() == Role::Second).then_some(&values[..]);
        let shares = input(context, Role::Second, own, LEN)?;
        let squares = multiply(context, &shares, &shares)?;
        Ok(keep(context.role(), &OF, &verify(context, squares)?))
    });
    outcomes.map(Result::unwrap)
}

/// What the three get of what they have.
fn resumed(kept: &[Option<Secret<Vec<u8>>>; 3], of: &Digest, len: usize) -> [Option<Vec<Z64>>; 3] {
    let outcomes = three_under(Security::Malicious, 72, |context| {
        let kept = kept[context.role().number()].as_ref();
        let Some(shares) = resume::<Z64>(context, of, kept, len)? else { return Ok(None) };
        let shares = verify(context, shares)?;
        open(context, &shares).map(Some)
    });
    outcomes.map(Result::unwrap)
}

#[test]
fn a_run_goes_on_from_what_was_kept() {
    let squares: Vec<Z64> = (0..LEN as u64).map(|value| Z64(value * value)).collect();
    let found = resumed(&kept().map(Some), &OF, LEN);
    assert!(found.iter().all(|found| found.as_ref() == Some(&squares)));
}

#[test]
fn what_does_not_fit_has_all_begin_anew() {
    let altered = |party: usize, change: &dyn Fn(&mut Vec<u8>)| {
        let mut all = kept().map(Some);
        let mut bytes = all[party].take().unwrap().expose().clone();
        change(&mut bytes);
        all[party] = Some(Secret::new(bytes));
        all
    };
    for party in 0..3 {
        let mut gone = kept().map(Some);
        gone[party] = None;
        assert_eq!(resumed(&gone, &OF, LEN), [None, None, None]);
        for at in [0, 32, 33, HEAD, HEAD + 8 * LEN, HEAD + 16 * LEN - 1] {
            let flipped = altered(party, &|bytes| bytes[at] ^= 1);
            assert_eq!(resumed(&flipped, &OF, LEN), [None, None, None], "byte {at} of party {party}");
        }
        assert_eq!(resumed(&altered(party, &|b| b.truncate(20)), &OF, LEN), [None, None, None]);
        assert_eq!(resumed(&altered(party, &|b| b.push(0)), &OF, LEN), [None, None, None]);
    }
    assert_eq!(resumed(&kept().map(Some), &Digest([4; 32]), LEN), [None, None, None]);
    assert_eq!(resumed(&kept().map(Some), &OF, LEN - 1), [None, None, None]);
}
