use super::*;
use crate::{Entry, Item, Learns, PsiError, Section, Terms};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::path::Path;
use std::time::Duration;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, Fault, Meter};

mod adversary;
mod copies;
mod cost;
mod folders;
mod online;
mod stored;

fn rng(seed: u64) -> ChaCha20Rng {
    println!("seed {seed}");
    ChaCha20Rng::seed_from_u64(seed)
}

fn entry(section: u16, value: u32) -> Entry {
    Entry { section, item: Item::new("test", &[&value.to_le_bytes()]) }
}

fn entries(section: u16, values: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    values.into_iter().map(|value| entry(section, value)).collect()
}

fn payload(value: u32) -> Vec<u8> {
    format!("row {value}").into_bytes()
}

fn rows(values: impl IntoIterator<Item = u32>) -> Vec<Result<Row, String>> {
    values.into_iter().map(|value| Ok(Row { entry: entry(0, value), payload: payload(value) })).collect()
}

fn plain(values: impl IntoIterator<Item = u32>) -> Vec<Result<Row, String>> {
    values.into_iter().map(|value| Ok(Row::from(entry(0, value)))).collect()
}

fn layout(payload: Option<usize>) -> Layout {
    let column = if payload.is_some() { "row".into() } else { String::new() };
    Layout { sections: vec!["s0".into()], rules: Digest::sha256(b"rules"), payload, column }
}

/// An encoding without payloads.
fn create(folder: &Path, values: impl IntoIterator<Item = u32>) -> Encoding {
    Encoding::create(folder, &layout(None), plain(values), &mut rng(1), &mut |_| {}).unwrap().0
}

/// An encoding with payloads.
fn create_labelled(folder: &Path, values: impl IntoIterator<Item = u32>) -> Encoding {
    Encoding::create(folder, &layout(Some(24)), rows(values), &mut rng(1), &mut |_| {}).unwrap().0
}

fn gone(values: impl IntoIterator<Item = u32>) -> Vec<Result<Entry, String>> {
    entries(0, values).into_iter().map(Ok).collect()
}

const ASKER: &str = "county";
const HOLDER: &str = "province";

fn terms(sections: usize) -> Terms {
    let section = |number| Section { name: format!("s{number}"), max: 1 << 20 };
    Terms {
        learns: Learns::Receiver,
        sections: (0..sections).map(section).collect(),
        max_peer_items: 1 << 24,
        own_items: None,
        context: Digest::sha256(b"contract"),
    }
}

fn pair() -> (MemoryChannel, MemoryChannel) {
    patient(memory::PATIENCE)
}

fn patient(patience: Duration) -> (MemoryChannel, MemoryChannel) {
    let (asker, holder) = memory::pair(ASKER.parse().unwrap(), HOLDER.parse().unwrap());
    (asker.with_patience(patience), holder.with_patience(patience))
}

fn query(find: Where<'_>, verify: bool) -> Query<'_> {
    Query { find, verify, key: None }
}

/// What came of a run on both sides.
struct Outcome {
    asked: Result<Asked, PsiError>,
    answered: Result<Answered, PsiError>,
    asker: Meter,
    holder: Meter,
}

/// Both parties over the two channels, each under its own terms.
fn run_over(
    (mut asker, mut holder): (impl Channel, impl Channel),
    x: &[Entry],
    (encoding, holder_terms): (&Encoding, &Terms),
    asker_terms: &Terms,
    query: &Query<'_>,
) -> Outcome {
    std::thread::scope(|scope| {
        let answering = scope.spawn(move || {
            let answered =
                answer(&mut holder, encoding, holder_terms, &mut rng(7), &mut |_| Ok(()), &mut |_| {});
            (answered, holder.meter())
        });
        let asked = ask(&mut asker, x, asker_terms, query, &mut rng(8), &mut |_| {});
        let meter = asker.meter();
        drop(asker);
        let (answered, holder) = answering.join().unwrap();
        Outcome { asked, answered, asker: meter, holder }
    })
}

fn run(
    x: &[Entry],
    encoding: &Encoding,
    terms: &Terms,
    find: Where<'_>,
    verify: bool,
) -> Result<(Asked, Answered), PsiError> {
    let outcome = run_over(pair(), x, (encoding, terms), terms, &query(find, verify));
    Ok((outcome.asked?, outcome.answered?))
}

type Fetched = (Result<(Copy, Copied), PsiError>, Result<Copied, PsiError>, Meter, Meter);

/// A copying over the two channels; the terms are the asker's and the holder's.
fn copy_over(
    (mut asker, mut holder): (impl Channel, impl Channel),
    encoding: &Encoding,
    folder: &Path,
    (asker_terms, holder_terms): (&Terms, &Terms),
    key: Option<Digest>,
) -> Fetched {
    std::thread::scope(|scope| {
        let offering = scope.spawn(move || {
            let offered = offer(&mut holder, encoding, holder_terms, &mut |_| Ok(()), &mut |_| {});
            (offered, holder.meter())
        });
        let fetched = fetch(&mut asker, folder, asker_terms, key, &mut |_| {});
        let meter = asker.meter();
        drop(asker);
        let (offered, holder) = offering.join().unwrap();
        (fetched, offered, meter, holder)
    })
}

fn fetched(encoding: &Encoding, folder: &Path, terms: &Terms) -> Result<(Copy, Copied), PsiError> {
    let (fetched, offered, ..) = copy_over(pair(), encoding, folder, (terms, terms), None);
    let (copy, copied) = fetched?;
    assert_eq!(offered?, copied);
    Ok((copy, copied))
}

/// A copy in a folder of its own, which lives as long as what comes with it.
fn copied(encoding: &Encoding, terms: &Terms) -> (Copy, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (copy, _) = fetched(encoding, folder.path(), terms).unwrap();
    (copy, folder)
}
