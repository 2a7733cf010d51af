//! A made-up data set for tests: residents, some with homes, and a policy over them.

use crate::approval::{self, Role, Signer, approvers};
use crate::dataset::Dataset;
use crate::policy::Policy;
use crate::room::Room;
use rand::{RngExt as _, SeedableRng as _};
use std::fmt::Write as _;
use yinshu_crypto::sign::SigningKey;

pub(crate) const DATASET: &str = r#"
    [dataset]
    name = "housing"
    title = "住房"
    owner = "990100"
    catalogue = "RK-1"
    test_region = true
    [[table]]
    name = "residents"
    source = { path = "residents.csv" }
    entity = "id"
    single = true
    columns = [
      { name = "id", kind = "citizen-id" },
      { name = "town", kind = "text", values = ["城东", "城西", "Old Town", "new town"], nullable = true },
      { name = "age", kind = "integer", min = 0, max = 120 },
      { name = "wage", kind = "decimal", decimals = 2, min = -1000, max = 100000, nullable = true },
      { name = "born", kind = "date", from = "1900-01-01", to = "2026-12-31" },
      { name = "insured", kind = "integer", min = 0, max = 1 },
    ]
    [[table]]
    name = "homes"
    source = { path = "homes.csv" }
    entity = "owner"
    columns = [
      { name = "owner", kind = "citizen-id" },
      { name = "area", kind = "decimal", decimals = 1, min = 0, max = 1000 },
      { name = "use_of", kind = "text", values = ["自住", "出租"] },
    ]
    [[join]]
    left = "residents.id"
    right = "homes.owner"
"#;

pub(crate) const POLICY: &str = r#"
    [policy]
    name = "study"
    dataset = "housing"
    purpose = "研究"
    users = ["li"]
    expires = "2099-12-31"
    [[grant]]
    table = "residents"
    [grant.columns]
    id = "join-key"
    town = ["group-key", "compare", "aggregate"]
    age = ["group-key", "compare", "aggregate"]
    wage = ["compare", "aggregate", "group-key"]
    born = ["group-key", "compare"]
    insured = ["group-key", "compare", "aggregate"]
    [[grant]]
    table = "homes"
    [grant.columns]
    owner = "join-key"
    area = ["compare", "aggregate"]
    use_of = ["group-key", "compare"]
"#;

pub(crate) fn id(n: usize) -> String {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let base = format!("990101{}{:02}{:02}{:03}", 1950 + n % 50, 1 + n % 12, 1 + n % 28, 1 + n / 100 % 999);
    let sum: usize =
        base.bytes().zip(WEIGHTS).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    format!("{base}{}", char::from(b"10X98765432"[sum % 11]))
}

pub(crate) fn tables(seed: u64) -> [String; 2] {
    println!("seed {seed}");
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
    let mut residents = "id,town,age,wage,born,insured\n".to_owned();
    let mut homes = "owner,area,use_of\n".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..600 {
        let id = id(n);
        if !seen.insert(id.clone()) {
            continue;
        }
        let town = ["城东", "城西", "Old Town", "new town", ""][dice.random_range(0..5)];
        let wage = match dice.random_range(0..6) {
            0 => String::new(),
            _ => crate::answer::written(dice.random_range(-5000i128..900_000), 2),
        };
        let (age, insured) = (dice.random_range(0..100), dice.random_range(0..2));
        let born = format!("{}-{:02}-{:02}", dice.random_range(1930..2020), 1 + n % 12, 1 + n % 28);
        writeln!(residents, "{id},{town},{age},{wage},{born},{insured}").unwrap();
        for _ in 0..dice.random_range(0..4) {
            let use_of = ["自住", "出租"][dice.random_range(0..2)];
            writeln!(homes, "{id},{},{use_of}", crate::answer::written(dice.random_range(0..9999), 1))
                .unwrap();
        }
    }
    [residents, homes]
}

/// An approver of a room of tests: made where there is none of this name yet. `holder` signs for the holder, and so does whoever
/// else is the first; the others are reviewers.
pub(crate) fn signer(room: &Room, name: &str) -> Signer {
    let key = |name: &str| {
        let seed = <sha2::Sha256 as sha2::Digest>::digest(name).into();
        SigningKey::generate(&mut rand_chacha::ChaCha20Rng::from_seed(seed))
    };
    if room.recorded_approvers().unwrap().first.is_none() {
        let mut dice =
            rand_chacha::ChaCha20Rng::from_seed(<sha2::Sha256 as sha2::Digest>::digest("holder").into());
        approvers::first(room, "holder", &mut dice).unwrap();
    }
    if room.approvers().unwrap().one(name).is_err() {
        let holder = Signer::of(room, "holder", key("holder")).unwrap();
        approvers::add(room, (name, Role::Reviewer, key(name).public()), &holder).unwrap();
    }
    Signer::of(room, name, key(name)).unwrap()
}

/// Signs a policy and puts it in force.
pub(crate) fn approve(room: &Room, policy: &str) {
    approval::approve(room, policy, &signer(room, "holder")).unwrap();
}

/// The same of one that is no text yet.
pub(crate) fn approve_policy(room: &Room, policy: &Policy) {
    approve(room, &toml::to_string(policy).unwrap());
}

/// A policy of a room as it was before anybody signed it.
pub(crate) fn unsigned(room: &Room, name: &str) -> Policy {
    let policy = room.paper(name).unwrap().policy;
    Policy { bound: None, ..policy }
}

/// A folder with tables, their description and a policy.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) dataset: Dataset,
    pub(crate) policy: Policy,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(tables(seed))
    }

    pub(crate) fn of([residents, homes]: [String; 2]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = [("residents.csv", &*residents), ("homes.csv", &*homes), ("dataset.toml", DATASET)];
        for (name, text) in files.into_iter().chain([("policy.toml", POLICY)]) {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let dataset = Dataset::read(&folder.path().join("dataset.toml")).unwrap();
        let policy = Policy::parse(POLICY).unwrap();
        policy.check(&dataset).unwrap();
        Self { folder, dataset, policy }
    }

    /// How files are to be read is said, and not guessed from rows.
    pub(crate) fn said(&mut self) {
        for source in self.dataset.tables.iter_mut().map(|table| &mut table.source) {
            (source.encoding, source.delimiter, source.header_row) =
                (Some("utf-8".to_owned()), Some(','), Some(1));
        }
    }
}
