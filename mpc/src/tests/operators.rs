//! The table in docs/operators.md is what is measured.
//!
//! Where an operator came to cost something else, `WRITE_COSTS=1 cargo test -p yinshu-mpc the_table` writes the table anew.

use super::given::given;
use super::*;
use crate::bits::{
    Planes, compose, compose_planes, decompose, equal, equal_public, less, less_public, less_words, select,
};
use crate::fixed::Fixed;
use crate::permute::Permutation;
use crate::quantile::{Among, by_rank};
use crate::release::Rule;
use crate::stats::{Column, moments};
use crate::{
    B64, Shares, Z64, araki16, divide, extreme, fixed, group, histogram, join, lexical, noise, sort,
    transcend, verify,
};

/// Rows of each measurement.
const N: usize = 4096;

/// What operators are given: words below 2^32 shared as integers and bit by bit.
struct Given {
    x: Shares<Z64>,
    y: Shares<Z64>,
    words: Shares<B64>,
    keys: Planes,
    /// Integers below 2^13.
    little: Shares<Z64>,
}

impl Given {
    fn new(context: &mut Context) -> Result<Self, MpcError> {
        let values = |factor: u64| -> Vec<u64> { (1..=N as u64).map(|n| n * factor % 0xffff_fffb).collect() };
        let (one, two) = (values(1_000_003), values(7919));
        let words = given(context, &one)?;
        let keys = Planes::of_words(&words, 32);
        let little = given(context, &(1..=N as u64).collect::<Vec<_>>())?;
        Ok(Self { x: given(context, &one)?, y: given(context, &two)?, words, keys, little })
    }

    /// With 20 of so many bits after the point.
    fn fixed(&self, bound: u32) -> Result<Fixed, MpcError> {
        Fixed::new(self.x.clone(), 20, bound)
    }

    /// With 8 of 20 bits after the point.
    fn short(&self) -> Result<Fixed, MpcError> {
        Fixed::new(self.little.clone(), 8, 20)
    }

    /// Keys of fewer bits.
    fn groups(&self) -> Planes {
        self.keys.some(0..7)
    }
}

type Work = fn(&mut Context, &Given) -> Result<(), MpcError>;

/// A row of the table.
struct Operator {
    name: &'static str,
    /// What bytes are counted for.
    of: &'static str,
    /// Depends on a random order: the figures are about so.
    about: bool,
    work: Work,
}

const fn each(name: &'static str, work: Work) -> Operator {
    Operator { name, of: "row", about: false, work }
}

const fn all(name: &'static str, work: Work) -> Operator {
    Operator { name, of: "all", about: false, work }
}

const fn about(name: &'static str, work: Work) -> Operator {
    Operator { name, of: "row", about: true, work }
}

const OPERATORS: &[Operator] = &[
    each("input of integers by one party", |c, _| given::<Z64>(c, &[7; N]).map(drop)),
    each("opening to all", |c, g| {
        let checked = verify(c, g.x.clone())?;
        araki16::open(c, &checked).map(drop)
    }),
    each("sums, differences, public factors, prefix sums", |_, g| {
        drop(g.x.plus(&g.y).minus(&g.x).times(Z64(3)).prefix_sums());
        Ok(())
    }),
    each("product of integers", |c, g| araki16::multiply(c, &g.x, &g.y).map(drop)),
    each("64 ands in a word", |c, g| araki16::multiply(c, &g.words, &g.words).map(drop)),
    all("dot product, 4096 elements", |c, g| araki16::dot(c, &g.x, &g.y, N).map(drop)),
    all("matrix product, 64 × 64", |c, g| araki16::matrix(c, (&g.x, 64), (&g.y, 64)).map(drop)),
    each("choice of two by a shared bit", |c, g| select(c, &g.x, &g.x, &g.y).map(drop)),
    each("comparison of integers, 64 bits", |c, g| less(c, &g.x, &g.y, 64).map(drop)),
    each("comparison of integers, 32 bits", |c, g| less(c, &g.x, &g.y, 32).map(drop)),
    each("comparison of 32-bit words shared bit by bit", |c, g| less_words(c, &g.keys, &g.keys).map(drop)),
    each("comparison of such words with a public one", |c, g| less_public(c, &g.keys, 77).map(drop)),
    each("equality of such words", |c, g| equal(c, &g.keys, &g.keys).map(drop)),
    each("equality of such words with a public one", |c, g| equal_public(c, &g.keys, 77).map(drop)),
    each("lesser and greater of two integers, 32 bits", |c, g| extreme::ordered(c, &g.x, &g.y, 32).map(drop)),
    each("least and greatest of all, 32 bits", |c, g| extreme::extremes(c, &g.x, 32).map(drop)),
    each("bits of integers, 32 of them", |c, g| decompose(c, &g.x, 32).map(drop)),
    each("integers of single bits", |c, g| compose(c, &g.keys.plane(0), N).map(drop)),
    each("integers of 32 bits each", |c, g| compose_planes(c, &g.keys).map(drop)),
    each("fixed point: truncation", |c, g| fixed::truncate(c, &g.fixed(40)?, 10).map(drop)),
    each("fixed point: product", |c, g| fixed::multiply(c, &g.fixed(30)?, &g.fixed(30)?, 20).map(drop)),
    each("fixed point: product of long factors", |c, g| {
        fixed::multiply(c, &g.fixed(40)?, &g.fixed(34)?, 20).map(drop)
    }),
    each("fixed point: reciprocal", |c, g| divide::reciprocal(c, &g.short()?).map(drop)),
    each("fixed point: quotient", |c, g| divide::quotient(c, &g.short()?, &g.short()?, 8).map(drop)),
    each("fixed point: reciprocal of the root", |c, g| divide::inverse_root(c, &g.short()?).map(drop)),
    each("fixed point: exponential", |c, g| transcend::exp(c, &g.short()?.times_integer(-1)?, 0.0).map(drop)),
    each("fixed point: logarithm", |c, g| transcend::log(c, &g.short()?).map(drop)),
    each("fixed point: logistic function", |c, g| transcend::sigmoid(c, &g.short()?).map(drop)),
    each("shuffle of a column of words", |c, g| Permutation::random(c, N)?.shuffle(c, &g.words).map(drop)),
    each("shuffle of a column of integers", |c, g| Permutation::random(c, N)?.shuffle(c, &g.x).map(drop)),
    about("order by 32-bit keys", |c, g| sort::order(c, &g.keys).map(drop)),
    about("order by two keys of 32 bits", |c, g| lexical::order(c, &[&g.keys, &g.keys]).map(drop)),
    about("first rows of each 32-bit key", |c, g| lexical::first_of_each(c, &g.keys).map(drop)),
    about("10 rows with the greatest 32-bit keys, one column", |c, g| {
        lexical::greatest(c, &g.keys, 10, &[&g.x]).map(drop)
    }),
    about("counts and sums by 7-bit keys, one column", |c, g| group::sums(c, &g.groups(), &[&g.x]).map(drop)),
    each("the same, keys and sizes released", |c, g| group::released_sums(c, &g.groups(), &[&g.x]).map(drop)),
    about("join of 4096 and 4096 rows by 32-bit keys, one column", |c, g| {
        join::join(c, &g.keys, &[&g.x], &g.keys).map(drop)
    }),
    about("semi-join of the same", |c, g| join::semi_join(c, &g.keys, &g.keys).map(drop)),
    each("value of a rank, 32 bits", |c, g| {
        let rank = Shares::public(c.role(), &[Z64(N as u64 / 2)]);
        by_rank(c, &g.keys, Among::default(), &rank).map(drop)
    }),
    each("histogram with 9 edges, 32 bits", |c, g| {
        histogram::histogram(c, &g.keys, &[1, 2, 3, 4, 5, 6, 7, 8, 9], None).map(drop)
    }),
    each("noise, discrete Laplace of scale 2", |c, _| {
        noise::laplace(c, &[noise::Scale::new(2, 1)?; N]).map(drop)
    }),
    each("noise of scale 10^9", |c, _| {
        noise::laplace(c, &[noise::Scale::new(1_000_000_000, 1)?; N]).map(drop)
    }),
    all("count, sum, sum of squares of a column", |c, g| {
        let column = Column::of(c, g.little.clone(), 20)?;
        moments(c, &[&column], None, &Rule::at_least(5)).map(drop)
    }),
    all("the same and all products of ten columns", |c, g| {
        let column = Column::of(c, g.little.clone(), 20)?;
        moments(c, &[&column; 10], None, &Rule::at_least(5)).map(drop)
    }),
];

/// Bytes without the heads of frames, of the party that sends most, and rounds.
fn cost(work: Work, security: Security) -> (u64, u32) {
    let ends = three_under(security, 17, |context| {
        let given = Given::new(context)?;
        // Whatever the inputs left to check is not the operator's.
        verify(context, Shares::<Z64>::zeros(1))?;
        let (before, frames, step) = (sent(context), frames_sent(context), context.steps());
        work(context, &given)?;
        verify(context, Shares::<Z64>::zeros(1))?;
        let heads = 5 * (frames_sent(context) - frames);
        Ok((sent(context) - before - heads, context.steps() - step))
    });
    let ends = ends.map(Result::unwrap);
    (ends.iter().map(|end| end.0).max().unwrap(), ends.iter().map(|end| end.1).max().unwrap())
}

/// To two digits after the point, and no zeros at the end.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn cells(operator: &Operator) -> [f64; 4] {
    let [fast, safe] = [Security::SemiHonest, Security::Malicious].map(|s| cost(operator.work, s));
    let per = |bytes: u64| bytes as f64 / if operator.of == "all" { 1.0 } else { N as f64 };
    [per(fast.0), fast.1.into(), per(safe.0), safe.1.into()]
}

const HEAD: &str = "| operator | bytes of each | semi-honest: bytes | rounds | malicious: bytes | rounds |\n|---|---|---|---|---|---|\n";
const MARKS: [&str; 2] = ["<!-- costs -->\n", "<!-- end of costs -->"];

#[test]
fn the_table_in_the_docs_is_what_is_measured() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operators.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(MARKS[0]).unwrap();
    let (table, after) = rest.split_once(MARKS[1]).unwrap();
    let mut written = HEAD.to_owned();
    let mut wrong = Vec::new();
    for operator in OPERATORS {
        let found = cells(operator);
        let line =
            [&[operator.name.to_owned(), operator.of.to_owned()][..], &found.map(short)].concat().join(" | ");
        let named = format!("| {} | {} | ", operator.name, operator.of);
        let said: Option<Vec<f64>> = table
            .lines()
            .find_map(|line| line.strip_prefix(&named))
            .map(|cells| cells.split('|').filter_map(|cell| cell.trim().parse().ok()).collect());
        // What proofs take depends on how claims fall together.
        let loose = [operator.about, operator.about, true, true].map(|about| if about { 0.1 } else { 0.0 });
        let fits = said.as_ref().is_some_and(|said| {
            let near =
                |((said, found), loose): ((&f64, f64), f64)| (said - found).abs() <= loose * found + 0.006;
            said.len() == found.len() && said.iter().zip(found).zip(loose).all(near)
        });
        if !fits {
            wrong.push(format!("{line}, not {said:?}"));
        }
        written.push_str(&format!("| {line} |\n"));
    }
    if std::env::var_os("WRITE_COSTS").is_some() {
        let text = [before, MARKS[0], &written, MARKS[1], after].concat();
        std::fs::write(path, text).unwrap();
        return;
    }
    assert_eq!(table.lines().count(), written.lines().count(), "a row of no operator");
    assert!(wrong.is_empty(), "docs/operators.md says otherwise of: {wrong:#?}");
}
