//! What ends a run ends it, whatever a job makes of the error; and claims that there are none of.

use super::given::given;
use super::*;
use crate::araki16::{gram, matrix, multiply, open};
use crate::verified::verify;
use crate::{Shares, Z64};

#[test]
fn a_check_that_failed_is_not_passed_by_asking_again() {
    let ends = three_under(Security::Malicious, 6, |context| {
        if context.role() == Role::Second {
            context.deviation = Some(Deviation { place: Place::Reshare, bit: 3, ..Deviation::default() });
        }
        let x: Shares<Z64> = context.random(5);
        let early = verify(context, x.clone())?;
        let product = multiply(context, &x, &x)?;
        let ended = verify(context, product.clone());
        if context.role() == Role::Second {
            return ended.map(drop);
        }
        let error = ended.err().expect("a product is wrong");
        assert_eq!((error.code(), error.fault()), (9220, None));
        assert_eq!(verify(context, product).err(), Some(error.clone()));
        assert_eq!(multiply(context, &x, &x).err(), Some(error.clone()));
        assert_eq!(open(context, &early).err(), Some(error.clone()));
        // Nothing to send, and an error all the same.
        assert_eq!(multiply(context, &Shares::zeros(0), &Shares::<Z64>::zeros(0)).err(), Some(error));
        Ok(())
    });
    // The job makes nothing of it.
    assert!(ends[0].is_err() && ends[2].is_err(), "{ends:?}");
}

#[test]
fn an_input_that_differs_is_not_passed_by_asking_again() {
    let ends = three_under(Security::Malicious, 6, |context| {
        if context.role() == Role::Second {
            context.deviation = Some(Deviation { place: Place::Input, bit: 3, ..Deviation::default() });
        }
        let x: Shares<Z64> = given(context, &[1, 2, 3])?;
        if context.role() == Role::First {
            assert_eq!(verify(context, x.clone()).err().map(|error| error.code()), Some(9320));
        }
        verify(context, x).map(drop)
    });
    assert_eq!(ends[0].as_ref().unwrap_err().code(), 9320);
}

#[test]
fn no_step_is_taken_twice() {
    for security in [Security::SemiHonest, Security::Malicious] {
        for left in 0..3 {
            let ends = three_under(security, 8, |context| {
                context.skip_to(u32::MAX - left);
                let x: Shares<Z64> = context.random(5);
                let ended = multiply(context, &x, &x).and_then(|product| multiply(context, &product, &x));
                let error = ended.err().expect("there are not so many steps");
                assert_eq!(verify(context, x).err(), Some(error.clone()));
                assert_eq!(context.steps(), u32::MAX);
                Ok(error)
            });
            let codes = ends.map(|end| end.unwrap_err().code());
            assert!(codes.contains(&9211) && codes.iter().all(|code| [9211, 9202].contains(code)));
        }
    }
}

#[test]
fn sums_of_nothing_are_zero_and_take_no_message() {
    let opened = agreed(5, |context| {
        let before = (sent(context), context.steps());
        let none = Shares::<Z64>::zeros(0);
        let (gram, matrix) = (gram(context, &[&none, &none])?, matrix(context, (&none, 2), (&none, 2))?);
        assert_eq!((sent(context), context.steps()), before);
        let sums = verify(context, Shares::concat([&gram, &matrix]))?;
        open(context, &sums)
    });
    assert_eq!(opened, [Z64(0); 7]);
}
