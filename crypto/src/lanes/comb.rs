//! Multiples of a fixed point: a table of Σ d_i·32^i·P for signed digits, in which 51 look-ups and additions
//! give any multiple (E. Brickell, D. Gordon, K. McCurley, D. Wilson, "Fast Exponentiation with
//! Precomputation", EUROCRYPT 1992).

use super::edwards::{AffineAddend, Point, constants};
use super::field::invert_each;
use super::plain::One;
use super::{Field, Index, Mask, Row, Words};
use zeroize::Zeroize;

/// Digits of a number below 2^254.
pub(crate) const DIGITS: usize = 51;

/// 1 to 16 times 32^i times a point, for every i below [`DIGITS`], as three rows each: (y + x, y - x, 2dxy).
pub(crate) struct Table(Vec<[Row; 3]>);

impl Table {
    /// The table of a point for the kernel of `F`.
    pub(crate) fn new<F: Field>(point: Point<One>) -> Self {
        let pack = |numbers: [[Words; 16]; 3]| numbers.map(|numbers| F::pack(&numbers));
        Self(entries(point).into_iter().map(pack).collect())
    }
}

/// The numbers of a table.
fn entries(point: Point<One>) -> Vec<[[Words; 16]; 3]> {
    let mut points = Vec::with_capacity(16 * DIGITS);
    let mut power = point;
    for _ in 0..DIGITS {
        let mut multiple = power;
        for _ in 1..16 {
            points.push(multiple);
            multiple = multiple.add(power);
        }
        points.push(multiple);
        // 32 times is twice 16 times.
        power = multiple.add(multiple);
    }
    let mut inverses: Vec<One> = points.iter().map(|point| One::carry(point.z)).collect();
    invert_each(&mut inverses);
    let mut entries = Vec::with_capacity(DIGITS);
    for (points, inverses) in points.as_chunks::<16>().0.iter().zip(inverses.as_chunks::<16>().0) {
        let mut numbers = [[[0; 4]; 16]; 3];
        for (at, (point, inverse)) in points.iter().zip(inverses).enumerate() {
            let (x, y) = (One::carry(point.x).mul(*inverse), One::carry(point.y).mul(*inverse));
            let t2d = x.mul(y).mul(x.like(&constants::D2));
            for (numbers, coordinate) in numbers.iter_mut().zip([y.add(x), y.sub(x), t2d]) {
                coordinate.store(&mut numbers[at..=at]);
            }
        }
        entries.push(numbers);
    }
    entries
}

/// The signed digits of one secret number a lane; wiped on drop.
pub(crate) struct Digits {
    magnitudes: [Index; DIGITS],
    negative: [Mask; DIGITS],
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.magnitudes.as_flattened_mut().zeroize();
        self.negative.zeroize();
    }
}

impl Digits {
    /// Of up to eight numbers below 2^254. Constant-time.
    #[inline(always)]
    pub(crate) fn new(numbers: &[Words]) -> Self {
        let mut digits = Self { magnitudes: [[0; 8]; DIGITS], negative: [0; DIGITS] };
        for (lane, number) in numbers.iter().enumerate().take(8) {
            let mut carry = 0;
            for at in 0..DIGITS {
                let (word, bit) = (5 * at / 64, 5 * at % 64);
                let above = if bit > 59 && word < 3 { number[word + 1] << (64 - bit) } else { 0 };
                let digit = ((number[word] >> bit | above) & 31) as i8 + carry;
                // From 17 on: 32 less, and one more of the next.
                carry = (16 - digit) >> 7 & 1;
                let digit = digit - (carry << 5);
                let sign = digit >> 7;
                digits.magnitudes[at][lane] = ((digit ^ sign) - sign).cast_unsigned();
                digits.negative[at] |= (sign & 1).cast_unsigned() << lane;
            }
        }
        digits
    }
}

/// `point` plus, in each lane, that lane's multiple of the table's point; minus where `subtract` says so.
/// Constant-time in the digits.
#[inline(always)]
pub(crate) fn shifted<F: Field>(
    proof: F::Proof,
    point: Point<F>,
    table: &Table,
    digits: &Digits,
    subtract: bool,
) -> Point<F> {
    let mut sum = point;
    let flip = if subtract { Mask::MAX } else { 0 };
    for (at, [plus, minus, t2d]) in table.0.iter().enumerate() {
        let index = digits.magnitudes[at];
        let addend = AffineAddend {
            plus: F::look_up(proof, plus, index, 1),
            minus: F::look_up(proof, minus, index, 1),
            t2d: F::look_up(proof, t2d, index, 0),
        };
        sum = sum.add_affine_signed(&addend, digits.negative[at] ^ flip);
    }
    sum
}
