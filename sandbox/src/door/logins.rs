//! How often somebody may fail to log in, by address and in all; successes cost nothing.
//!
//! Guessing a secret of 256 bits is hopeless at any pace: what is limited is what failures cost, a durable record each. Over the
//! limit nothing is looked at and nothing is recorded but the beginning of it, once a minute.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Failures of one address that are taken at once; one more every [`PAUSE`].
const OF_ONE: i64 = 10;

/// Failures of all addresses that are taken at once.
const OF_ALL: i64 = 200;

/// Seconds after which one more failure of an address is taken; of all together twenty times as many.
const PAUSE: i64 = 6;

/// Addresses that are remembered at most.
const ADDRESSES: usize = 4096;

/// A bucket that fills up with time.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// When it would be full, in milliseconds since 1970.
    full: i64,
}

impl Bucket {
    fn left(self, most: i64, pause: i64, now: i64) -> i64 {
        most - ((self.full - now).max(0) + pause - 1) / pause
    }

    fn take(&mut self, pause: i64, now: i64) {
        self.full = self.full.max(now) + pause;
    }
}

/// What was failed lately.
#[derive(Debug)]
pub(super) struct Logins {
    addresses: BTreeMap<IpAddr, Bucket>,
    all: Bucket,
    told: Option<Timestamp>,
}

impl Logins {
    pub(super) fn new() -> Self {
        Self { addresses: BTreeMap::new(), all: Bucket { full: 0 }, told: None }
    }

    /// Whether a login from this address is looked at now.
    pub(super) fn may_try(&self, from: IpAddr, now: Timestamp) -> bool {
        let now = now.as_millisecond();
        let own =
            self.addresses.get(&network(from)).is_none_or(|own| own.left(OF_ONE, PAUSE * 1000, now) > 0);
        own && self.all.left(OF_ALL, PAUSE * 50, now) > 0
    }

    /// A login failed.
    pub(super) fn failed(&mut self, from: IpAddr, now: Timestamp) {
        let now = now.as_millisecond();
        if self.addresses.len() >= ADDRESSES {
            self.addresses.retain(|_, bucket| bucket.full > now);
        }
        self.all.take(PAUSE * 50, now);
        // With so many addresses at once the limit of all together holds.
        if self.addresses.len() < ADDRESSES || self.addresses.contains_key(&network(from)) {
            self.addresses.entry(network(from)).or_insert(Bucket { full: 0 }).take(PAUSE * 1000, now);
        }
    }

    /// Whether it is to be recorded, once a minute, that logins are not looked at.
    pub(super) fn begins(&mut self, now: Timestamp) -> bool {
        let due = self.told.is_none_or(|told| now.duration_since(told) >= SignedDuration::from_mins(1));
        if due {
            self.told = Some(now);
        }
        due
    }
}

/// Who has one IPv6 address has 2⁶⁴ of them.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        four => four,
    }
}

#[cfg(test)]
mod tests;
