//! What went over a channel: bytes, frames and rounds, in total and per phase.

use serde::Serialize;

/// What went over a channel as one end saw it. Bytes are those of frames; envelopes, TLS and
/// re-sending after a lost connection come on top and are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Meter {
    /// Everything.
    pub total: Traffic,
    /// Per phase, in the order in which the phases first began. Frames before the first phase are in the
    /// total alone.
    pub phases: Vec<Phase>,
}

/// The traffic of one named phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// The name given to [`crate::Channel::phase`].
    pub name: &'static str,
    /// What went over the channel during it.
    pub traffic: Traffic,
}

/// Counts of one channel end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Bytes of all frames sent.
    pub bytes_sent: u64,
    /// Bytes of all frames received.
    pub bytes_received: u64,
    /// Frames sent.
    pub frames_sent: u64,
    /// Frames received.
    pub frames_received: u64,
    /// How often the direction changed, the first frame counting as one: a message is one round, a
    /// question and its answer are two, however many frames each of them has. A change counts in the
    /// phase in which the first frame of the new direction goes.
    pub rounds: u64,
}

impl Meter {
    /// With what went over another channel of the same run at the same time: bytes and frames are added, and rounds
    /// are those of the channel that has more, since they pass beside each other.
    #[must_use]
    pub fn beside(mut self, other: &Self) -> Self {
        self.total.beside(&other.total);
        for phase in &other.phases {
            match self.phases.iter_mut().find(|p| p.name == phase.name) {
                Some(own) => own.traffic.beside(&phase.traffic),
                None => self.phases.push(phase.clone()),
            }
        }
        self
    }

    /// The traffic of the phase of this name, if it has begun.
    pub fn phase(&self, name: &str) -> Option<&Traffic> {
        self.phases.iter().find(|p| p.name == name).map(|p| &p.traffic)
    }
}

impl Traffic {
    fn beside(&mut self, other: &Self) {
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
        self.frames_sent += other.frames_sent;
        self.frames_received += other.frames_received;
        self.rounds = self.rounds.max(other.rounds);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Out,
    In,
}

/// Counts for a [`crate::Channel`]; what a transport keeps.
#[derive(Default)]
pub struct Counter {
    meter: Meter,
    current: Option<usize>,
    last: Option<Direction>,
}

impl Counter {
    /// Counts a frame sent.
    pub fn sent(&mut self, len: usize) {
        self.count(Direction::Out, len as u64);
    }

    /// Counts a frame received.
    pub fn received(&mut self, len: usize) {
        self.count(Direction::In, len as u64);
    }

    /// Starts a phase, or goes back to one of the same name.
    pub fn phase(&mut self, name: &'static str) {
        let known = self.meter.phases.iter().position(|p| p.name == name);
        self.current = Some(known.unwrap_or_else(|| {
            self.meter.phases.push(Phase { name, traffic: Traffic::default() });
            self.meter.phases.len() - 1
        }));
    }

    /// The counts so far.
    pub fn snapshot(&self) -> Meter {
        self.meter.clone()
    }

    fn count(&mut self, direction: Direction, len: u64) {
        let turned = self.last.replace(direction) != Some(direction);
        let phase = self.current.map(|i| &mut self.meter.phases[i].traffic);
        for traffic in std::iter::once(&mut self.meter.total).chain(phase) {
            traffic.rounds += u64::from(turned);
            match direction {
                Direction::Out => {
                    traffic.bytes_sent += len;
                    traffic.frames_sent += 1;
                }
                Direction::In => {
                    traffic.bytes_received += len;
                    traffic.frames_received += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_bytes_frames_and_turns() {
        let mut c = Counter::default();
        c.sent(5);
        c.phase("a");
        c.sent(10);
        c.sent(0);
        c.received(7);
        c.phase("b");
        c.received(1);
        c.sent(2);
        c.phase("a");
        c.sent(3);
        let m = c.snapshot();
        let t = |bytes_sent, frames_sent, bytes_received, frames_received, rounds| Traffic {
            bytes_sent,
            bytes_received,
            frames_sent,
            frames_received,
            rounds,
        };
        assert_eq!(m.total, t(20, 5, 8, 2, 3));
        assert_eq!(m.phase("a"), Some(&t(13, 3, 7, 1, 1)));
        assert_eq!(m.phase("b"), Some(&t(2, 1, 1, 1, 1)));
        assert_eq!(m.phases.len(), 2);

        let mut other = Counter::default();
        other.phase("b");
        other.sent(1);
        other.phase("c");
        other.received(2);
        other.sent(4);
        let both = m.beside(&other.snapshot());
        assert_eq!(both.total, t(25, 7, 10, 3, 3));
        assert_eq!(both.phase("a"), Some(&t(13, 3, 7, 1, 1)));
        assert_eq!(both.phase("b"), Some(&t(3, 2, 1, 1, 1)));
        assert_eq!(both.phase("c"), Some(&t(4, 1, 2, 1, 2)));
    }
}
