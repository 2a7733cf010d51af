//! Which way is quickest between sets of these sizes over this network, and what it costs.
//!
//! An estimate is computing + bytes / bandwidth + rounds × round trip, those of the session around the protocol
//! among them ([`Session::ROUND_TRIPS`]). Bytes and rounds are the protocols' own exact figures; computing is a straight line through two small runs on this machine ([`Speed::measure`]) or
//! on the reference machine ([`Speed::REFERENCE`]), both parties on it.

use super::learned::opens;
use super::sums::columns;
use super::way::Way;
use crate::contract::{PsiResult, PsiTerms};
use crate::node::randomness;
use crate::run::session::Session;
use serde::Serialize;
use std::time::Instant;
use yinshu_net::{PartyId, memory};
use yinshu_psi::cost::Cost;
use yinshu_psi::item::Domain;
use yinshu_psi::terms::MAX_ENTRIES;
use yinshu_psi::{Entry, Learns, Terms, size, sum};

/// A network between two parties.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Link {
    /// Bits a second, each way.
    pub bits_per_second: f64,
    /// Seconds there and back.
    pub round_trip: f64,
}

impl Link {
    /// What is taken for a network of which nothing is known: 1 Gbit/s and 1 ms.
    pub const USUAL: Self = Self { bits_per_second: 1e9, round_trip: 0.001 };

    /// Seconds that a session needs for nothing but its messages: `bytes` of the protocol, its `rounds` (changes of
    /// direction), and the meeting before and after it.
    pub fn travel(&self, bytes: u64, rounds: u64) -> f64 {
        let round_trips = rounds as f64 / 2.0 + Session::ROUND_TRIPS;
        bytes as f64 * 8.0 / self.bits_per_second + round_trips * self.round_trip
    }
}

/// Computing of both parties together: `fixed` seconds and `each` for an item of either.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Line {
    fixed: f64,
    each: f64,
}

/// How quick a machine is, way by way, in the order of [`Way::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Speed([Line; 4]);

/// Sizes of the two runs that are measured, for the slow way and for the quick ones.
const SLOW: [u64; 2] = [64, 512];
const QUICK: [u64; 2] = [1 << 8, 1 << 15];

impl Speed {
    /// A machine of two cores with AVX-512 (Xeon, 2.6 GHz).
    pub const REFERENCE: Self = Self([
        Line { fixed: 0.002, each: 4.1e-6 },
        Line { fixed: 0.012, each: 0.22e-6 },
        Line { fixed: 0.012, each: 0.25e-6 },
        Line { fixed: 0.015, each: 0.30e-6 },
    ]);

    /// This machine, in a fraction of a second.
    pub fn measure() -> Self {
        Self(Way::ALL.map(|way| {
            let sizes = if way == Way::Ecdh { SLOW } else { QUICK };
            let [small, large] = sizes.map(|size| seconds(way, size));
            let each = (large - small).max(0.0) / (2 * (sizes[1] - sizes[0])) as f64;
            Line { fixed: (small - each * 2.0 * sizes[0] as f64).max(0.0), each }
        }))
    }

    fn of(&self, way: Way) -> Line {
        let at = Way::ALL.iter().position(|one| *one == way).unwrap_or(0);
        self.0[at]
    }
}

/// What a run of both sides in memory takes; the better of two.
fn seconds(way: Way, size: u64) -> f64 {
    let domain = Domain::new("yinshu/plan");
    let entries =
        |from: u64| (from..from + size).map(|n| Entry::from(domain.item(&[&n.to_le_bytes()]))).collect();
    let (own, theirs): (Vec<Entry>, Vec<Entry>) = (entries(0), entries(size / 2));
    let terms = Terms::single(Learns::Receiver, MAX_ENTRIES);
    let once = || {
        let party = |name: &str| PartyId::new(name).expect("a name of letters");
        let (mut a, mut b) = memory::pair(party("a"), party("b"));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let (terms, theirs) = (&terms, &theirs);
            // Both sides are honest and in memory: where one fails the other does, and the time says nothing.
            scope.spawn(move || {
                way.send(&mut b, theirs, terms, &mut randomness(), &mut |_, _| Ok(())).is_ok()
            });
            let _ = way.receive(&mut a, &own, terms, &mut randomness(), &mut |_| {});
        });
        begun.elapsed().as_secs_f64()
    };
    once().min(once())
}

/// What one way would cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The way.
    pub way: Way,
    /// Whether the contract allows it.
    pub allowed: bool,
    /// From dialling to the result.
    pub seconds: f64,
    /// The part of it that is computing.
    pub computing: f64,
    /// Both directions together.
    pub bytes: u64,
    /// Changes of direction.
    pub rounds: u64,
    /// Peak memory of the larger party, roughly.
    pub memory: u64,
}

/// Estimates of every way, in the order of [`Way::ALL`].
pub fn estimates(psi: Option<&PsiTerms>, own: u64, peer: u64, link: Link, speed: &Speed) -> [Estimate; 4] {
    Way::ALL.map(|way| {
        let Figures { cost, work, memory } = figures(way, psi, own, peer);
        let (bytes, rounds) = (cost.bytes_to_sender + cost.bytes_to_receiver, cost.rounds);
        let line = speed.of(way);
        let computing = line.fixed + line.each * work as f64;
        let travel = link.travel(bytes, rounds);
        Estimate {
            way,
            allowed: psi.is_none_or(|psi| way.allowed(psi)),
            seconds: computing + travel,
            computing,
            bytes,
            rounds,
            memory,
        }
    })
}

/// Estimates of asking a stored encoding, in a copy (with its first fetch; updates are as long as what changed) and
/// in buckets: allowed under a contract that says so, and never without one.
pub fn stored(psi: Option<&PsiTerms>, own: u64, peer: u64, link: Link, speed: &Speed) -> [Estimate; 2] {
    [Way::Copy, Way::Buckets].map(|way| {
        let cost = way.cost(own, peer);
        let travel = link.travel(cost.bytes(), cost.rounds);
        // Each item is raised once by the holder and twice by the asker, as in ecdh, and proven. The rows of a copy
        // are packed, unpacked and written.
        let line = speed.of(Way::Ecdh);
        let rows = if way == Way::Copy { peer } else { 0 };
        let computing = line.fixed + line.each * 2.0 * own as f64 + EACH_ROW * rows as f64;
        Estimate {
            way,
            allowed: psi.is_some_and(|psi| way.allowed(psi)),
            seconds: computing + travel,
            computing,
            bytes: cost.bytes(),
            rounds: cost.rounds,
            memory: way.memory(own, peer),
        }
    })
}

/// Seconds for a row of a copy, on both sides.
const EACH_ROW: f64 = 0.3e-6;

/// What one way costs for the contract's result.
#[derive(Clone, Copy)]
struct Figures {
    cost: Cost,
    /// In items of either side.
    work: u64,
    memory: u64,
}

/// A slot of a row of sums, encrypted, re-randomised, decoded and encoded on both sides, is about the work of so many
/// items: 16 µs on the reference machine.
const SLOT: u64 = 4;

/// Sizes and sums go by protocols of their own, which are no [`Way`]: they stand where Diffie–Hellman stands.
fn figures(way: Way, psi: Option<&PsiTerms>, own: u64, peer: u64) -> Figures {
    let plain = Figures { cost: way.cost(own, peer), work: own + peer, memory: way.memory(own, peer) };
    let Some(psi) = psi.filter(|_| way == Way::Ecdh) else { return plain };
    match psi.result {
        PsiResult::Keys | PsiResult::Regions | PsiResult::Counts => plain,
        PsiResult::Size => {
            let dummies = 4 * psi.noise.and_then(|noise| noise.bound()).unwrap_or(0);
            let cost = size::cost(opens(psi), own, peer, 1);
            cost.map_or(plain, |cost| Figures { cost, work: own + peer + dummies, ..plain })
        }
        PsiResult::Sums => columns(psi).map_or(plain, |columns| {
            let slots = columns.slots();
            let row = sum::msg::row_bytes(slots) as u64;
            Figures {
                cost: sum::cost(&columns, own, peer, 1),
                work: own + peer * (1 + SLOT * (1 + slots as u64)),
                memory: plain.memory + peer * row,
            }
        }),
    }
}

/// The quickest that is allowed; the quickest of all where none is, which is for the contract to refuse.
pub fn choose(estimates: &[Estimate]) -> Way {
    let by_time = |a: &&Estimate, b: &&Estimate| a.seconds.total_cmp(&b.seconds);
    let allowed = estimates.iter().filter(|one| one.allowed).min_by(by_time);
    // A malicious run is chosen where the contract asks for it, or a person.
    allowed.or_else(|| estimates.iter().min_by(by_time)).map_or(Way::Ecdh, |one| one.way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(own: u64, peer: u64, link: Link) -> Way {
        choose(&estimates(None, own, peer, link, &Speed::REFERENCE))
    }

    #[test]
    fn few_items_over_a_slow_network_go_by_few_rounds() {
        let slow = Link { bits_per_second: 1e7, round_trip: 0.08 };
        assert_eq!(chosen(256, 256, slow), Way::Ecdh);
        assert_eq!(chosen(1 << 20, 1 << 20, slow), Way::Rr22Compact);
    }

    #[test]
    fn many_items_do_not_go_by_the_slow_way() {
        assert_ne!(chosen(1 << 20, 1 << 20, Link::USUAL), Way::Ecdh);
    }

    /// Sizes and sums are planned by their own formulas, not by those of keys.
    #[test]
    fn figures_are_those_of_the_result() {
        let plain = "column = \"id\"\nkind = \"text\"\nlearn = \"recipient\"\n\
                     max_recipient_keys = 9\nmax_provider_keys = 9\nmax_runs = 1\n";
        let of = |lines: &str| {
            let psi: PsiTerms = toml::from_str(&format!("{plain}{lines}")).expect("terms");
            let all = estimates(Some(&psi), 1_000, 5_000, Link::USUAL, &Speed::REFERENCE);
            (choose(&all), all[0], psi)
        };
        let total = |cost: Cost| cost.bytes_to_sender + cost.bytes_to_receiver;
        let (way, size, psi) = of("result = \"size\"");
        let stated = size::cost(opens(&psi), 1_000, 5_000, 1).unwrap();
        assert_eq!((way, size.bytes, size.rounds), (Way::Ecdh, total(stated), 2));
        let noise = "noise = { numerator = 1, denominator = 10, delta_bits = 40 }";
        let (_, noisy, psi) = of(&format!("result = \"size\"\n{noise}"));
        assert_eq!(noisy.bytes, total(size::cost(opens(&psi), 1_000, 5_000, 1).unwrap()));
        assert!(noisy.bytes > size.bytes && noisy.computing > size.computing, "dummies cost");
        let (_, sums, psi) = of("result = \"sums\"\nvalues = [{ name = \"a\", bits = 32 }]");
        let stated = sum::cost(&columns(&psi).unwrap(), 1_000, 5_000, 1);
        assert_eq!((sums.bytes, sums.rounds), (total(stated), 4));
        assert!(sums.computing > 2.0 * size.computing && sums.memory > size.memory);
    }

    #[test]
    fn a_run_is_measured() {
        let Speed(lines) = Speed::measure();
        assert!(lines.iter().all(|line| line.fixed + line.each > 0.0), "{lines:?}");
    }
}
