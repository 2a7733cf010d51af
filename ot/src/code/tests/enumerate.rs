//! The weight enumeration of Kolesnikov, Peceny, Raghuraman, Rindal, CRYPTO 2025, repeated: how many words of low
//! weight the code has, in expectation over its permutations and blocks.

use super::super::SIGMA;

/// log2 of a sum, term by term.
#[derive(Clone, Copy)]
struct Log(f64);

impl Log {
    const ZERO: Self = Self(f64::NEG_INFINITY);

    fn add(&mut self, other: f64) {
        let (high, low) = if self.0 > other { (self.0, other) } else { (other, self.0) };
        if low > f64::NEG_INFINITY && high - low < 60.0 {
            self.0 = high + (low - high).exp2().ln_1p() * std::f64::consts::LOG2_E;
        } else {
            self.0 = high;
        }
    }
}

/// log2 of all factorials up to n.
fn factorials(n: usize) -> Vec<f64> {
    let mut all = vec![0.0; n + 1];
    for i in 1..=n {
        all[i] = all[i - 1] + (i as f64).log2();
    }
    all
}

fn choose(f: &[f64], n: usize, k: usize) -> f64 {
    if k > n { f64::NEG_INFINITY } else { f[n] - f[k] - f[n - k] }
}

/// Words of each weight after the systematic block-diagonal step, of a message of `blocks` blocks.
fn systematic(f: &[f64], sigma: usize, blocks: usize) -> Vec<f64> {
    // A block that is not zero of weight a comes with a uniform block of weight b.
    let mut block = vec![Log::ZERO; 2 * sigma + 1];
    block[0].add(0.0);
    for a in 1..=sigma {
        for b in 0..=sigma {
            block[a + b].add(choose(f, sigma, a) + choose(f, sigma, b) - sigma as f64);
        }
    }
    let mut all = vec![Log(0.0)];
    for _ in 0..blocks {
        let mut next = vec![Log::ZERO; all.len() + 2 * sigma];
        for (i, one) in all.iter().enumerate().filter(|(_, one)| one.0 > f64::NEG_INFINITY) {
            block.iter().enumerate().for_each(|(j, two)| next[i + j].add(one.0 + two.0));
        }
        all = next;
    }
    all[0] = Log::ZERO;
    all.into_iter().map(|log| log.0).collect()
}

/// The same after a uniform permutation and an accumulator: of the C(N, w) words of weight w,
/// C(N − h, ⌊w/2⌋)·C(h − 1, ⌈w/2⌉ − 1) become words of weight h (D. Divsalar, H. Jin, R. McEliece, "Coding Theorems
/// for Turbo-Like Codes", Allerton 1998).
fn accumulate(f: &[f64], words: &[f64]) -> Vec<f64> {
    let n = words.len() - 1;
    let mut out = vec![Log::ZERO; n + 1];
    for (w, &count) in words.iter().enumerate().filter(|(_, count)| **count > f64::NEG_INFINITY) {
        let (down, up) = (w / 2, w.div_ceil(2));
        for (h, out) in out.iter_mut().enumerate().take(n - down + 1).skip(up) {
            out.add(count + choose(f, n - h, down) + choose(f, h - 1, up - 1) - choose(f, n, w));
        }
    }
    out.into_iter().map(|log| log.0).collect()
}

/// log2 of the expected number of words of weight at most w, for every w.
fn cumulative(sigma: usize, n: usize) -> Vec<f64> {
    let f = factorials(2 * n);
    let words = accumulate(&f, &accumulate(&f, &systematic(&f, sigma, n / sigma)));
    let mut sum = Log::ZERO;
    words
        .into_iter()
        .map(|count| {
            sum.add(count);
            sum.0
        })
        .collect()
}

/// The largest share of N below which fewer than 2^`log` words are expected.
fn distance(cumulative: &[f64], log: f64) -> f64 {
    cumulative.partition_point(|&sum| sum < log) as f64 / cumulative.len() as f64
}

/// Fails when someone takes smaller blocks: with those of 16 bits a word of weight one is to be expected in 2^21 codes,
/// and the share at 2^-20 falls to a thousandth. The Gilbert–Varshamov bound of rate 1/2 is 0.11.
#[test]
fn few_words_of_low_weight() {
    const { assert!(SIGMA >= 32) };
    for n in [256, 512, 1024] {
        let words = cumulative(SIGMA, n);
        println!(
            "N = {}: none at {:.3}, one in 2^20 at {:.3}, in 2^40 at {:.3}; weight one 2^{:.0}",
            2 * n,
            distance(&words, 0.0),
            distance(&words, -20.0),
            distance(&words, -40.0),
            words[1]
        );
        assert!(distance(&words, 0.0) > 0.09 && distance(&words, -20.0) > 0.09, "N = {}", 2 * n);
        assert!(words[1] < -30.0, "N = {}", 2 * n);
    }
}
