use super::*;
use proptest::prelude::*;

fn numbers() -> impl Strategy<Value = Field> {
    // Limbs at the edges as often as others.
    let limb = prop_oneof![any::<u64>(), Just(0), Just(u64::MAX), Just(1), Just(u64::MAX - 1)];
    proptest::array::uniform4(limb).prop_map(Field::reduced)
}

/// The product, by doubling and adding alone.
fn slowly(a: &Field, b: &Field) -> Field {
    let bits = b.value();
    (0..256).rev().fold(Field::ZERO, |sum, i| {
        let sum = sum.double();
        if bits[i / 64] >> (i % 64) & 1 == 1 { sum.add(a) } else { sum }
    })
}

proptest! {
    #[test]
    fn products_are_sums(a in numbers(), b in numbers()) {
        prop_assert!(a.mul(&b) == slowly(&a, &b));
        prop_assert!(a.square() == slowly(&a, &a));
    }

    #[test]
    fn what_is_added_can_be_taken_away(a in numbers(), b in numbers()) {
        prop_assert!(a.add(&b).sub(&b) == a && a.sub(&b).add(&b) == a);
        prop_assert!(less(&a.add(&b).value(), &P) && less(&a.sub(&b).0, &P));
    }

    #[test]
    fn inverses_and_roots(a in numbers()) {
        prop_assert!(bool::from(a.is_zero()) || a.invert().mul(&a) == Field::ONE);
        let root = a.square().sqrt().expect("a square");
        prop_assert!(root == a || root == Field::ZERO.sub(&a));
        // -1 is no square modulo a prime that is 3 modulo 4.
        prop_assert!(bool::from(a.is_zero()) || Field::ZERO.sub(&a.square()).sqrt().is_none());
    }
}

#[test]
fn numbers_survive_their_form() {
    let top = [P[0] - 1, P[1], P[2], P[3]];
    for limbs in [[0; 4], [1, 0, 0, 0], [0, 0, 0, 5], top] {
        assert_eq!(Field::new(limbs).value(), limbs);
    }
    assert!(Field::new(top).add(&Field::ONE) == Field::ZERO);
    assert!(
        Field::reduced(P) == Field::ZERO && Field::reduced([0, P[1] + 1, P[2], P[3]]).value() == [1, 0, 0, 0]
    );
}
