//! What a party says of its own rows is held to its bounds.

use crate::release::declared::not_negative;
use crate::tests::given::integers;
use crate::tests::three_under;
use crate::verified::Security;

/// Three parties' differences: all but the third's honest.
fn ended(third: i64, security: Security) -> [Option<u16>; 3] {
    three_under(security, 7, |context| {
        let honest = integers(context, &[0, 5, i64::MAX])?;
        let other = integers(context, &[3, third])?;
        not_negative(context, [&honest, &honest, &other])
    })
    .map(|end| end.err().map(|error| error.code()))
}

#[test]
fn a_negative_figure_ends_the_run_and_names_whose_it_is() {
    assert_eq!(ended(0, Security::Malicious), [None; 3]);
    for bad in [-1, -5, i64::MIN] {
        let [first, second, third] = ended(bad, Security::Malicious);
        // The third sees its own; whoever hears of it first passes it on.
        assert!([Some(9350), Some(9202)].contains(&first), "{first:?}");
        assert!([Some(9350), Some(9202)].contains(&second), "{second:?}");
        assert!([Some(9208), Some(9206)].contains(&third), "{third:?}");
        assert!([first, second].contains(&Some(9350)));
    }
    assert_eq!(ended(-5, Security::SemiHonest), [None; 3]);
}
