//! The room: the folder of an operator in which data sets are registered, policies approved and everything is recorded.
//!
//! ```text
//! key               signs the log (0600)            datasets/NAME.toml   descriptions
//! secret            under which counts are rounded  policies/NAME.toml   signed policies
//! audit/log.jsonl   every request and its end       data/NAME/           registered tables (0700)
//! queue/ID/         results that wait for a person    marks/              released tables before they were marked
//! keys/NAME.key     keys of approvers that nobody has taken away yet (0700)
//! users.toml        who may come in by the door (0600)  door/    certificate and key of the door (0700)
//! room.toml         settings, and who approves       work/               folders of workers (0700)
//! ```

use crate::approval::{self, Approvers, Paper};
use crate::dataset::{Dataset, wrong};
use crate::disclosure::Rules;
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::private::System;
use crate::worker::Workers;
use jiff::civil::Date;
use jiff::{Timestamp, tz::Offset};
use rand::CryptoRng;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, SigningKey};

mod records;
mod settings;
mod tally;

pub use records::{ASK, Deed};
pub use settings::{Engine, Machines, Settings};
use tally::Tally;

/// The room.
#[derive(Debug, Clone)]
pub struct Room {
    root: PathBuf,
    clock: fn() -> Timestamp,
    dice: fn() -> Dice,
    /// From where is done what is recorded.
    from: IpAddr,
    workers: Workers,
    /// What the log says, as far as it was read.
    tally: Arc<Mutex<Tally>>,
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
    /// [`SandboxError::NoSuchRoom`], [`SandboxError::Files`].
    pub fn open(root: &Path, clock: fn() -> Timestamp) -> Result<Self, SandboxError> {
        let key = root.join("key");
        fs::metadata(&key).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => SandboxError::NoSuchRoom { path: root.display().to_string() },
            _ => SandboxError::files(&key)(error),
        })?;
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let settings = Settings::read(root)?;
        let workers = Workers::new(root, settings.walls).on(settings.cluster()?);
        Ok(Self {
            root: root.to_owned(),
            clock,
            dice: || Box::new(System::default()),
            from,
            workers,
            tally: Arc::default(),
        })
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
    /// [`SandboxError::NotRegistered`], [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn dataset(&self, name: &str) -> Result<Dataset, SandboxError> {
        let path = self.described("datasets", name)?;
        match path.exists() {
            true => Dataset::read(&path),
            false => Err(SandboxError::NotRegistered { dataset: name.to_owned() }),
        }
    }

    /// The policy of this name, which is in force, and its data set.
    ///
    /// # Errors
    /// [`SandboxError::NoPolicy`], [`SandboxError::NotRegistered`], [`SandboxError::Files`],
    /// [`SandboxError::Description`]; why it is not in force ([`crate::approval`]).
    pub fn policy(&self, name: &str) -> Result<(Policy, Dataset), SandboxError> {
        let paper = self.paper(name)?;
        approval::in_force(self, &paper)?;
        let dataset = self.dataset(&paper.policy.policy.dataset)?;
        Ok((self.strictest(paper.policy, &dataset)?, dataset))
    }

    /// The policies that are in force, whatever their last day is, with their data sets.
    ///
    /// # Errors
    /// As [`Self::policy`], but for what is not in force.
    pub fn in_force_now(&self) -> Result<Vec<(Policy, Dataset)>, SandboxError> {
        let known = self.policies()?;
        let read = known.iter().map(|name| self.policy(name));
        read.filter(|read| !read.as_ref().is_err_and(SandboxError::is_not_in_force)).collect()
    }

    /// A policy as it lies in the room, in force or not, and its data set: for what it has spent.
    pub(crate) fn policy_or_what_was(&self, name: &str) -> Result<(Policy, Dataset), SandboxError> {
        let Paper { policy, .. } = self.paper(name)?;
        let dataset = self.dataset(&policy.policy.dataset)?;
        Ok((policy, dataset))
    }

    /// A policy as it holds over its data set: in the strictest of the modes, against which all that it says is held then.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn strictest(&self, mut policy: Policy, dataset: &Dataset) -> Result<Policy, SandboxError> {
        policy.policy.mode = self.mode(&policy, dataset)?;
        policy.check(dataset)?;
        Ok(policy)
    }

    /// The policy of this name as it lies in the room, with its signatures: nobody has looked at them yet.
    ///
    /// # Errors
    /// [`SandboxError::NoPolicy`], [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn paper(&self, name: &str) -> Result<Paper, SandboxError> {
        let path = self.described("policies", name)?;
        if !path.exists() {
            return Err(SandboxError::NoPolicy { policy: name.to_owned() });
        }
        let paper = approval::read(&path)?;
        match paper.policy.policy.name == name {
            true => Ok(paper),
            false => Err(wrong("policy.name", "it is that of the file")),
        }
    }

    /// The digest of the description of a data set as it is registered.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn description(&self, name: &str) -> Result<Digest, SandboxError> {
        let path = self.described("datasets", name)?;
        fs::read(&path).map(|bytes| Digest::sha256(&bytes)).map_err(SandboxError::files(&path))
    }

    /// Those who approve.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn approvers(&self) -> Result<Approvers, SandboxError> {
        let settings = Settings::read(&self.root)?;
        Ok(Approvers::of(&settings.approvers, &self.recorded_approvers()?, &self.public_key()?))
    }

    /// The names of the policies that were put in force, some of which may have ended.
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

    /// Keeps the description of a data set that was registered.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn describe(&self, dataset: &Dataset) -> Result<(), SandboxError> {
        let text = toml::to_string(dataset).map_err(|error| wrong("dataset", &error.to_string()))?;
        self.keep("datasets", &dataset.dataset.name, &text)
    }

    /// Keeps a description or a policy: the file as it is, once it was looked at.
    pub(crate) fn keep(&self, folder: &str, name: &str, text: &str) -> Result<(), SandboxError> {
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
