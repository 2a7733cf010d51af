//! The room: the folder of an operator in which data sets are registered, policies approved and everything is recorded.
//!
//! ```text
//! key               signs the log (0600)            datasets/NAME.toml   descriptions
//! secret            under which counts are rounded  policies/NAME.toml   approved policies
//! audit/log.jsonl   every request and its end       data/NAME/           registered tables (0700)
//! queue/ID/         results that wait for a person    marks/              released tables before they were marked
//! users.toml        who may come in by the door (0600)  door/    certificate and key of the door (0700)
//! room.toml         what the operator sets           work/               folders of workers (0700)
//! ```

use crate::dataset::Dataset;
use crate::disclosure::Rules;
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::private::System;
use crate::worker::Workers;
use jiff::civil::Date;
use jiff::{Timestamp, tz::Offset};
use rand::CryptoRng;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;
use yinshu_audit::{Entry, Log, Record, Stage};
use yinshu_crypto::sign::{PublicKey, SigningKey};

mod settings;
pub use settings::Settings;

/// How long a record waits for another process that is writing one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The room.
#[derive(Debug, Clone)]
pub struct Room {
    root: PathBuf,
    clock: fn() -> Timestamp,
    dice: fn() -> Dice,
    /// From where is done what is recorded.
    from: IpAddr,
    workers: Workers,
}

/// Where noise is drawn from.
pub type Dice = Box<dyn CryptoRng + Send>;

impl Room {
    /// Makes a room; a folder that holds anything is refused.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn make(root: &Path, dice: &mut impl CryptoRng) -> Result<(), SandboxError> {
        let files = |path: &Path| {
            let path = path.display().to_string();
            move |error: std::io::Error| SandboxError::Files { path, reason: error.to_string() }
        };
        fs::create_dir_all(root).map_err(files(root))?;
        if fs::read_dir(root).map_err(files(root))?.next().is_some() {
            let taken = std::io::Error::other("it holds something already");
            return Err(files(root)(taken));
        }
        own_alone(root)?;
        for folder in ["audit", "datasets", "policies", "data"] {
            let path = root.join(folder);
            fs::create_dir(&path).map_err(files(&path))?;
        }
        let key = SigningKey::generate(dice);
        let mut secret = [0; 32];
        dice.fill_bytes(&mut secret);
        for (name, text) in [("key", key.to_text().to_string()), ("secret", hex::encode(secret))] {
            let path = root.join(name);
            private(&path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(files(&path))?;
        }
        Ok(())
    }

    /// An existing room, and the clock by which records are dated.
    ///
    /// # Errors
    /// [`SandboxError::Files`]: it is none.
    pub fn open(root: &Path, clock: fn() -> Timestamp) -> Result<Self, SandboxError> {
        let key = root.join("key");
        fs::metadata(&key).map_err(SandboxError::files(&key))?;
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let workers = Workers::new(root, Settings::read(root)?.walls);
        Ok(Self { root: root.to_owned(), clock, dice: || Box::new(System::default()), from, workers })
    }

    /// The same room for somebody at another address: records say so.
    #[must_use]
    pub fn seen_from(&self, address: IpAddr) -> Self {
        Self { from: address, ..self.clone() }
    }

    /// With noise from elsewhere than the operating system's generator: for tests.
    #[cfg(test)]
    pub(crate) fn with_dice(self, dice: fn() -> Dice) -> Self {
        Self { dice, ..self }
    }

    /// Where noise is drawn from.
    #[must_use]
    pub fn dice(&self) -> Dice {
        (self.dice)()
    }

    /// The same room, whose questions run in this program instead of the one that asks.
    #[must_use]
    pub fn with_worker(self, program: &Path) -> Self {
        Self { workers: self.workers.by(program), ..self }
    }

    /// Those who work for it.
    #[must_use]
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// From where is done what is recorded.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.from
    }

    /// Its folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn described(&self, folder: &str, name: &str) -> Result<PathBuf, SandboxError> {
        crate::dataset::plain_name(folder, name)?;
        Ok(self.root.join(folder).join(format!("{name}.toml")))
    }

    /// The data set of this name.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn dataset(&self, name: &str) -> Result<Dataset, SandboxError> {
        Dataset::read(&self.described("datasets", name)?)
    }

    /// The approved policy of this name, and its data set.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn policy(&self, name: &str) -> Result<(Policy, Dataset), SandboxError> {
        let policy = Policy::read(&self.described("policies", name)?)?;
        let dataset = self.dataset(&policy.policy.dataset)?;
        policy.check(&dataset)?;
        let mut policy = policy;
        policy.policy.mode = self.mode(&policy, &dataset)?;
        Ok((policy, dataset))
    }

    /// The text of the approved policy of this name.
    pub(crate) fn policy_text(&self, name: &str) -> Result<String, SandboxError> {
        let path = self.described("policies", name)?;
        fs::read_to_string(&path).map_err(SandboxError::files(&path))
    }

    /// The names of the approved policies.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn policies(&self) -> Result<Vec<String>, SandboxError> {
        self.named("policies")
    }

    /// All data sets.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn datasets(&self) -> Result<Vec<Dataset>, SandboxError> {
        self.named("datasets")?.iter().map(|name| self.dataset(name)).collect()
    }

    fn named(&self, folder: &str) -> Result<Vec<String>, SandboxError> {
        let folder = self.root.join(folder);
        let entries = fs::read_dir(&folder).map_err(SandboxError::files(&folder))?;
        let name = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned);
        let mut names: Vec<String> = entries.flatten().filter_map(name).collect();
        names.sort();
        Ok(names)
    }

    /// Keeps a description or a policy: the file as it is, once it was looked at.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn keep(&self, folder: &str, name: &str, text: &str) -> Result<(), SandboxError> {
        let path = self.described(folder, name)?;
        fs::write(&path, text).map_err(SandboxError::files(&path))
    }

    /// The rules of a policy over a data set: of both the stricter.
    #[must_use]
    pub fn rules(policy: &Policy, dataset: &Dataset) -> Rules {
        dataset.dataset.release.strictest(&policy.policy.release)
    }

    /// The secret under which counts are rounded.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn secret(&self) -> Result<[u8; 32], SandboxError> {
        let path = self.root.join("secret");
        let text = fs::read_to_string(&path).map_err(SandboxError::files(&path))?;
        let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| SandboxError::Files {
            path: path.display().to_string(),
            reason: "it is not 64 hexadecimal digits".to_owned(),
        })
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.root.join("audit").join("log.jsonl")
    }

    /// The key that signs the log.
    pub(crate) fn key(&self) -> Result<SigningKey, SandboxError> {
        let path = self.root.join("key");
        let text = fs::read_to_string(&path).map_err(SandboxError::files(&path))?;
        SigningKey::from_str(text.trim()).map_err(|error| SandboxError::Files {
            path: path.display().to_string(),
            reason: error.to_string(),
        })
    }

    /// The key by which anybody verifies the log.
    ///
    /// # Errors
    /// [`SandboxError::Files`]: the signing key cannot be read.
    pub fn public_key(&self) -> Result<PublicKey, SandboxError> {
        Ok(self.key()?.public())
    }

    /// Records what was done, durably, and says the number of the record; waits for another process that is recording
    /// something. Words from outside are made to fit.
    ///
    /// # Errors
    /// [`SandboxError::Audit`]: it could not be recorded, and so must not happen.
    pub fn record(&self, deed: Deed<'_>) -> Result<u64, SandboxError> {
        self.append(&mut self.log()?, deed)
    }

    /// Records a question that is one of so many a day. Counted and recorded while nobody else records: of two questions at
    /// once, one is the last.
    ///
    /// # Errors
    /// [`SandboxError::Quota`], which is recorded instead; [`SandboxError::Audit`].
    pub fn record_question(&self, deed: Deed<'_>, most: u64) -> Result<u64, SandboxError> {
        let mut log = self.log()?;
        if self.asked_today(deed.object, deed.user)? < most {
            return self.append(&mut log, deed);
        }
        let refusal = SandboxError::Quota { policy: deed.object.to_owned(), most };
        let mut content = deed.content.clone();
        content["code"] = json!(refusal.code());
        self.append(&mut log, Deed { result: "refused", content, ..deed })?;
        Err(refusal)
    }

    fn append(&self, log: &mut Log, deed: Deed<'_>) -> Result<u64, SandboxError> {
        let Deed { user, object, action, result, content, stage } = deed;
        let entry = Entry {
            user: user.to_owned(),
            ip: self.from,
            object: object.to_owned(),
            content: content.to_string(),
            action: action.to_owned(),
            result: result.to_owned(),
            stage,
        };
        let failed = |error: yinshu_audit::AuditError| SandboxError::Audit { reason: error.to_string() };
        log.append(&entry.fitted(), self.now()).map(|appended| appended.number).map_err(failed)
    }

    /// The log, held until it is dropped; waits for another process that is recording something.
    ///
    /// # Errors
    /// [`SandboxError::Audit`].
    pub(crate) fn log(&self) -> Result<Log, SandboxError> {
        let began = std::time::Instant::now();
        loop {
            match Log::open(&self.log_path(), self.key()?) {
                Err(yinshu_audit::AuditError::InUse { .. }) if began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                opened => {
                    return opened.map_err(|error| SandboxError::Audit { reason: error.to_string() });
                }
            }
        }
    }

    /// Tells of every record of one of these actions, in their order; of every one where none is named.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub(crate) fn records(&self, actions: &[&str], tell: &mut dyn FnMut(Record)) -> Result<(), SandboxError> {
        let path = self.log_path();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(SandboxError::files(&path)(error)),
        };
        for line in BufReader::new(file).lines() {
            let line = line.map_err(SandboxError::files(&path))?;
            // Most lines are of something else, and reading one takes longer than looking for a word.
            if !actions.is_empty() && !actions.iter().any(|action| line.contains(action)) {
                continue;
            }
            // An unfinished line is of something that did not happen; any other is found when the next record is made.
            match Record::from_line(line.as_bytes()) {
                Ok(record) if actions.is_empty() || actions.contains(&&*record.action) => tell(record),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the room signed this record.
    ///
    /// # Errors
    /// [`SandboxError::Files`]: the key cannot be read.
    pub(crate) fn signed(&self, record: &Record) -> Result<bool, SandboxError> {
        Ok(record.verify(&self.public_key()?).is_ok())
    }

    /// A folder of the room, of its owner alone; made where it is not there.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, SandboxError> {
        let path = self.root.join(name);
        if !path.is_dir() {
            fs::create_dir_all(&path).map_err(SandboxError::files(&path))?;
            // It is there after a power cut, too.
            File::open(&self.root)
                .and_then(|root| root.sync_all())
                .map_err(SandboxError::files(&self.root))?;
        }
        own_alone(&path)?;
        Ok(path)
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The present day, in Beijing.
    #[must_use]
    pub fn today(&self) -> Date {
        day(self.now())
    }

    /// How many sets of rows were released for the first time under a policy on the present day, in Beijing.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn sets_today(&self, policy: &str) -> Result<u64, SandboxError> {
        let (today, mut sets) = (self.today(), 0u64);
        self.records(&[crate::airlock::RELEASE], &mut |record| {
            if record.object == policy && day(record.time) == today {
                let content: Value = serde_json::from_str(&record.content).unwrap_or_default();
                sets = sets.saturating_add(content["sets"].as_u64().unwrap_or(0));
            }
        })?;
        Ok(sets)
    }

    /// How many questions a user asked under a policy on the present day, in Beijing.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn asked_today(&self, policy: &str, user: &str) -> Result<u64, SandboxError> {
        let (today, mut asked) = (self.today(), 0);
        self.records(&[ASK], &mut |record| {
            let same = record.user == user && record.object == policy;
            asked += u64::from(same && day(record.time) == today);
        })?;
        Ok(asked)
    }
}

/// The action of a record of a question.
pub const ASK: &str = "sandbox.ask";

/// What was done, for the log.
#[derive(Debug)]
pub struct Deed<'a> {
    /// Who did it.
    pub user: &'a str,
    /// To what: a policy or a data set.
    pub object: &'a str,
    /// What.
    pub action: &'a str,
    /// How it ended.
    pub result: &'a str,
    /// The particulars.
    pub content: Value,
    /// The stage of the data's life.
    pub stage: Stage,
}

impl<'a> Deed<'a> {
    /// What was done to data that is worked on.
    #[must_use]
    pub fn new(user: &'a str, object: &'a str, action: &'a str, result: &'a str) -> Self {
        Self { user, object, action, result, content: json!({}), stage: Stage::Processing }
    }

    /// With particulars.
    #[must_use]
    pub fn with(self, content: Value) -> Self {
        Self { content, ..self }
    }
}

fn day(time: Timestamp) -> Date {
    Offset::constant(8).to_datetime(time).date()
}

/// A moment as people write it, in Beijing.
pub(crate) fn written(time: Timestamp) -> String {
    Offset::constant(8).to_datetime(time).strftime("%Y-%m-%d %H:%M").to_string()
}

pub(crate) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Nobody else on the machine reads the folder.
pub(crate) fn own_alone(folder: &Path) -> Result<(), SandboxError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let own = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder, own).map_err(SandboxError::files(folder))?;
    }
    Ok(())
}
