//! Every kernel against the plain one and against arithmetic done slowly, at the edges of its limbs.
use super::*;
use proptest::prelude::*;

const P: Words = [0xffff_ffff_ffff_ffed, u64::MAX, u64::MAX, u64::MAX >> 1];

/// What every operation gives for two lists of numbers, as canonical numbers and masks.
struct Everything<'a>(&'a [Words], &'a [Words]);

impl Job for Everything<'_> {
    type Output = Vec<(Vec<Words>, u8, u8)>;

    #[inline(always)]
    fn run<F: Field>(self, proof: F::Proof) -> Self::Output {
        let mut out = Vec::new();
        for (a, b) in self.0.chunks(F::LANES).zip(self.1.chunks(F::LANES)) {
            let (x, y) = (F::load(proof, a), F::load(proof, b));
            let wide = F::add_wide(x.mul_wide(y), x.square_wide());
            let results = [
                x,
                y,
                x.add(y),
                x.sub(y),
                x.neg(),
                x.mul(y),
                x.square(),
                y.mul_small(121_666),
                F::carry(wide),
                F::carry(F::sub_wide(wide, y.square_wide())),
                F::carry(F::sub_wide(F::sub_wide(x.wide(), y.wide()), x.mul_wide(y))),
                x.add(y).mul(x.sub(y)),
                field::inverted([x])[0],
                field::root_power([x, y])[1],
                x.select(y, 0b0101_1010),
                x.negate(y.negative_lanes()),
            ];
            let mask = if a.len() == 8 { 0xff } else { (1 << a.len()) - 1 };
            for result in results {
                let mut numbers = vec![[0; 4]; a.len()];
                result.store(&mut numbers);
                out.push((numbers, result.zero_lanes() & mask, result.negative_lanes() & mask));
            }
        }
        out
    }
}

/// In the order of the lists, whatever the lanes.
fn flat(kernel: Kernel, lanes: usize, a: &[Words], b: &[Words]) -> Vec<Vec<(Words, bool, bool)>> {
    let results = run(kernel, Everything(a, b));
    let mut flat = vec![Vec::new(); 16];
    for (at, (numbers, zero, negative)) in results.iter().enumerate() {
        for (lane, number) in numbers.iter().enumerate() {
            flat[at % 16].push((*number, zero >> lane & 1 == 1, negative >> lane & 1 == 1));
        }
    }
    // The one operation that is not the same in every lane.
    for (at, chosen) in flat[14].iter_mut().enumerate() {
        *chosen = if 0b0101_1010 >> (at % lanes) & 1 == 1 { *chosen } else { ([0; 4], true, false) };
    }
    flat
}

fn lanes(kernel: Kernel) -> usize {
    match kernel {
        Kernel::Plain => 1,
        Kernel::Avx2 => 4,
        Kernel::Ifma => 8,
    }
}

fn agree(a: &[Words], b: &[Words]) {
    let plain = flat(Kernel::Plain, 1, a, b);
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        let got = flat(kernel, lanes(kernel), a, b);
        for (operation, (got, plain)) in got.iter().zip(&plain).enumerate() {
            if operation == 14 {
                continue;
            }
            assert_eq!(got, plain, "{kernel:?}, operation {operation}");
        }
        for (at, (number, zero, negative)) in got.iter().flatten().enumerate() {
            assert!(below_p(number), "{kernel:?} {at}");
            assert_eq!((*zero, *negative), (*number == [0; 4], number[0] & 1 == 1), "{kernel:?} {at}");
        }
    }
}

fn below_p(number: &Words) -> bool {
    number.iter().rev().lt(P.iter().rev())
}

/// Numbers at the edges of words and limbs.
fn edges() -> Vec<Words> {
    let mut edges = vec![[0; 4], [1, 0, 0, 0], [18, 0, 0, 0], [19, 0, 0, 0], [u64::MAX; 4]];
    for (delta, from) in [(-20, P), (-19, P), (-2, P), (-1, P), (0, P), (1, P), (17, P), (18, P)] {
        edges.push([from[0].wrapping_add_signed(delta), from[1], from[2], from[3]]);
    }
    for bit in [25, 26, 51, 52, 63, 64, 77, 102, 103, 104, 128, 153, 156, 204, 207, 208, 230, 254] {
        let mut power = [0; 4];
        power[bit / 64] = 1 << (bit % 64);
        edges.push(power);
        let mut ones = [0; 4];
        for at in 0..bit {
            ones[at / 64] |= 1 << (at % 64);
        }
        edges.push(ones);
        edges.push(ones.map(|word| !word));
    }
    edges
}

#[test]
fn edges_agree() {
    let edges = edges();
    for turn in 0..edges.len() {
        let mut other = edges.clone();
        other.rotate_left(turn);
        agree(&edges, &other);
    }
}

#[test]
fn arithmetic_is_that_of_the_field() {
    // 2^255 = 19, and (p - 1)^2 = 1
    let results = flat(
        Kernel::Plain,
        1,
        &[[0, 0, 0, 1 << 62], [P[0] - 1, P[1], P[2], P[3]]],
        &[[2, 0, 0, 0], [5, 0, 0, 0]],
    );
    assert_eq!(results[5][0].0, [19, 0, 0, 0]);
    assert_eq!(results[6][1].0, [1, 0, 0, 0]);
    assert_eq!(results[12][1].0, [P[0] - 1, P[1], P[2], P[3]]);
}

#[test]
fn an_unavailable_kernel_is_replaced() {
    for kernel in Kernel::ALL {
        assert_eq!(flat(kernel, 1, &[[3, 0, 0, 0]], &[[4, 0, 0, 0]])[5][0].0, [12, 0, 0, 0]);
    }
    assert!(Kernel::best().is_available());
}

#[test]
fn inverses_shared() {
    struct Shared<'a>(&'a [Words]);
    impl Job for Shared<'_> {
        type Output = Vec<Words>;
        #[inline(always)]
        fn run<F: Field>(self, proof: F::Proof) -> Vec<Words> {
            let mut all: Vec<F> = self.0.chunks(F::LANES).map(|part| F::load(proof, part)).collect();
            field::invert_each(&mut all);
            let mut out = Vec::new();
            for (this, part) in all.iter().zip(self.0.chunks(F::LANES)) {
                let mut numbers = vec![[0; 4]; part.len()];
                this.mul(F::load(proof, part)).store(&mut numbers);
                out.extend(numbers);
            }
            out
        }
    }
    let edges = edges();
    let one_or_zero: Vec<Words> = edges
        .iter()
        .map(|number| {
            let masked = [number[0], number[1], number[2], number[3] & (u64::MAX >> 1)];
            if masked == [0; 4] || masked == P { [0; 4] } else { [1, 0, 0, 0] }
        })
        .collect();
    for kernel in Kernel::ALL {
        assert_eq!(run(kernel, Shared(&edges)), one_or_zero, "{kernel:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn kernels_agree(pairs in proptest::collection::vec((any::<Words>(), any::<Words>()), 1..20)) {
        let (a, b): (Vec<Words>, Vec<Words>) = pairs.into_iter().unzip();
        agree(&a, &b);
    }
}
