//! Refused connections as records: each by itself while there are few, their number when there are many.
//!
//! A record costs a signature, a sync to disk and a place in the log for ever. Whoever can reach the port
//! can be refused as often as they like: what they make us write must be bounded, and may not crowd out
//! the refusals of somebody else. So every party has a budget of its own, strangers one together.

use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// In so long at most [`SINGLY`] refusals of one party are recorded singly, and the rest as one record.
const PERIOD: SignedDuration = SignedDuration::from_mins(1);
const SINGLY: u64 = 20;
/// So many different addresses are told apart in one period.
const ADDRESSES: usize = 1000;

/// One refused connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// From where.
    pub(super) ip: IpAddr,
    /// Who, by certificate; `?` for a stranger.
    pub(super) who: String,
    /// The code of the refusal.
    pub(super) code: u16,
}

/// The refusals of one party in one period that were not recorded singly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rest {
    /// Who; `?` for strangers.
    pub(super) who: String,
    /// From where the last one came.
    pub(super) ip: Option<IpAddr>,
    /// How many, by code.
    pub(super) codes: BTreeMap<u16, u64>,
    /// From how many addresses, counted up to [`ADDRESSES`].
    pub(super) addresses: usize,
}

#[derive(Default)]
struct Spent {
    singly: u64,
    rest: Rest,
    addresses: BTreeSet<IpAddr>,
}

/// Counts refusals.
#[derive(Default)]
pub(super) struct Refusals {
    began: Option<Timestamp>,
    parties: BTreeMap<String, Spent>,
}

impl Refusals {
    /// Whether this refusal gets a record of its own; otherwise it is counted.
    pub(super) fn singly(&mut self, refusal: &Refusal, now: Timestamp) -> bool {
        self.began.get_or_insert(now);
        let spent = self.parties.entry(refusal.who.clone()).or_default();
        if spent.singly < SINGLY {
            spent.singly += 1;
            return true;
        }
        *spent.rest.codes.entry(refusal.code).or_default() += 1;
        spent.rest.ip = Some(refusal.ip);
        if spent.addresses.len() < ADDRESSES {
            spent.addresses.insert(refusal.ip);
        }
        false
    }

    /// What was counted, once the period is over or `now` is none; a new period begins.
    pub(super) fn rest(&mut self, now: Option<Timestamp>) -> Vec<Rest> {
        let over = |began: Timestamp| now.is_none_or(|now| now.duration_since(began).abs() >= PERIOD);
        if !self.began.is_some_and(over) {
            return Vec::new();
        }
        self.began = None;
        let counted = std::mem::take(&mut self.parties).into_iter().filter(|(_, s)| !s.rest.codes.is_empty());
        counted.map(|(who, spent)| Rest { who, addresses: spent.addresses.len(), ..spent.rest }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).expect("a time")
    }

    fn refusal(who: &str, ip: u8, code: u16) -> Refusal {
        Refusal { ip: IpAddr::from([192, 0, 2, ip]), who: who.to_owned(), code }
    }

    #[test]
    fn a_flood_is_one_record_and_hides_nobody() {
        let mut refusals = Refusals::default();
        let singly = (0..5000u16)
            .filter(|n| refusals.singly(&refusal("?", (n % 7) as u8, 3000 + n % 2), at(i64::from(n / 200))));
        assert_eq!(singly.count(), 20);
        assert!(refusals.singly(&refusal("county", 9, 3018), at(30)), "a party has a budget of its own");
        assert!(refusals.rest(Some(at(59))).is_empty(), "the period is not over");
        let rest = refusals.rest(Some(at(60)));
        let [rest] = rest.as_slice() else { panic!("{rest:?}") };
        assert_eq!((rest.who.as_str(), rest.addresses), ("?", 7));
        assert_eq!(rest.codes, BTreeMap::from([(3000, 2490), (3001, 2490)]));
        assert!(refusals.rest(Some(at(500))).is_empty(), "said once");
        assert!(refusals.singly(&refusal("?", 1, 3000), at(61)), "a new period");
    }

    #[test]
    fn nothing_is_lost_at_the_end_or_when_the_clock_is_set_back() {
        let mut refusals = Refusals::default();
        let flood = |refusals: &mut Refusals| {
            let singly = (0..21).filter(|_| refusals.singly(&refusal("?", 1, 1), at(0))).count();
            assert_eq!(singly, 20);
        };
        flood(&mut refusals);
        assert_eq!(refusals.rest(None).len(), 1);
        flood(&mut refusals);
        assert_eq!(refusals.rest(Some(at(-3600))).len(), 1);
    }
}
