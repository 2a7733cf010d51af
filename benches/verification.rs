//! A verification in the small profile, half by half, without a network; and the city profile between two real
//! nodes.
//!
//! `cargo bench --bench verification`; divan's `item/s` is returned rows per second for the half done at the county
//! alone, and match tokens per second for the half done with the provider.
//!
//! `cargo bench --bench verification -- --ignored city` plays the city profile once (480,000 rows returned, 4.8
//! million in the source) and prints what `yinshu bench origin --profile city` prints: peak memory of both nodes too.
//! It takes some 15 minutes on two idle cores.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use yinshu::contract::{Blanks, Draft, Party, Role, Template};
use yinshu::run::terms_of;
use yinshu::scenario::{Generated, Profile, Settings, generate};
use yinshu::tables::{CleanTable, count_cleaned, flat};
use yinshu_crypto::sign::SigningKey;
use yinshu_data::Source;
use yinshu_net::{PartyId, memory};
use yinshu_origin::here::index::IndexSecret;
use yinshu_origin::here::{Here, HereInput};
use yinshu_origin::package::{self, Counting, Manifest, PackFile, PackTerms, Period, Roles};
use yinshu_origin::rows::returned_file;
use yinshu_origin::{AnswerInput, Terms, answer, ask, verify_here};

fn main() {
    divan::main();
}

/// Both parties' tables, the package between them and the contract.
struct World {
    _folder: tempfile::TempDir,
    made: Generated,
    draft: Draft,
    manifest: Manifest,
    terms: Terms,
}

fn party(name: &str, role: Role) -> Party {
    let key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(name.len() as u64));
    let name = PartyId::new(name).expect("a name");
    Party::new(name, "甲".to_owned(), role, key.public())
}

/// A contract between the two, unsigned: nothing here asks for signatures.
fn contract() -> Draft {
    let (provider, recipient) = (party("province", Role::Provider), party("county", Role::Recipient));
    let blanks = Blanks {
        id: "bench",
        title: None,
        provider: &provider,
        recipient: &recipient,
        more: &[],
        catalogue: "990000-HR-0001",
        valid_from: jiff::civil::date(2026, 1, 1),
        valid_until: jiff::civil::date(2026, 12, 31),
        test_region: true,
        report_keys: None,
    };
    Draft::parse(&blanks.fill(Template::Origin), "bench.toml").expect("the template is a contract")
}

fn packed(made: &Generated, draft: &Draft, out: &Path) -> Manifest {
    let origin = draft.terms.origin.as_ref().expect("its scenario");
    let terms = PackTerms {
        catalogue: draft.terms.data.catalogue.clone(),
        source_system: "bench".to_owned(),
        provider: draft.party(Role::Provider).name.clone(),
        recipient: draft.party(Role::Recipient).name.clone(),
        contract: Some(draft.digest),
        batch: "bench".to_owned(),
        previous: None,
        period: Period { from: made.period_start, to: made.period_end },
        expires: jiff::Timestamp::MAX,
        divisions: origin.divisions.iter().cloned().collect(),
        roles: Roles {
            division: origin.division_column.clone(),
            key: origin.key.clone(),
            update_time: Some(origin.update_column.clone()),
        },
        counting: Counting::Cleaned,
    };
    let files: Vec<PackFile> =
        made.returned.iter().map(|path| PackFile { source: Source::file(path), name: None }).collect();
    let key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(2));
    let spec = &draft.terms.data.table;
    let mut count = |source: &Source, name: &str, roles: &Roles| count_cleaned(spec, source, name, roles);
    let now = "2026-11-20T00:00:00Z".parse().expect("a time");
    package::pack(&files, &terms, &mut count, &key, now, out).expect("it can be packed")
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = generate(&folder.path().join("data"), &Settings::new(Profile::Small), &mut |_, _| {});
        let made = made.expect("it is written");
        let draft = contract();
        let manifest = packed(&made, &draft, &folder.path().join("package"));
        let terms = terms_of(&draft, &manifest);
        Self { _folder: folder, made, draft, manifest, terms }
    }

    fn here(&self) -> Here {
        let origin = self.draft.terms.origin.as_ref().expect("its scenario");
        let local = CleanTable::open(&Source::file(&self.made.residents), &origin.local).expect("a table");
        let files = self.made.returned.iter().map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            returned_file(name, &Source::file(path), &self.draft.terms.data.table, |_| {})
        });
        let input = HereInput {
            terms: &self.terms,
            promised: &flat(&self.manifest.counts),
            counted: None,
            local: local.rows("local"),
            files: Box::new(files),
            previous: None,
            secret: &IndexSecret::new([3; 32]),
        };
        verify_here(input, &mut |_| Ok(()), &mut |_, _| {}).expect("it runs")
    }

    /// The half with the provider over memory channels.
    fn there(&self, here: &Here) {
        let name = |role| self.draft.party(role).name.clone();
        let (mut county, mut province) = memory::pair(name(Role::Recipient), name(Role::Provider));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let spec = &self.draft.terms.data.table;
                let source = CleanTable::open(&Source::file(&self.made.source), spec).expect("a table");
                let input = AnswerInput {
                    terms: &self.terms,
                    contract: self.draft.digest,
                    returned_rows: Some(self.manifest.files.iter().map(|file| file.rows).sum()),
                    show: None,
                    source: source.rows("source"),
                };
                let mut rng = ChaCha20Rng::seed_from_u64(4);
                black_box(answer(&mut province, input, &mut rng, &mut |_| {}).expect("it answers"));
            });
            let mut rng = ChaCha20Rng::seed_from_u64(5);
            let (terms, contract) = (&self.terms, self.draft.digest);
            let asked = ask(&mut county, terms, contract, here, &mut rng, &mut |_| Ok(()), &mut |_| {});
            black_box(asked.expect("it is answered"));
        });
    }
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn small_here(bencher: Bencher<'_, '_>) {
    let world = World::new();
    bencher.counter(ItemsCount::new(world.made.rows.returned)).bench_local(|| black_box(world.here()));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn small_there(bencher: Bencher<'_, '_>) {
    let world = World::new();
    let here = world.here();
    // A token for the key and one for each private field, of every source row and of every person asked about.
    let per_row = 1 + world.terms.private_fields.len() as u64;
    let people = here.sizes.returned_people * per_row;
    bencher
        .counter(ItemsCount::new(world.made.rows.source * per_row + people))
        .bench_local(|| world.there(&here));
}

/// Between two real nodes, once. Run it by name.
#[divan::bench(sample_count = 1, sample_size = 1, ignore)]
fn city(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu"));
        let status = command.args(["bench", "origin", "--profile", "city"]).status().expect("it starts");
        assert!(status.success(), "{status}");
    });
}
