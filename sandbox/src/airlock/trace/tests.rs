//! Files that were passed on as people pass them on, files that were not, and how sure one can be.

use super::*;
use crate::airlock::mark::{Base, Part};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::fmt::Write as _;

const SECRET: [u8; 32] = [7; 32];

type Candidates = Vec<(Unmarked, BTreeSet<String>)>;

/// A released table of so many lines: a label, a count, a sum and a mean.
fn released(lines: usize, millionths: u32, recipient: &str, seed: u64) -> Unmarked {
    let mut dice = ChaCha20Rng::seed_from_u64(seed);
    let line = |at: usize| {
        let count = Base { whole: dice.random_range(2_000..90_000), decimals: 0, step: 1 };
        let sum = Base { whole: dice.random_range(10_000_000..9_000_000_000), decimals: 2, step: 1 };
        let mean = Base { whole: dice.random_range(100_000..9_000_000), decimals: 3, step: 1 };
        (vec![Some(format!("街道{at}"))], vec![Some(count), Some(sum), Some(mean)])
    };
    let columns = [
        ("street", Part::Label(0)),
        ("n", Part::Figure(0)),
        ("wages", Part::Figure(1)),
        ("mean", Part::Figure(2)),
    ];
    Unmarked {
        recipient: recipient.to_owned(),
        policy: "study".to_owned(),
        millionths,
        columns: columns.map(|(name, part)| (name.to_owned(), part)).to_vec(),
        lines: (0..lines).map(line).collect(),
    }
}

/// The figures as the recipient has them, or as they were released.
fn copy(unmarked: &Unmarked, recipient: Option<&str>) -> Vec<(String, Vec<f64>)> {
    let key = recipient.map(|recipient| Key::of(&SECRET, recipient));
    let given = |base: &Option<Base>| {
        let base = base.unwrap();
        let steps = base.steps(unmarked.millionths).unwrap();
        base.moved(key.as_ref().map_or(0, |key| key.moves(base, steps)))
    };
    let lines = unmarked.lines.iter();
    lines.map(|(labels, bases)| (labels[0].clone().unwrap(), bases.iter().map(given).collect())).collect()
}

fn file(columns: &[&str], lines: &[(String, Vec<f64>)], write: impl Fn(f64) -> String) -> Read {
    let row = |(label, figures): &(String, Vec<f64>)| {
        std::iter::once(label.clone()).chain(figures.iter().map(|figure| write(*figure))).collect()
    };
    Read {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: lines.iter().map(row).collect(),
    }
}

const COLUMNS: [&str; 4] = ["street", "n", "wages", "mean"];

fn rounded(number: f64, digits: i32) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    #[allow(clippy::cast_possible_truncation)]
    let unit = 10f64.powi(number.abs().log10().floor() as i32 - digits + 1);
    ((number / unit).round() * unit).to_string()
}

fn candidates(table: &Unmarked, recipients: &[&str]) -> Candidates {
    let of = |recipient: &&str| {
        let own = Unmarked { recipient: (*recipient).to_owned(), ..table.clone() };
        (own, [format!("id-{recipient}")].into())
    };
    recipients.iter().map(of).collect()
}

fn named(traced: &Traced) -> Vec<&str> {
    traced.found.iter().map(|found| &*found.recipient).collect()
}

const PEOPLE: [&str; 5] = ["li", "zhao", "qian", "sun", "zhou"];

#[test]
fn a_copy_is_told_however_it_was_passed_on() {
    let table = released(40, 5_000, "li", 1);
    let known = candidates(&table, &PEOPLE);
    let mut dice = ChaCha20Rng::seed_from_u64(2);
    for recipient in ["li", "sun"] {
        let mut lines = copy(&table, Some(recipient));
        let tell = |read: &Read| attributed(read, &known, &SECRET);
        let check = |what: &str, read: &Read| {
            let traced = tell(read);
            assert_eq!(named(&traced), [recipient], "{what}: {traced:?}");
        };
        let plain = |number: f64| number.to_string();
        check("as it was", &file(&COLUMNS, &lines, plain));
        lines.shuffle(&mut dice);
        check("in another order", &file(&COLUMNS, &lines, plain));
        check("under other names", &file(&["a", "b", "c", "d"], &lines, plain));
        check("rounded to three digits", &file(&COLUMNS, &lines, |number| rounded(number, 3)));
        check("rounded to whole numbers", &file(&COLUMNS, &lines, |number| number.round().to_string()));
        lines.truncate(28);
        check("with 30 % of the lines left out", &file(&COLUMNS, &lines, plain));
        check("left out and rounded", &file(&COLUMNS, &lines, |number| rounded(number, 3)));
        let mut wide = file(&COLUMNS, &lines, |number| rounded(number, 3));
        wide.columns.insert(1, "remark".to_owned());
        wide.columns.push("rank".to_owned());
        for (at, row) in wide.rows.iter_mut().enumerate() {
            row.insert(1, "—".to_owned());
            row.push(at.to_string());
        }
        check("with more columns", &wide);
        let few: Vec<_> = lines.iter().map(|(label, figures)| (label.clone(), vec![figures[1]])).collect();
        check("one column of it", &file(&["street", "wages"], &few, plain));
        let commas = |number: f64| {
            format!("{number:.0}")
                .as_bytes()
                .rchunks(3)
                .rev()
                .map(|three| str::from_utf8(three).unwrap())
                .collect::<Vec<_>>()
                .join(",")
        };
        check("with commas", &file(&COLUMNS, &lines, commas));
        check("in units of ten thousand", &file(&COLUMNS, &lines, |number| format!("{:.2}", number / 1e4)));
        // Labels taken out: figures alone.
        let mut bare = file(&COLUMNS, &lines, plain);
        bare.columns.remove(0);
        bare.rows.iter_mut().for_each(|row| drop(row.remove(0)));
        check("without labels", &bare);
        // A tenth of the strength of the mark added as noise.
        let noisy: Vec<_> = lines
            .iter()
            .map(|(label, figures)| {
                (
                    label.clone(),
                    figures
                        .iter()
                        .map(|figure| figure * (1.0 + dice.random_range(-0.0005..0.0005)))
                        .collect(),
                )
            })
            .collect();
        check("with noise", &file(&COLUMNS, &noisy, plain));
    }
}

#[test]
fn three_figures_with_all_their_digits_may_do_and_ten_rounded_ones_never() {
    let table = released(3, 5_000, "li", 3);
    let known = candidates(&table, &PEOPLE);
    let lines = copy(&table, Some("qian"));
    let traced = attributed(&file(&COLUMNS, &lines, |number| number.to_string()), &known, &SECRET);
    assert_eq!(named(&traced), ["qian"], "{traced:?}");
    let traced = attributed(&file(&COLUMNS, &lines, |number| rounded(number, 3)), &known, &SECRET);
    assert_eq!((named(&traced), traced.figures), (vec![], 9), "{traced:?}");
    assert!(traced.most < BITS);
}

#[test]
fn what_two_made_of_their_copies_is_not_somebody_elses() {
    let table = released(300, 5_000, "li", 4);
    let known = candidates(&table, &PEOPLE);
    let mean = |of: &[&str]| {
        let copies: Vec<_> = of.iter().map(|recipient| copy(&table, Some(recipient))).collect();
        let line = |at: usize| {
            let figure = |figure: usize| {
                copies.iter().map(|copy| copy[at].1[figure]).sum::<f64>() / copies.len() as f64
            };
            (copies[0][at].0.clone(), (0..3).map(figure).collect())
        };
        (0..300).map(line).collect::<Vec<_>>()
    };
    let tell = |lines: &[(String, Vec<f64>)]| {
        attributed(&file(&COLUMNS, lines, |number| number.to_string()), &known, &SECRET)
    };
    let traced = tell(&mean(&["li", "zhao"]));
    let mut two = named(&traced);
    two.sort_unstable();
    assert_eq!(two, ["li", "zhao"]);
    // Of very many the released figures come out, and nobody is found.
    let many: Vec<String> = (0..400).map(|at| format!("user{at}")).collect();
    let many: Vec<&str> = PEOPLE.into_iter().chain(many.iter().map(String::as_str)).collect();
    assert_eq!(named(&tell(&mean(&many))), [""; 0]);
}

#[test]
fn of_ten_thousand_innocent_files_none_is_somebodys() {
    let seed = 5;
    println!("seed {seed}");
    let mut dice = ChaCha20Rng::seed_from_u64(seed);
    let table = released(12, 5_000, "li", 6);
    let known = candidates(&table, &PEOPLE[..3]);
    let (mut above, mut most) = ([0u32; 3], f64::NEG_INFINITY);
    for at in 0..10_000 {
        // The released table, copies of people who had none, and what somebody computed nearly so; as it is or rounded.
        let stranger = format!("stranger{at}");
        let mut lines = copy(&table, (at % 3 > 0).then_some(&stranger));
        if at % 3 == 2 {
            for figure in lines.iter_mut().flat_map(|(_, figures)| figures) {
                *figure *= 1.0 + dice.random_range(-0.006..0.006);
            }
        }
        let digits = [3, 4, 15][at / 3 % 3];
        let traced = attributed(&file(&COLUMNS, &lines, |number| rounded(number, digits)), &known, &SECRET);
        assert_eq!(named(&traced), [""; 0], "{at}: {traced:?}");
        assert!(traced.figures > 30, "{at}: it was not even compared");
        // Of one candidate; `attributed` takes off as many bits as there are.
        let bits = traced.most + 3f64.log2();
        most = most.max(bits);
        for (bound, above) in [1.0, 4.0, 8.0].iter().zip(&mut above) {
            *above += u32::from(bits >= *bound);
        }
    }
    println!("bits for somebody who has nothing to do with it: at most {most:.1}; above 1, 4, 8: {above:?}");
    // As the bound says: of three candidates, one in 2^(bits) each.
    for (bound, above) in [1.0f64, 4.0, 8.0].iter().zip(above) {
        assert!(f64::from(above) <= 10_000.0 * 3.0 / bound.exp2() + 60.0, "{bound}: {above}");
    }
}

#[test]
fn the_odds_of_a_stranger_are_one_on_average() {
    let mut dice = ChaCha20Rng::seed_from_u64(8);
    let (mut sum, many) = (0.0, 20_000);
    let base = |whole| Base { whole, decimals: 0, step: 5 };
    let bases: Vec<Base> = (0..4).map(|_| base(dice.random_range(1_000..30_000) / 5 * 5)).collect();
    for at in 0..many {
        let pairs: Vec<weigh::Pair> =
            bases.iter().map(|base| weigh::Pair { found: base.moved(1), base: *base }).collect();
        sum += weigh::bits(&pairs, 20_000, &Key::of(&SECRET, &at.to_string())).exp2();
    }
    let mean = sum / f64::from(many);
    assert!((0.9..1.1).contains(&mean), "{mean}");
}

#[test]
fn figures_stay_within_the_share_and_on_their_grid() {
    let mut dice = ChaCha20Rng::seed_from_u64(9);
    for at in 0..20_000 {
        let step = [1, 5, 10][at % 3];
        let base =
            Base { whole: dice.random_range(-5_000_000..5_000_000i64) / step * step, decimals: 2, step };
        let millionths = [10, 1_000, 5_000, 100_000][at % 4];
        let key = Key::of(&SECRET, &format!("user{}", at % 7));
        match base.steps(millionths) {
            None => assert!(base.whole.abs() * i64::from(millionths) < step * 1_000_000),
            Some(steps) => {
                let moved = key.moves(base, steps);
                assert!((steps.least..=steps.most).contains(&moved.abs()));
                assert_eq!(moved, key.moves(base, steps));
                let off = (moved * step).unsigned_abs() * 1_000_000;
                assert!(off <= base.whole.unsigned_abs() * u64::from(millionths));
            }
        }
    }
}

#[test]
fn shares_are_read_and_nothing_else() {
    let millionths = |up_to: &str| super::super::Watermark { up_to: up_to.to_owned() }.millionths().ok();
    for (text, share) in [
        ("0.5 %", 5_000),
        ("0.5%", 5_000),
        ("1 %", 10_000),
        ("10 %", 100_000),
        ("0.001 %", 10),
        ("0.0010 %", 10),
    ] {
        assert_eq!(millionths(text), Some(share), "{text}");
    }
    for bad in [
        "",
        "%",
        "0 %",
        "0.5",
        "0.0001 %",
        "10.1 %",
        "-1 %",
        "1e1 %",
        "0.00001 %",
        ".5 %",
        "1. %",
        "99999 %",
        "半 %",
    ] {
        assert_eq!(millionths(bad), None, "{bad}");
    }
}

#[test]
fn files_are_read_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let table = released(12, 5_000, "li", 10);
    let known = candidates(&table, &PEOPLE);
    let lines = copy(&table, Some("zhou"));
    let (mut csv, mut objects) = (COLUMNS.join(",") + "\r\n", Vec::new());
    let mut answer = json!({ "columns": COLUMNS.map(|name| json!({ "name": name })), "rows": [], "label": { "id": "0123456789ab" } });
    for (label, figures) in &lines {
        writeln!(csv, "{label},{},{},{}\r", figures[0], figures[1], figures[2]).unwrap();
        objects.push(json!({ "street": label, "n": figures[0], "wages": figures[1], "mean": figures[2] }));
        answer["rows"].as_array_mut().unwrap().push(json!([label, figures[0], figures[1], figures[2]]));
    }
    for (name, text) in
        [("a.csv", csv), ("list.json", json!(objects).to_string()), ("answer.json", answer.to_string())]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
        let read = Read::of(&path, text.as_bytes()).unwrap();
        assert_eq!(named(&attributed(&read, &known, &SECRET)), ["zhou"], "{name}");
    }
    for (name, text) in [("b.json", "{\"columns\": 1}"), ("c.json", "[1, 2]"), ("d.json", "{")] {
        assert!(Read::of(&folder.path().join(name), text.as_bytes()).is_err(), "{name}");
    }
}
