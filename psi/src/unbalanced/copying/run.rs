//! Moves an encoding over a channel, from the holder's store to the asker's.

use super::{FetchPackage, Frames, OfferPackage, PackedPackage, plan};
use crate::error::{Misstep, PsiError};
use crate::terms::MAX_ENTRIES;
use crate::unbalanced::Encoding;
use crate::unbalanced::copy::{Copy, same_sections};
use crate::unbalanced::evaluate::cut;
use crate::unbalanced::file;
use crate::unbalanced::key::any_in as has_keys;
use crate::unbalanced::msg::StatePackage;
use crate::unbalanced::store::merge::{Merge, Rows};
use crate::unbalanced::store::segment::GONE;
use crate::unbalanced::store::{Changed, Limit, ROW_HEAD, Store, TOKEN_BYTES, Token};
use crate::wire::{blame, part, recv};
use crate::{Phase, Progress, Terms};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;

/// What a copying did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Copied {
    /// The version that the copy is of now.
    pub version: u64,
    /// How many entries it has.
    pub entries: u64,
    /// Whether everything was sent, and not only what changed.
    pub whole: bool,
    /// How many rows were sent.
    pub rows: u64,
}

/// What is about to be given: for the holder's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Offered {
    /// The epoch of the key.
    pub epoch: u64,
    /// The version that the copy will be of.
    pub version: u64,
    /// The version that the asker has already; 0 where it gets everything.
    pub after: u64,
    /// How many rows it gets.
    pub rows: u64,
    /// Bytes of each token.
    pub width: u8,
}

/// Told what an asker is about to get, after its wish was checked and before anything is sent; an error ends the
/// run.
pub type CopyRecord<'a> = &'a mut dyn FnMut(&Offered) -> Result<(), String>;

/// Gives a copy of the encoding, or what changed since the copy that the asker has.
///
/// A copy tells the asker how many entries there are, and nothing of them as long as the key is secret; who has
/// a copy and learns the key can test guesses. `given` is told what goes out; if it fails, nothing does.
///
/// # Errors
/// [`PsiError`]: a failure of the channel or the disk, terms that the encoding is not for, a failure of `given`,
/// or a misstep of the peer. The peer is told that the run is over.
pub fn offer(
    channel: &mut dyn Channel,
    encoding: &Encoding,
    terms: &Terms,
    given: CopyRecord<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied, PsiError> {
    offering(channel, encoding, terms, given, progress).map_err(|error| part(channel, error, 0))
}

/// Fetches the encoding into `folder`, or updates the copy that is there. `key` is the digest of the holder's
/// public keys, if it is known; a copy is only ever updated under its own key, and made anew under another. One
/// that cannot be read is made anew too.
///
/// The copy serves runs of up to as many entries as the sections of `terms` allow together; its holder may have
/// [`Terms::max_peer_items`] at most.
///
/// # Errors
/// [`PsiError`]: a failure of the channel or the disk, a folder in use or of an encoding with its keys, or a
/// misstep of the peer, which is told that the run is over. The folder is then as it was, but for a copy that
/// turned out to be damaged: the next fetch makes it anew.
pub fn fetch(
    channel: &mut dyn Channel,
    folder: &Path,
    terms: &Terms,
    key: Option<Digest>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Copy, Copied), PsiError> {
    let fetched = fetching(channel, folder, terms, key, progress);
    // The holder may have sent as much as fits into the window before it is told.
    fetched.map_err(|error| part(channel, error, 64))
}

fn offering(
    channel: &mut dyn Channel,
    encoding: &Encoding,
    terms: &Terms,
    given: CopyRecord<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied, PsiError> {
    encoding.fits(terms)?;
    channel.phase("copy");
    let frame = recv(channel, FetchPackage::BYTES)?;
    let wish = blame(channel, FetchPackage::decode(&frame, terms))?;
    let manifest = &encoding.store.manifest;
    let (version, entries, label) = (manifest.version, manifest.entries, manifest.label);
    let state = StatePackage::of(manifest);
    let (width, known) = plan(&wish, &state, &manifest.past);
    // A change that was merged into the base cannot be told from it.
    let since = encoding.store.since(wish.version).filter(|_| known);
    let (after, rows) = match since {
        Some(merge) => (wish.version, count(merge)?),
        None => (0, entries),
    };
    let merge = encoding.store.since(after).unwrap_or_else(|| encoding.store.merge());
    let offered = Offered { epoch: state.published.epoch, version, after, rows, width };
    given(&offered).map_err(|detail| PsiError::Unrecorded { detail })?;
    let offer = OfferPackage { state, after, rows, width };
    channel.send(offer.encode())?;
    let mut giving = Giving { merge, frames: Frames::new(width, rows, label as usize), whole: after == 0 };
    let (mut done, mut last) = (0, None);
    while done < rows {
        let package = giving.next(giving.frames.due(rows - done), usize::from(width))?;
        let frame = package.encode(&giving.frames, last).ok_or_else(|| {
            let path = encoding.store.folder().display().to_string();
            let detail = format!("two of its tokens begin with the same {width} bytes: rotate its key");
            PsiError::Store { path, detail }
        })?;
        channel.send(frame)?;
        last = package.heads.last().and_then(|head| head.first_chunk().copied());
        done += package.heads.len() as u64;
        progress(Progress { phase: Phase::Match, done, total: Some(rows) });
    }
    Ok(Copied { version, entries, whole: after == 0, rows })
}

fn count(mut merge: Merge<'_>) -> Result<u64, PsiError> {
    let (mut row, mut rows) = (Vec::new(), 0);
    while merge.next_row(&mut row)? {
        rows += 1;
    }
    Ok(rows)
}

/// Reads what is given.
struct Giving<'a> {
    merge: Merge<'a>,
    frames: Frames,
    whole: bool,
}

impl Giving<'_> {
    fn next(&mut self, due: usize, width: usize) -> Result<PackedPackage, PsiError> {
        let (mut heads, mut labels, mut row) = (Vec::with_capacity(due), Vec::new(), Vec::new());
        while heads.len() < due {
            if !self.merge.next_row(&mut row)? {
                return Err(PsiError::OutOfStep { step: "the copying of an encoding" });
            }
            if self.whole && row[TOKEN_BYTES] == GONE {
                continue;
            }
            let token: &Token = row.first_chunk().expect("a row is longer than a token");
            let mut head = [row[TOKEN_BYTES]; ROW_HEAD];
            head[..TOKEN_BYTES].copy_from_slice(&cut(*token, width));
            heads.push(head);
            labels.extend(&row[ROW_HEAD..]);
        }
        Ok(PackedPackage { heads, labels })
    }
}

fn fetching(
    channel: &mut dyn Channel,
    folder: &Path,
    terms: &Terms,
    key: Option<Digest>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Copy, Copied), PsiError> {
    terms.check()?;
    file::make_folder(folder)?;
    let lock = file::Lock::take(folder)?;
    if has_keys(folder) {
        return Err(PsiError::StoreExists { path: folder.display().to_string() });
    }
    let own = match Store::is_in(folder).then(|| Store::open(folder)).transpose() {
        // What cannot be read is as good as none.
        Err(PsiError::Store { .. } | PsiError::DamagedStore { .. }) => None,
        own => own?,
    };
    if let Some(own) = &own {
        same_sections(&own.manifest.published, terms)?;
    }
    channel.phase("copy");
    let items = terms.sections.iter().fold(0, |sum: u64, section| sum.saturating_add(section.max));
    let items = items.min(MAX_ENTRIES);
    let wish = match &own {
        Some(own) => {
            let (epoch, version) = (own.manifest.published.epoch, own.manifest.version);
            let (width, lineage) = (own.manifest.width, own.manifest.lineage);
            FetchPackage { items, epoch, version, width, lineage }
        }
        None => FetchPackage { items, epoch: 0, version: 0, width: 0, lineage: Digest::ZERO },
    };
    channel.send(wish.encode(terms))?;
    let frame = recv(channel, OfferPackage::bytes(terms.sections.len()))?;
    let offer = blame(channel, OfferPackage::decode(&frame, terms, &wish))?;
    let mut store = blame(channel, receive_into(folder, own, &offer, key))?;
    let state = &offer.state;
    let (version, entries) = (state.version, state.entries);
    let copied = Copied { version, entries, whole: offer.after == 0, rows: offer.rows };
    if !copied.whole && version == store.manifest.version {
        return Ok((Copy { store }, copied));
    }
    let peer = channel.peer().clone();
    let frames = Frames::new(offer.width, offer.rows, state.label as usize);
    let total = offer.rows;
    let mut taking =
        Taking { channel, frames, total, done: 0, last: None, rows: Vec::new().into_iter(), progress };
    let confirm = |found| match found == entries {
        true => Ok(()),
        false => Err(Misstep::CountDiffers { declared: entries, found }.by(&peer)),
    };
    let applied = store.apply(
        &mut taking,
        version,
        &Limit { lineage: Some(state.lineage), inserted: entries, confirm: &confirm },
    );
    let _: Changed = applied.inspect_err(|error| store.forget_damaged(error))?;
    drop(lock);
    Ok((Copy { store }, copied))
}

/// The store that takes what is offered: the own one, or one that begins anew.
fn receive_into(
    folder: &Path,
    own: Option<Store>,
    offer: &OfferPackage,
    key: Option<Digest>,
) -> Result<Store, Misstep> {
    let (state, found) = (&offer.state, offer.state.published.digest());
    if let Some(expected) = key.filter(|&expected| expected != found) {
        return Err(Misstep::KeyDiffers { expected, found });
    }
    if state.published.elements().is_err() {
        return Err(Misstep::BadState { field: "one of its public keys" });
    }
    let Some(mut store) = own else {
        return Ok(Store::empty(folder, state.published.clone(), state.label, offer.width));
    };
    let held = &store.manifest;
    if held.published.epoch == state.published.epoch && held.published != state.published {
        return Err(Misstep::KeyDiffers { expected: held.published.digest(), found });
    }
    if offer.after == 0 {
        store.renew(state.published.clone(), state.label, offer.width);
    } else if held.label != state.label {
        return Err(Misstep::BadState { field: "the length of its payloads" });
    }
    Ok(store)
}

/// Rows as they come over the channel.
struct Taking<'a> {
    channel: &'a mut dyn Channel,
    frames: Frames,
    total: u64,
    done: u64,
    last: Option<Token>,
    rows: std::vec::IntoIter<Vec<u8>>,
    progress: &'a mut dyn FnMut(Progress),
}

impl Rows for Taking<'_> {
    fn next_row(&mut self, row: &mut Vec<u8>) -> Result<bool, PsiError> {
        loop {
            if let Some(next) = self.rows.next() {
                *row = next;
                return Ok(true);
            }
            let due = self.frames.due(self.total - self.done);
            if due == 0 {
                return Ok(false);
            }
            let frame = recv(self.channel, self.frames.max_bytes(due))?;
            let package = PackedPackage::decode(&frame, &self.frames, due, self.last, self.done);
            let package = blame(self.channel, package)?;
            self.last = package.heads.last().and_then(|head| head.first_chunk().copied());
            self.done += due as u64;
            let label = |at: usize| &package.labels[at * self.frames.label..(at + 1) * self.frames.label];
            let whole = |(at, head): (usize, &[u8; ROW_HEAD])| [head.as_slice(), label(at)].concat();
            self.rows = package.heads.iter().enumerate().map(whole).collect::<Vec<_>>().into_iter();
            (self.progress)(Progress { phase: Phase::Match, done: self.done, total: Some(self.total) });
        }
    }
}
