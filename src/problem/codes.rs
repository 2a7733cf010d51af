//! Which codes there are, what each means in general, and the exit code of each.
//!
//! The list is the message files themselves: a code exists when it has a text. A test reads the
//! crates' sources and fails when one of their codes has none.

use super::Exit;
use crate::lang::Texts;

/// Every code, in order.
pub fn codes(texts: &Texts) -> Vec<u16> {
    let mut all: Vec<u16> =
        texts.ids().filter_map(|id| id.strip_prefix('e')?.strip_suffix("-what")?.parse().ok()).collect();
    all.sort_unstable();
    all
}

/// What `code` means and what to try, with an ellipsis where a message names a file or a value.
pub fn explain(code: u16, texts: &Texts) -> Option<(String, Option<String>)> {
    let what = texts.general(&format!("e{code}-what"))?;
    Some((what, texts.general(&format!("e{code}-try"))))
}

/// The exit code that goes with an error code.
pub fn exit(code: u16) -> Exit {
    match code {
        1061..=1065 => Exit::Files,
        1098 => Exit::Interrupted,
        1099 => Exit::Internal,
        // Files: unreadable, unwritable, full, in use.
        1901 | 2001..=2003 | 4150..=4153 | 4159 | 5030 | 5031 | 5121 | 5212 | 6001 | 6007 | 7001..=7005 => {
            Exit::Files
        }
        // The description of a source.
        2016..=2022 => Exit::Usage,
        // A database that cannot be reached.
        2023 => Exit::Network,
        // The peer has another contract, or will not.
        3009 | 3010 => Exit::Refused,
        // A package of changes that cannot be taken in.
        1911 | 1912 => Exit::Data,
        1913 => Exit::Files,
        // A package for someone else, or out of date.
        5004..=5006 => Exit::Refused,
        // A package or an objection that was changed.
        5001..=5003 | 5007..=5009 | 5018 | 5204..=5209 => Exit::Found,
        // An audit log or checkpoint that does not hold.
        7100..=7299 | 7302 => Exit::Found,
        // A privacy budget that does not suffice, and amounts of it.
        7301 | 7305 => Exit::Refused,
        7303 | 7304 => Exit::Usage,
        1000..=1999 => Exit::Usage,
        2000..=2999 => Exit::Data,
        // The private half failed: the network, or the peer.
        5132 => Exit::Network,
        3000..=4999 => Exit::Network,
        5000..=5999 => Exit::Data,
        6010 | 6012 => Exit::Data,
        6000..=6099 => Exit::Usage,
        6100..=6999 => Exit::Refused,
        7000..=8999 => Exit::Data,
        9004 | 9012 => Exit::Files,
        9010 | 9011 => Exit::Network,
        9006 => Exit::Data,
        9022 => Exit::Interrupted,
        // A computation of three: the network or another party; else our own rows.
        9201 | 9202 | 9206 | 9220 | 9221 | 9301..=9329 | 9350..=9369 => Exit::Network,
        9411 | 9434 | 9436 | 9453 => Exit::Network,
        9450 => Exit::Files,
        9451 | 9452 => Exit::Data,
        9454..=9456 => Exit::Usage,
        // A question that its contract or its plan does not allow.
        9400 | 9401 | 9406..=9410 | 9412 | 9430..=9433 => Exit::Usage,
        9203..=9212 | 9330..=9349 | 9402..=9405 | 9435 => Exit::Data,
        // SQL across departments: the question, or the own rows.
        9500..=9519 => Exit::Usage,
        9520..=9539 => Exit::Data,
        // Reports of many: the other aggregator; files; a batch that is too small; else what was given.
        9741 | 9744 => Exit::Files,
        9720..=9739 => Exit::Refused,
        9743 | 9745 | 9747 => Exit::Data,
        9700..=9749 => Exit::Usage,
        9600 | 9601 | 9609 | 9611 | 9630..=9639 => Exit::Network,
        9602 | 9614 => Exit::Files,
        9603 => Exit::Found,
        9604..=9606 | 9608 | 9617 => Exit::Data,
        9607 | 9616 => Exit::Refused,
        9610 | 9612 | 9613 | 9615 | 9642 => Exit::Usage,
        9001..=9019 | 9021 => Exit::Usage,
        _ => Exit::Internal,
    }
}
