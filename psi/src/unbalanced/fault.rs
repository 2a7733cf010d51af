//! Whose fault it was, while the peer's name is not at hand: the states of a role do not know it.

use crate::error::{Misstep, PsiError};
use yinshu_net::Channel;

/// A failure of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Ours.
    Own(PsiError),
    /// The peer's.
    Peer(Misstep),
}

impl Fault {
    /// Puts the peer's name to it.
    pub(super) fn on(self, channel: &dyn Channel) -> PsiError {
        match self {
            Self::Own(error) => error,
            Self::Peer(misstep) => misstep.by(channel.peer()),
        }
    }
}

impl From<PsiError> for Fault {
    fn from(error: PsiError) -> Self {
        Self::Own(error)
    }
}

impl From<Misstep> for Fault {
    fn from(misstep: Misstep) -> Self {
        Self::Peer(misstep)
    }
}
