//! Jobs and replies that chance made of real ones.

use super::super::frames::{self, Broken, Reply};
use super::super::reply::{self, Shape, Table};
use super::super::sheet::Awaited;
use super::super::sums::{self, Sums};
use super::*;
use crate::disclosure::Computed;
use crate::engine::Totals;
use crate::mutated::{Chance, each};
use crate::private::{Measured, Mode, Terms};
use crate::program::gathered::Gathered;
use crate::world::{DATASET, POLICY};

const PERSONS: u64 = 700;

fn reply<R: Reply>(mut reply: R, frames: &[Vec<u8>]) -> Result<R::Whole, Broken> {
    for frame in frames {
        if frame.len() > reply.most() {
            return Err(Broken::Long { size: frame.len() as u64, most: reply.most() });
        }
        if reply.take(frame)? {
            break;
        }
    }
    reply.whole()
}

/// Frames left out, doubled, moved and altered.
fn altered(chance: &mut Chance, frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut out = frames.to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(out.len());
        match chance.below(8) {
            0 => drop(out.splice(at..at, [chance.one(frames).clone()])),
            1 if out.len() > 1 => drop(out.remove(at)),
            2 => {
                let with = chance.below(out.len());
                out.swap(at, with);
            }
            _ if !out.is_empty() => {
                out[at] = chance.bytes(&[out[at].clone(), frames[at % frames.len()].clone()]);
            }
            _ => {}
        }
    }
    out
}

/// Every question in a room, as it was computed, and as frames.
async fn replies() -> Vec<(Question, Shape, Vec<Vec<u8>>)> {
    let world = World::new(24);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let owners = registered.owners(&world.dataset).unwrap();
    let mut all = Vec::new();
    for sql in QUESTIONS {
        let asked = question::read(sql, &world.dataset, &world.policy).unwrap();
        let wanted = Wanted::of(&asked, &world.dataset, &registered, 2).unwrap();
        let (numbered, dataset, _) = wanted.read();
        let means = Means { memory_mib: 64, folder: world.folder.path(), spill_mib: 64 };
        let computed = run(&numbered, &dataset, &registered, &means, 2).await.unwrap();
        let mut frames = Vec::new();
        let sent = reply::written(&computed, &wanted.labels(), |frame| {
            frames.push(frame.to_vec());
            Ok(())
        });
        sent.unwrap();
        let shape = Shape::of(&asked, registered.persons, owners.clone(), 2, 1 << 20);
        all.push((asked, shape, frames));
    }
    all
}

/// What a worker that was taken over may send is refused, or is a table that can be judged.
#[tokio::test(flavor = "multi_thread")]
async fn tables_are_refused_or_can_be_judged() {
    let rules = crate::disclosure::Rules::default();
    let folder = tempfile::tempdir().unwrap();
    for (seed, (_, shape, frames)) in (30..).zip(replies().await) {
        let read =
            |frames: &[Vec<u8>]| -> Result<Computed, Broken> { reply(Table::new(shape.clone()), frames) };
        assert!(read(&frames).is_ok());
        let mut judged = 0u32;
        each(
            seed,
            1000,
            |chance| altered(chance, &frames),
            |frames| {
                let Ok(computed) = read(frames) else { return false };
                judged += 1;
                // Of every tenth: judging takes longer than reading.
                if judged.is_multiple_of(10) {
                    let path = folder.path().join(format!("{seed}-{judged}"));
                    let mut history = crate::disclosure::History::create(&path).unwrap();
                    let _ = crate::disclosure::judge(&computed, &rules, &mut history, &[1; 32]);
                }
                true
            },
        );
    }
}

/// Sums are refused, or lie within bounds, and noise can be put on them.
#[test]
fn sums_are_refused_or_have_noise_put_on() {
    let dataset = Dataset::parse(DATASET).unwrap();
    let mut policy = crate::policy::Policy::parse(POLICY).unwrap();
    policy.policy.mode = Mode::Dp;
    let sql =
        "SELECT insured, COUNT(*), SUM(wage), VAR_SAMP(age), MEDIAN(age) FROM residents GROUP BY insured";
    let asked = question::read(sql, &dataset, &policy).unwrap();
    let measured = Measured::of(&asked, &dataset, &Terms::default());
    let scales = measured.scales("0.1".parse().unwrap()).unwrap();
    let counting = Counting::of(&measured, &[3; 32]);
    let mut groups = Vec::new();
    for place in 0..3 {
        let mut total = engine::Total { place, sums: Vec::new(), ranges: Vec::new() };
        for measurement in &counting.measurements {
            let mut counts = Vec::new();
            (0..40).for_each(|value| measurement.put(value, &mut counts));
            total.sums.push((0..40).map(|value| measurement.adds(value)).sum());
            counts.resize(measurement.ranges(), 0);
            total.ranges.push(counts);
        }
        groups.push(total);
    }
    let totals = Totals { groups };
    let mut frames = Vec::new();
    let sent = sums::written(&totals, &counting, |frame| {
        frames.push(frame.to_vec());
        Ok(())
    });
    sent.unwrap();
    let read = |frames: &[Vec<u8>]| reply(Sums::new(&asked, &counting, PERSONS, 1 << 20), frames);
    assert_eq!(read(&frames).unwrap(), totals);
    let mut dice = <rand_chacha::ChaCha20Rng as rand::SeedableRng>::from_seed([4; 32]);
    let taken = each(
        40,
        3000,
        |chance| altered(chance, &frames),
        |frames| {
            let Ok(totals) = read(frames) else { return false };
            let lines = crate::private::lines(&asked, &dataset, (&measured, &scales), &totals, &mut dice);
            assert_eq!(lines.len(), 2);
            assert!(lines.iter().flat_map(|line| &line.figures).flatten().all(|figure| figure.is_finite()));
            true
        },
    );
    assert!((50..3000).contains(&taken), "{taken}");
}

/// What an aggregate is said to have come to is refused, or is a sheet of what was declared.
#[test]
fn sheets_are_refused_or_are_as_declared() {
    let mut policy = crate::policy::Policy::parse(POLICY).unwrap();
    policy.grants.iter_mut().for_each(|grant| grant.programs = true);
    let dataset = Dataset::parse(DATASET).unwrap();
    let manifest = "[program]\nname = \"m\"\nkind = \"aggregate\"\ntable = \"residents\"\nreads = [\"age\"]\n\
                    [[column]]\nname = \"n\"\nkind = \"integer\"\nmin = 0\nmax = 9\n";
    let manifest = crate::program::manifest::Manifest::parse(manifest).unwrap();
    let (_, gathering) = Gathering::of(&manifest, Vec::new(), &policy, &dataset).unwrap();
    let good =
        Gathered { sheet: Some(vec![vec![Some(3)], vec![Some(4)]]), rows: 20, persons: 10, reason: None };
    let bad = Gathered { sheet: None, reason: Some("trap".to_owned()), ..good.clone() };
    let seeds = [good, bad].map(|gathered| sheet::written(&gathered));
    let read = |frame: &[u8]| reply(Awaited::new(&gathering, PERSONS), &[frame.to_vec()]);
    assert!(seeds.iter().all(|seed| read(seed).is_ok()));
    let taken = each(
        41,
        3000,
        |chance| chance.bytes(&seeds),
        |frame| {
            let Ok(found) = read(frame) else { return false };
            let mut values = found.sheet.iter().flatten().flatten().flatten();
            assert!(found.persons <= PERSONS && values.all(|value| (0..=9).contains(value)));
            true
        },
    );
    assert!((50..3000).contains(&taken), "{taken}");
}

/// A job that was altered on its way is refused, or describes a question that can be put together.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_refused_or_can_be_begun() {
    let world = World::new(25);
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let mut seeds = Vec::new();
    for sql in QUESTIONS {
        let asked = question::read(sql, &world.dataset, &world.policy).unwrap();
        let measured = Measured::of(&asked, &world.dataset, &Terms::default());
        let counting = Counting::of(&measured, &[3; 32]);
        let wanted = || Wanted::of(&asked, &world.dataset, &registered, 2).unwrap();
        for job in [Job::Question(wanted()), Job::Totals(wanted(), counting)] {
            let order = Order {
                job,
                files: Vec::new(),
                folder: "/".into(),
                bounds: Bounds::of(&world.policy.limits),
                walls: walls::Strictness::All,
            };
            seeds.push(String::from_utf8(order.written()).unwrap());
        }
    }
    let texts: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let words = [
        "null",
        "-1",
        "18446744073709551615",
        "1e999",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"Add\"",
        "{\"Case\":9}",
        "\"\"",
        "\\u0000",
    ];
    let taken = each(
        42,
        3000,
        |chance| match chance.below(3) {
            0 => chance.bytes(&[texts[0].as_bytes().to_vec(), texts[5].as_bytes().to_vec()]),
            _ => chance.text(&texts, &words).into_bytes(),
        },
        |bytes| {
            let mut sent = Vec::new();
            frames::send(&mut sent, bytes).unwrap();
            let Ok(order) = Order::read(&mut &sent[..]) else { return false };
            let (wanted, counting) = match &order.job {
                Job::Totals(wanted, counting) => (wanted, Some(counting)),
                Job::Question(wanted) | Job::Program(wanted, _) => (wanted, None),
                Job::Part { of, .. } | Job::Together { of, .. } => match &**of {
                    Job::Totals(wanted, counting) => (wanted, Some(counting)),
                    Job::Question(wanted) => (wanted, None),
                    _ => panic!("it cannot be divided"),
                },
            };
            let (question, ..) = wanted.read();
            drop((wanted.labels(), wanted.files()));
            let all = question.keys.iter().map(|key| key.labels.len() as u64 + 1);
            let groups = all.fold(1, u64::saturating_mul);
            assert!(counting.is_none_or(|counting| counting.parts(groups, 1 << 29) >= 1));
            true
        },
    );
    assert!((30..3000).contains(&taken), "{taken}");
    // Frames that say of themselves what they are not.
    each(
        43,
        2000,
        |chance| chance.bytes(&[[&5u32.to_le_bytes()[..], b"hello"].concat(), Vec::new()]),
        |bytes| {
            let mut left = &bytes[..];
            let read = frames::receive(&mut left, 64);
            assert!(
                read.as_ref()
                    .map_or(true, |frame| frame.len() <= 64 && frame.len() + 4 + left.len() == bytes.len())
            );
            read.is_ok()
        },
    );
}
