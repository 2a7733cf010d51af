//! A small set against a stored encoding: preparing it, asking it, updating it; both parties in one process over
//! a memory channel, sharing the cores.
//!
//! `cargo bench -p yinshu-psi --bench unbalanced`. Set `RAYON_NUM_THREADS=1` for one core, and
//! `YINSHU_BENCH_LOG2` for another large set than 2^20.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::sync::OnceLock;
use tempfile::TempDir;
use yinshu_net::{Channel, PartyId, memory};
use yinshu_psi::unbalanced::{self, Copy, Encoding, Layout, Query, Row, Where};
use yinshu_psi::{Entry, Item, Learns, Terms};

fn main() {
    divan::main();
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn entry(value: u64) -> Entry {
    Entry::from(Item::new("bench", &[&value.to_le_bytes()]))
}

fn terms() -> Terms {
    Terms::single(Learns::Receiver, 1 << 26)
}

fn large() -> u64 {
    let log2 = std::env::var("YINSHU_BENCH_LOG2").ok().and_then(|text| text.parse().ok());
    1 << log2.unwrap_or(20)
}

fn rows(range: std::ops::Range<u64>) -> impl Iterator<Item = Result<Row, String>> {
    range.map(|value| Ok(Row::from(entry(value))))
}

fn create(folder: &TempDir, entries: u64) -> Encoding {
    let created =
        Encoding::create(folder.path(), &Layout::of(&terms()), rows(0..entries), &mut rng(1), &mut |_| {});
    created.expect("the folder is new").0
}

fn pair() -> (memory::MemoryChannel, memory::MemoryChannel) {
    let party = |name: &str| PartyId::new(name).expect("a name");
    memory::pair(party("asker"), party("holder"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for this run")
}

/// The large set's encoding and a copy of it, made once.
fn stage() -> &'static (Encoding, Copy, TempDir, TempDir) {
    static STAGE: OnceLock<(Encoding, Copy, TempDir, TempDir)> = OnceLock::new();
    STAGE.get_or_init(|| {
        let (store, copies) = (folder(), folder());
        let encoding = create(&store, large());
        let copy = fetch(&encoding, &copies);
        (encoding, copy, store, copies)
    })
}

fn fetch(encoding: &Encoding, folder: &TempDir) -> Copy {
    let (mut asker, mut holder) = pair();
    let terms = terms();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            unbalanced::offer(&mut holder, encoding, &terms, &mut |_| Ok(()), &mut |_| {})
                .expect("it is offered")
        });
        unbalanced::fetch(&mut asker, folder.path(), &terms, None, &mut |_| {}).expect("it is fetched").0
    })
}

fn ask(n: u64, find: Where<'static>, verify: bool) -> u64 {
    let (mut asker, mut holder) = pair();
    let terms = terms();
    let own: Vec<Entry> = (large() - n / 2..).take(n as usize).map(entry).collect();
    let asked = std::thread::scope(|scope| {
        scope.spawn(|| {
            let (encoding, ..) = stage();
            let (record, progress) = (&mut |_: &_| Ok(()), &mut |_| {});
            unbalanced::answer(&mut holder, encoding, &terms, &mut rng(1), record, progress).expect("it runs")
        });
        let query = Query { find, verify, key: None };
        unbalanced::ask(&mut asker, &own, &terms, &query, &mut rng(2), &mut |_| {}).expect("it runs")
    });
    assert_eq!(asked.matched.iter().filter(|&&held| held).count() as u64, n / 2);
    let total = asker.meter().total;
    total.bytes_sent + total.bytes_received
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn prepare(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(large()))
        .with_inputs(folder)
        .bench_local_refs(|folder| create(folder, large()));
}

const SMALL: [u64; 4] = [1 << 8, 1 << 10, 1 << 14, 1 << 16];

#[divan::bench(args = SMALL, sample_count = 5, sample_size = 1)]
fn ask_copy(bencher: Bencher<'_, '_>, n: u64) {
    let (_, copy, ..) = stage();
    bencher.counter(ItemsCount::new(n)).bench_local(|| ask(n, Where::Copy(copy), false));
}

#[divan::bench(args = SMALL, sample_count = 5, sample_size = 1)]
fn ask_copy_verified(bencher: Bencher<'_, '_>, n: u64) {
    let (_, copy, ..) = stage();
    bencher.counter(ItemsCount::new(n)).bench_local(|| ask(n, Where::Copy(copy), true));
}

#[divan::bench(args = SMALL, sample_count = 5, sample_size = 1)]
fn ask_buckets(bencher: Bencher<'_, '_>, n: u64) {
    stage();
    bencher.counter(ItemsCount::new(n)).bench_local(|| ask(n, Where::Buckets { least: 64 }, false));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn copy_whole(bencher: Bencher<'_, '_>) {
    let (encoding, ..) = stage();
    let inputs = bencher.counter(ItemsCount::new(large())).with_inputs(folder);
    inputs.bench_local_refs(|folder| fetch(encoding, folder));
}

/// Two to the tenth inserted into the large encoding and deleted again.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn insert_and_delete_1024(bencher: Bencher<'_, '_>) {
    let (_, _, store, _) = stage();
    let mut encoding = Encoding::open(store.path()).expect("made before");
    bencher.counter(ItemsCount::new(2u64 << 10)).bench_local(|| {
        let new = large()..large() + (1 << 10);
        encoding.insert(rows(new.clone()), &mut rng(4), &mut |_| {}).expect("it is inserted");
        let gone = new.map(|value| Ok::<_, String>(entry(value)));
        encoding.delete(gone, &mut rng(4), &mut |_| {}).expect("it is deleted")
    });
}
