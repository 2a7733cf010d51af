//! Bytes and rounds, as the table says.

use super::super::msg::{self, Layout};
use super::*;
use crate::Cost;
use crate::shape::LARGEST;

fn bytes(n: usize, layout: &Layout, security: Security) -> [u64; 2] {
    let mut bytes = [8193, 9217];
    for _ in msg::parts::<F128>(n) {
        let shape = layout.shape;
        let words = (shape.trees * shape.depth()).div_ceil(64) + (shape.trees * layout.bits).div_ceil(64) + 4;
        bytes[1] += 1 + 256 * words;
        bytes[0] += 1 + 16 * shape.trees * (shape.depth() + 2);
        if security == Security::Malicious {
            bytes[1] += 2096 + 97 + 49;
            bytes[0] += 16 + 17;
        }
    }
    bytes.map(|bytes| bytes as u64)
}

#[test]
fn as_the_table_says() {
    for (security, rounds) in [(Security::SemiHonest, 3), (Security::Malicious, 6)] {
        let meter = correct::<F64>(9000, security).total;
        let expected = bytes(9000, &Layout::new::<F64, F128>(9000), security);
        assert_eq!([meter.bytes_sent, meter.bytes_received], expected);
        assert_eq!(meter.rounds, rounds);
        let [from_sender, from_receiver] = expected;
        assert_eq!(vole::cost::<F64>(9000, security), Cost { from_sender, from_receiver, rounds });
    }
    let meter = correct::<F2>(9000, Security::SemiHonest).total;
    let expected = bytes(9000, &Layout::new::<F2, F128>(9000), Security::SemiHonest);
    assert_eq!([meter.bytes_sent, meter.bytes_received], expected);
}

#[test]
fn little_at_full_size() {
    let total = |layout: Layout| bytes(1, &layout, Security::SemiHonest).iter().sum::<u64>();
    assert!(total(Layout::new::<F64, F128>(1 << 20)) < 285_000);
    assert!(total(Layout::new::<F64, F128>(1_300_000)) < 285_000);
    assert!(total(Layout::new::<F128, F128>(1_300_000)) < 410_000);
    assert!(total(Layout::new::<F2, F128>(LARGEST)) < 91_000);
}

#[test]
fn long_runs_come_in_equal_parts() {
    assert_eq!(msg::parts::<F128>(0), Vec::<usize>::new());
    assert_eq!(msg::parts::<F128>(LARGEST), [LARGEST]);
    assert_eq!(msg::parts::<F128>(LARGEST + 1), [LARGEST / 2 + 1, LARGEST / 2]);
    assert_eq!(msg::parts::<F128>(1 << 27).len(), 64);
    correct::<F2>(LARGEST + 3, Security::SemiHonest);
}
