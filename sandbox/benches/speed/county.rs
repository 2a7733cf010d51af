//! Made-up people and visits, registered in a room.

use rand::{RngExt as _, SeedableRng as _};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;
use yinshu_sandbox::approval::{self, Signer, approvers};
use yinshu_sandbox::dataset::Dataset;
use yinshu_sandbox::disclosure::History;
use yinshu_sandbox::engine::{Registered, register};
use yinshu_sandbox::policy::Policy;
use yinshu_sandbox::room::Room;
use yinshu_sandbox::session;

/// Visits of one person, on average.
pub(super) const EACH: usize = 4;

const USER: &str = "li";

/// How many groups a key has.
pub(super) fn groups(key: &str) -> &'static str {
    if key == "town" { "10 groups" } else { "1,000 groups" }
}

/// A room, and the tables beside it.
pub(super) struct County {
    folder: tempfile::TempDir,
    room: Room,
    holder: Signer,
}

impl County {
    /// Persons with a row each, visits, and a handful of persons.
    pub(super) async fn new(rows: usize) -> Self {
        let county = Self::empty();
        let people = people(rows);
        county.registered("people", &people, PEOPLE, true).await;
        county.registered("visits", &visits(rows), VISITS, false).await;
        let handful: String = people.lines().take(101).flat_map(|line| [line, "\n"]).collect();
        county.registered("handful", &handful, PEOPLE, true).await;
        county
    }

    /// Visits alone.
    pub(super) async fn of_visits(rows: usize) -> Self {
        let county = Self::empty();
        county.registered("visits", &visits(rows), VISITS, false).await;
        county
    }

    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("room");
        let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        Room::make(&root, &mut dice).unwrap();
        let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
        let (holder, _) = approvers::first(&room, "holder", &mut dice).unwrap();
        Self { folder, room, holder }
    }

    async fn registered(&self, name: &str, csv: &str, columns: &str, single: bool) {
        std::fs::write(self.csv(name), csv).unwrap();
        let values = |letter: &str, many: usize, width: usize| {
            let value = |n| format!("\"{letter}{n:0width$}\"");
            (0..many).map(value).collect::<Vec<_>>().join(", ")
        };
        let columns = columns.replace("TOWNS", &values("t", 10, 2)).replace("STREETS", &values("s", 1000, 3));
        let description = format!(
            "[dataset]\nname = \"{name}\"\ntitle = \"{name}\"\nowner = \"990100\"\ncatalogue = \"BENCH\"\n\
             test_region = true\nprivacy_budget = \"4\"\n[[table]]\nname = \"{name}\"\n\
             source = {{ path = \"{name}.csv\", encoding = \"utf-8\", delimiter = \",\", header_row = 1 }}\nentity = \"id\"\nsingle = {single}\n\
             columns = [{columns}]\n",
        );
        let path = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&path, &description).unwrap();
        let dataset = Dataset::read(&path).unwrap();
        let began = std::time::Instant::now();
        register(&dataset, self.room.root(), self.room.secret().unwrap()).await.unwrap();
        eprintln!("registered {name} in {:.1} s", began.elapsed().as_secs_f64());
        self.room.describe(&dataset).unwrap();
        let uses = dataset.tables[0].columns.iter().map(|column| match &*column.name {
            "id" => "id = \"join-key\"".to_owned(),
            name => format!("{name} = [\"group-key\", \"compare\", \"aggregate\"]"),
        });
        let uses = uses.collect::<Vec<_>>().join("\n");
        for (policy, mode) in [(name.to_owned(), "control"), (format!("{name}-dp"), "dp")] {
            let noise = if mode == "dp" { "[dp]\nrows = 8\ngroups = 4\nprice = \"0.01\"\n" } else { "" };
            let policy_text = format!(
                "[policy]\nname = \"{policy}\"\ndataset = \"{name}\"\npurpose = \"bench\"\nusers = [\"{USER}\"]\n\
                 expires = \"2099-12-31\"\nmode = \"{mode}\"\n[limits]\nquestions_a_day = 100000\nmemory_mib = 2048\n\
                 new_sets_a_question = 100000\nnew_sets_a_day = 10000000\n{noise}[[grant]]\ntable = \"{name}\"\n[grant.columns]\n{uses}\n",
            );
            Policy::parse(&policy_text).unwrap().check(&dataset).unwrap();
            approval::approve(&self.room, &policy_text, &self.holder).unwrap();
        }
    }

    /// A table as it came.
    pub(super) fn csv(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.csv"))
    }

    /// A table as it is registered.
    pub(super) fn parquet(&self, name: &str) -> PathBuf {
        self.room.root().join("data").join(name).join(format!("{name}.parquet"))
    }

    /// The data set and the policy of this name.
    pub(super) fn read(&self, name: &str) -> (Dataset, Policy) {
        let (policy, dataset) = self.room.policy(name).unwrap();
        (dataset, policy)
    }

    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// Asks, each time as the first question ever.
    pub(super) async fn asked(&self, policy: &str, text: &str, runs: usize) -> Duration {
        let mut best = Duration::MAX;
        for _ in 0..runs {
            let history = Registered::open(&self.read(policy).0, self.room.root()).unwrap().history();
            std::fs::remove_file(&history).unwrap();
            History::create(&history).unwrap();
            best = best.min(self.once(policy, text).await);
        }
        best
    }

    /// Asks under the policy with noise.
    pub(super) async fn asked_with_noise(&self, table: &str, text: &str, runs: usize) -> Duration {
        let mut best = Duration::MAX;
        for _ in 0..runs {
            best = best.min(self.once(&format!("{table}-dp"), text).await);
        }
        best
    }

    async fn once(&self, policy: &str, text: &str) -> Duration {
        let began = std::time::Instant::now();
        let answer = session::ask(&self.room, policy, USER, text).await.unwrap();
        let took = began.elapsed();
        assert!(!answer.rows.is_empty(), "{text}: nothing was released");
        took
    }
}

const PEOPLE: &str = r#"
    { name = "id", kind = "code" },
    { name = "sex", kind = "text", values = ["m", "f"] },
    { name = "town", kind = "text", values = [TOWNS] },
    { name = "street", kind = "text", values = [STREETS] },
    { name = "age", kind = "integer", min = 0, max = 99 },
    { name = "wage", kind = "integer", min = 0, max = 100000 },
"#;

const VISITS: &str = r#"
    { name = "id", kind = "code" },
    { name = "town", kind = "text", values = [TOWNS] },
    { name = "street", kind = "text", values = [STREETS] },
    { name = "cost", kind = "integer", min = 0, max = 100000 },
"#;

fn people(rows: usize) -> String {
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut text = "id,sex,town,street,age,wage\n".to_owned();
    for n in 0..rows {
        let (sex, street) = (["m", "f"][dice.random_range(0..2)], dice.random_range(0..1000));
        let (age, wage) = (dice.random_range(0..100), dice.random_range(0..30_000));
        writeln!(text, "P{n:08},{sex},t{:02},s{street:03},{age},{wage}", street % 10).unwrap();
    }
    text
}

fn visits(rows: usize) -> String {
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(8);
    let mut text = "id,town,street,cost\n".to_owned();
    for _ in 0..rows {
        let (person, street) = (dice.random_range(0..rows / EACH), dice.random_range(0..1000));
        let cost = dice.random_range(0..30_000);
        writeln!(text, "P{person:08},t{:02},s{street:03},{cost}", street % 10).unwrap();
    }
    text
}
