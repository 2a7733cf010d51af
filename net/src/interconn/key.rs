//! Keys of messages: `{channel}:P2P-{n}:{from}->{to}`, and what real implementations add behind them.

/// What stands between a key and its sequence number.
const SUFFIX: &str = "\u{1}\u{2}";

/// The longest key that is looked at.
pub(super) const MAX_KEY: usize = 256;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// The party of this rank is there.
    Connect(u64),
    /// Message `n` of a channel.
    Message { channel: &'a str, n: u64, from: u64, to: u64 },
    /// A message of ours was consumed.
    Ack,
    /// The peer will send no more.
    Fin,
}

/// Reads a key and the sequence number behind it; 0 where there is none, as its authors have it.
pub(super) fn read(text: &str) -> Option<(Key<'_>, u64)> {
    if text.len() > MAX_KEY {
        return None;
    }
    let (key, seq) = match text.split_once(SUFFIX) {
        Some((key, "")) => (key, 0),
        Some((key, seq)) => (key, number(seq)?),
        None => (text, 0),
    };
    let key = match key {
        "ACK" => Key::Ack,
        "FIN" => Key::Fin,
        _ => match key.strip_prefix("connect_") {
            Some(rank) => Key::Connect(number(rank)?),
            None => message(key)?,
        },
    };
    Some((key, seq))
}

fn message(key: &str) -> Option<Key<'_>> {
    let (channel, rest) = key.rsplit_once(":P2P-")?;
    let (n, ends) = rest.split_once(':')?;
    let (from, to) = ends.split_once("->")?;
    Some(Key::Message { channel, n: number(n)?, from: number(from)?, to: number(to)? })
}

/// Digits only: `parse` alone would take a sign, and leading zeros would give one message two keys.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let plain = text == "0" || !text.starts_with('0');
    (digits && plain).then(|| text.parse().ok()).flatten()
}

/// The key of a message.
pub(super) fn write(channel: &str, n: u64, from: u32, to: u32) -> String {
    format!("{channel}:P2P-{n}:{from}->{to}")
}

/// The key that says that this rank is there.
pub(super) fn connect(rank: u32) -> String {
    format!("connect_{rank}")
}

/// The keys that confirm: one message, and the end.
pub(super) const ACK: &str = "ACK\u{1}\u{2}";
pub(super) const FIN: &str = "FIN\u{1}\u{2}";
