//! Stopped at any frame, on either side, and gone on with: each report counts once.

use super::*;
use yinshu_net::NetError;
use yinshu_net::testkit::{Action, Direction, Tamper};

/// A channel that is gone from some frame on.
struct Until<C> {
    inner: C,
    left: u32,
}

impl<C: Channel> Until<C> {
    fn gone(&mut self) -> Result<(), NetError> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let _ = self.inner.close();
                Err(NetError::Closed { peer: self.inner.peer().clone() })
            }
        }
    }
}

impl<C: Channel> Channel for Until<C> {
    fn peer(&self) -> &PartyId {
        self.inner.peer()
    }
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        self.gone()?;
        self.inner.send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        self.gone()?;
        self.inner.recv(max)
    }
    fn phase(&mut self, name: &'static str) {
        self.inner.phase(name);
    }
    fn meter(&self) -> Meter {
        self.inner.meter()
    }
    fn close(&mut self) -> Result<(), NetError> {
        self.inner.close()
    }
}

/// Reports of several parts: a part has 1024 at most.
const COUNT: u64 = 2100;

#[test]
fn whoever_stops_wherever_each_report_counts_once() {
    let measurements = numbers(COUNT);
    let right = plain::aggregate(SUM, &measurements).0;
    let mut made = World::new(SUM, 3, 30);
    let reports = made.reports(&measurements);
    let [mut through, mut to_collect, mut told] = [0; 3];
    // Each side sends and receives 18 frames.
    for stop in 0..2 * 20 {
        // The same keys for every world: the reports are made once.
        let mut world = World::new(SUM, 3, 30);
        let lead = |mut leader: Aggregator<'_, Until<Memory>>| {
            leader.judge(reports.iter().cloned().map(Ok), &mut |_| {})?;
            let collected = leader.collect(&mut |_, _| Ok(()))?;
            leader.end().map(|_| collected)
        };
        let (at_leader, frames) = (stop % 2 == 0, stop / 2);
        let wrap = |a, b| {
            let left = |cut| if cut { frames } else { u32::MAX };
            (Until { inner: a, left: left(at_leader) }, Until { inner: b, left: left(!at_leader) })
        };
        let (first, _) = world.run_with(wrap, lead);
        if let Ok(collected) = first {
            assert_eq!(collected.figures, right, "not stopped by {stop}");
            assert!(frames >= 17, "there are frames after {stop}");
            through += 1;
            continue;
        }
        // What is there goes on, with reports that were read before, or collects again, or was told.
        let last = world.ledger(Role::Leader).last_collected();
        match world.judge(&reports) {
            Ok(judged) if last.is_some() => assert_eq!(judged.passed, COUNT, "stopped by {stop}"),
            Ok(judged) => assert_eq!(judged.tally.of(Outcome::Accepted), COUNT, "stopped by {stop}"),
            Err(ReportsError::CollectFirst) => to_collect += 1,
            Err(error) => panic!("stopped by {stop}: {error}"),
        }
        told += u32::from(last.is_some());
        let collected = last.map_or_else(|| world.collect(), Ok);
        let collected = collected.unwrap_or_else(|error| panic!("stopped by {stop}: {error}"));
        assert_eq!((collected.figures, collected.batch), (right.clone(), 1), "stopped by {stop}");
    }
    assert!(through > 0 && to_collect > 0 && told > 0, "{through} {to_collect} {told}");
}

#[test]
fn a_process_that_dies_between_two_writes_loses_nothing() {
    let measurements = numbers(COUNT);
    let right = plain::aggregate(SUM, &measurements).0;
    let mut world = World::new(SUM, 3, 31);
    let reports = world.reports(&measurements);
    // The helper's second answer is lost: the leader has settled part 1, asked about part 2.
    let (led, _) = world.run_with(
        |a, b| {
            let short = std::time::Duration::from_millis(500);
            (Tamper::new(a.with_patience(short)).rule(Direction::Received, 4, Action::Drop), b)
        },
        |mut leader| leader.judge(reports.iter().cloned().map(Ok), &mut |_| {}),
    );
    assert!(led.is_err());
    // The folders as they were are what a kill leaves, but for what is torn: a judged file with more than counts, a state
    // that was being written.
    for role in ["Leader", "Helper"] {
        let folder = world.folder.path().join(role);
        let mut judged = std::fs::read(folder.join("judged")).expect("read");
        judged.extend_from_slice(b"torn");
        std::fs::write(folder.join("judged"), judged).expect("written");
        std::fs::write(folder.join("state.new"), b"half").expect("written");
    }
    let judged = world.judge(&reports).expect("it goes on");
    assert_eq!(judged.tally.of(Outcome::Accepted), COUNT);
    assert_eq!(world.collect().expect("enough").figures, right);
}
