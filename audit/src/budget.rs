//! Privacy budgets: how much about single persons may come out of a data set, and how much has.
//!
//! **The log is the ledger.** A charge is a record of it ([`CHARGE`]), and what is spent is what its records add up to: there
//! is no second book that could differ. An [`Account`] is an owner's data set by its catalogue code, and never a user, a
//! project or a contract: whoever asks, and by whatever way (joint statistics, a sandbox, training), spends of the same.
//!
//! # What is counted
//!
//! *ρ of zero-concentrated differential privacy* (M. Bun, T. Steinke, TCC 2016), which adds up over adaptive releases. What is
//! ε-differentially private is charged ε²/2 (their proposition 1.4); the sum of ε stands beside it. *Statistical
//! distance* of what is released to what was proved private adds up too, and so does the *δ* of what is δ-approximately
//! ρ-zero-concentrated differentially private (their definition 8.1), as tables of chosen groups are. Both are parts of δ where
//! ρ is said as (ε, δ), see [`Price::epsilon_at`], and have a budget of their own, [`Total::delta`]. Two data sets are
//! neighbours by what each release says of itself: for joint statistics, where all rows of one person in one owner's table are
//! there or not.
//!
//! Amounts are decimal numbers with 18 digits after the point. Whatever is rounded is rounded up, so that nothing drifts.
//!
//! # When
//!
//! [`charge`] is done before a figure with noise leaves the computation: reading what is spent, comparing and appending
//! happen under the log's lock, and the record is on disk when it returns. A crash after that keeps the charge, though
//! perhaps nothing came out; runs at the same time cannot both have what is left.

mod amount;

pub use amount::Amount;

use crate::error::AuditError;
use crate::log::Log;
use crate::record::{Entry, Record, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::IpAddr;
use std::path::Path;

/// The `action` of a record that charges an account.
pub const CHARGE: &str = "budget.charge";

/// What all releases of an account may add to a δ together where nothing is said: 10⁻⁶.
pub const MOST_DELTA: Amount = Amount::MILLIONTH;

/// How a charge that stands ends; one that was refused costs nothing.
const OK: &str = "ok";

/// Whose budget it is, and of which data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The party that owns the data, whose log this is.
    pub owner: String,
    /// The catalogue code (目录编码).
    pub catalogue: String,
}

/// What a release costs, or several together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// ρ.
    pub rho: Amount,
    /// The sum of ε, an upper bound beside ρ; none where something of it has no ε without a δ.
    pub epsilon: Option<Amount>,
    /// Statistical distance to what was proved private, at most.
    pub distance: Amount,
    /// The probability of an event but for which it is as private as ρ says.
    #[serde(default)]
    pub delta: Amount,
}

/// What may be spent of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The most ρ.
    pub rho: Amount,
    /// The most that releases may add to a δ by their distances and their own δ together.
    pub delta: Amount,
}

impl From<Amount> for Total {
    fn from(rho: Amount) -> Self {
        Self { rho, delta: MOST_DELTA }
    }
}

/// A budget: what there is of it, and what was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// The most ρ that all releases may cost.
    pub total: Amount,
    /// The most that they may add to a δ.
    pub delta: Amount,
    /// What they cost so far.
    pub spent: Price,
    /// How many they were.
    pub charges: u64,
}

/// What is charged, and what for.
#[derive(Clone, Debug)]
pub struct Charge<'a> {
    /// To whom.
    pub account: &'a Account,
    /// How much.
    pub price: Price,
    /// What for: a run, a contract, the mechanism.
    pub what: Value,
    /// Who asked.
    pub user: String,
    /// From where.
    pub ip: IpAddr,
}

/// A part of an account's budget that some alone may spend, such as those of a policy: they may spend no more of it, and what
/// is left of the account is theirs no sooner than anybody's.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// Whose it is.
    pub name: &'a str,
    /// The most ρ that they may spend.
    pub most: Amount,
}

/// The content of a record that charges.
#[derive(Serialize, Deserialize)]
struct Content {
    account: Account,
    price: Price,
    #[serde(default)]
    share: Option<String>,
}

impl Price {
    /// Of nothing.
    pub const NONE: Self =
        Self { rho: Amount::ZERO, epsilon: Some(Amount::ZERO), distance: Amount::ZERO, delta: Amount::ZERO };

    /// Of what is ρ-zero-concentrated differentially private, as discrete Gaussian noise is: it has no ε without a δ.
    #[must_use]
    pub fn of_rho(rho: Amount) -> Self {
        Self { rho, epsilon: None, ..Self::NONE }
    }

    /// Of parts that are ε-differentially private each, one after the other, and together within a distance of that.
    ///
    /// # Errors
    /// [`AuditError::AmountTooLarge`].
    pub fn of(epsilons: &[Amount], distance: Amount) -> Result<Self, AuditError> {
        let none = Self { distance, ..Self::NONE };
        epsilons.iter().try_fold(none, |sum, &epsilon| {
            sum.plus(&Self { rho: epsilon.half_of_square()?, epsilon: Some(epsilon), ..Self::NONE })
        })
    }

    /// Both together.
    ///
    /// # Errors
    /// [`AuditError::AmountTooLarge`].
    pub fn plus(&self, other: &Self) -> Result<Self, AuditError> {
        Ok(Self {
            rho: self.rho.plus(other.rho)?,
            epsilon: self.epsilon.zip(other.epsilon).map(|(a, b)| a.plus(b)).transpose()?,
            distance: self.distance.plus(other.distance)?,
            delta: self.delta.plus(other.delta)?,
        })
    }

    /// What it adds to a δ, but for the factor that a distance has there.
    fn beside(&self) -> Result<Amount, AuditError> {
        self.distance.plus(self.delta)
    }

    /// The ε for which all this is (ε, δ)-differentially private, for people; none where the distance alone is more than δ.
    ///
    /// By C. Canonne, G. Kamath, T. Steinke, NeurIPS 2020, section 2.3: αρ + ln(1/(αδ'))/(α - 1) + ln(1 - 1/α), for
    /// the best of many α > 1 (each is an upper bound; M. Bun and T. Steinke's ρ + 2√(ρ ln(1/δ')) is never less). A release
    /// within the distance η of that adds (1 + e^ε) η to δ', and one that is so but for an event adds the event's probability
    /// (M. Bun and T. Steinke, section 8). The sum of pure ε is taken where it is less.
    pub fn epsilon_at(&self, delta: f64) -> Option<f64> {
        let (rho, distance) = (self.rho.to_f64(), self.distance.to_f64());
        let beside = |epsilon: f64| self.delta.to_f64() + (1.0 + epsilon.exp()) * distance;
        let mut best = self.epsilon.map(Amount::to_f64).filter(|&pure| beside(pure) <= delta);
        // What is left for δ' at a guess of ε: a guess holds where what follows from it is not above it.
        let mut guess = of_rho(rho, delta);
        for _ in 0..64 {
            let left = delta - beside(guess);
            if left <= 0.0 {
                return best;
            }
            let found = of_rho(rho, left);
            if found <= guess {
                best = Some(best.map_or(guess, |best| best.min(guess)));
                break;
            }
            guess = found * (1.0 + 1e-12);
        }
        best
    }
}

/// (ε, δ) from ρ: the least over many orders.
fn of_rho(rho: f64, delta: f64) -> f64 {
    if rho <= 0.0 {
        return 0.0;
    }
    let at = |alpha: f64| alpha * rho - (alpha * delta).ln() / (alpha - 1.0) + (-1.0 / alpha).ln_1p();
    let orders = (-4000..12_000).map(|step| 1.0 + (f64::from(step) / 400.0).exp());
    orders.map(at).fold(f64::INFINITY, f64::min).max(0.0)
}

impl Budget {
    /// The ρ that is left.
    pub fn left(&self) -> Amount {
        self.total.minus(self.spent.rho)
    }

    fn add(&mut self, price: &Price) -> Result<(), AuditError> {
        self.spent = self.spent.plus(price)?;
        self.charges += 1;
        Ok(())
    }

    /// Whether so much is left.
    ///
    /// # Errors
    /// [`AuditError::BudgetSpent`]; [`AuditError::AmountTooLarge`].
    pub fn allows(&self, account: &Account, price: &Price) -> Result<(), AuditError> {
        self.suffices(&account.catalogue, price)
    }

    /// Whether so much is left of what goes by this name.
    fn suffices(&self, name: &str, price: &Price) -> Result<(), AuditError> {
        let after = self.spent.plus(price)?;
        // What adds nothing to a δ is not held up by what others have spent of it.
        if price.beside()? > Amount::ZERO && after.beside()? > self.delta {
            return Err(AuditError::DeltaSpent {
                catalogue: name.to_owned(),
                asked: price.beside()?.to_string(),
                left: self.delta.minus(self.spent.beside()?).to_string(),
                total: self.delta.to_string(),
            });
        }
        if after.rho <= self.total {
            return Ok(());
        }
        Err(AuditError::BudgetSpent {
            catalogue: name.to_owned(),
            asked: price.rho.to_string(),
            left: self.left().to_string(),
            total: self.total.to_string(),
        })
    }
}

/// The budget of an account by the log at `path`, of which no lock is needed: one that was not begun has spent nothing.
///
/// # Errors
/// [`AuditError::BadLine`], [`AuditError::BadCharge`]: what cannot be read cannot be counted; [`AuditError::Io`].
pub fn budget(path: &Path, account: &Account, total: impl Into<Total>) -> Result<Budget, AuditError> {
    Ok(counted(path, account, total.into(), None)?.0)
}

/// As [`budget`], of what was charged to a share of the account.
///
/// # Errors
/// As [`budget`].
pub fn budget_of(path: &Path, account: &Account, share: &Share<'_>) -> Result<Budget, AuditError> {
    Ok(counted(path, account, Amount::ZERO.into(), Some(share))?.1)
}

/// The budget of an account, and of a share of it: of nothing where there is none.
fn counted(
    path: &Path,
    account: &Account,
    total: Total,
    share: Option<&Share<'_>>,
) -> Result<(Budget, Budget), AuditError> {
    let mut budget = Budget { total: total.rho, delta: total.delta, spent: Price::NONE, charges: 0 };
    let mut of_share = Budget { total: share.map_or(Amount::ZERO, |share| share.most), ..budget };
    let fail = |e: std::io::Error| AuditError::io("read", path, &e);
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((budget, of_share)),
        Err(e) => return Err(fail(e)),
    };
    let (mut input, mut line) = (BufReader::with_capacity(64 << 10, file), Vec::new());
    for number in 1u64.. {
        line.clear();
        input.read_until(b'\n', &mut line).map_err(fail)?;
        // A line without an end belongs to an append that has not returned.
        let Some(text) = line.strip_suffix(b"\n") else { break };
        let record = Record::from_line(text)?;
        if record.action != CHARGE || record.result != OK {
            continue;
        }
        let content: Content = serde_json::from_str(&record.content)
            .map_err(|e| AuditError::BadCharge { record: number, detail: e.to_string() })?;
        if content.account != *account {
            continue;
        }
        budget.add(&content.price)?;
        if share.is_some_and(|share| content.share.as_deref() == Some(share.name)) {
            of_share.add(&content.price)?;
        }
    }
    Ok((budget, of_share))
}

/// Charges an account, if its budget suffices: recorded, and on disk, when this returns. A refusal is recorded too. What is
/// left afterwards comes back.
///
/// # Errors
/// [`AuditError::BudgetSpent`]; as [`budget`] and [`Log::append`].
pub fn charge(
    log: &mut Log,
    charge: &Charge<'_>,
    total: impl Into<Total>,
    now: Timestamp,
) -> Result<Budget, AuditError> {
    charge_share(log, charge, total, None, now)
}

/// As [`charge`], of a share of the account: both must suffice.
///
/// # Errors
/// As [`charge`]; what is too little is named, by the catalogue code or by the name of the share.
pub fn charge_share(
    log: &mut Log,
    charge: &Charge<'_>,
    total: impl Into<Total>,
    share: Option<&Share<'_>>,
    now: Timestamp,
) -> Result<Budget, AuditError> {
    let total = total.into();
    let (before, of_share) = counted(log.path(), charge.account, total, share)?;
    let within = |share: &Share<'_>| of_share.suffices(share.name, &charge.price);
    let verdict = before.allows(charge.account, &charge.price).and_then(|()| share.map_or(Ok(()), within));
    let result = match &verdict {
        Ok(()) => OK.to_owned(),
        Err(refusal) => format!("refused {}", refusal.code()),
    };
    let mut content =
        json!({ "account": charge.account, "price": charge.price, "total": total.rho, "for": charge.what });
    if let Some(share) = share {
        content["share"] = json!(share.name);
    }
    let entry = Entry {
        user: charge.user.clone(),
        ip: charge.ip,
        object: charge.account.catalogue.clone(),
        content: content.to_string(),
        action: CHARGE.to_owned(),
        result,
        stage: Stage::Exchange,
    };
    log.append(&entry, now)?;
    verdict?;
    Ok(Budget { spent: before.spent.plus(&charge.price)?, charges: before.charges + 1, ..before })
}

#[cfg(test)]
mod tests;
