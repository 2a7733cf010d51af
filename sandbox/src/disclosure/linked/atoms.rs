//! Classes of members by which sets they are in.
//!
//! Sets are added one after the other and split the classes that they cut. Of every member only its class is kept; which sets
//! a class is in stands in bands. A band holds sets that share no member, such as the groups of one table, as one small number
//! for each member: what many tables say of a million persons takes one or two bytes a person and table.
//!
//! Nothing is copied to try what more sets would do: a copy shares the bands with the original until one of them is added to.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::bands::Band;
use super::field::Field;

/// The greatest number of a member, the most sets, and the most bytes of their bands, that are kept in memory.
pub(crate) const MOST_MEMBERS: u32 = 1 << 26;
const MOST_SETS: u32 = 1 << 18;
const MOST_BYTES: usize = 1 << 31;

/// So many classes are looked at together: what is summed for them stays in the processor's first cache.
const BLOCK: usize = 2048;

/// More than is kept in memory.
#[derive(Debug)]
pub(crate) struct Full;

/// Classes of members.
#[derive(Debug, Clone, Default)]
pub(crate) struct Atoms {
    /// The class of every member: none is those who are in no set.
    of: Vec<u32>,
    /// How many members each class has: nothing of those who are in no set.
    sizes: Vec<u32>,
    /// Classes that have no member any longer.
    empty: Vec<u32>,
    /// Of every class when it was split last, and what its members there became.
    split: Vec<(u32, u32)>,
    /// How often classes were divided: as often as there were sets and layers.
    divided: u32,
    /// Which sets members are in.
    bands: Vec<Arc<Band>>,
    /// How many members each set has.
    lengths: Vec<u64>,
}

/// Classes that have members, each by its first member, rising.
#[derive(Debug, Clone, Default)]
pub(crate) struct Classes {
    /// The first member of each.
    pub(crate) first: Vec<u32>,
    /// By the number of a class in the atoms, its place among these.
    place: Vec<u32>,
}

impl Atoms {
    /// How many sets there are.
    pub(crate) fn sets(&self) -> u32 {
        u32::try_from(self.lengths.len()).expect("bounded by what is added")
    }

    /// One more than the greatest number of a member.
    pub(crate) fn members(&self) -> usize {
        self.of.len()
    }

    /// Adds a set; its number. Who is in so many of the layers, each within the one before and the first within the set,
    /// counts as often more, and has the set among its own as often.
    pub(crate) fn add(&mut self, members: &RoaringBitmap, layers: &[RoaringBitmap]) -> Result<u32, Full> {
        let set = self.sets();
        for layer in std::iter::once(members).chain(layers).filter(|layer| !layer.is_empty()) {
            if set >= MOST_SETS || layer.max().is_some_and(|top| top >= MOST_MEMBERS) {
                return Err(Full);
            }
            self.divide(layer);
            self.place(set, layer)?;
        }
        self.lengths.push(members.len());
        Ok(set)
    }

    fn divide(&mut self, members: &RoaringBitmap) {
        self.divided += 1;
        let now = self.divided;
        let top = members.max().map_or(0, |top| top as usize + 1);
        self.of.resize(self.of.len().max(top), 0);
        if self.sizes.is_empty() {
            self.sizes.push(0);
        }
        self.split.resize(self.sizes.len(), (0, 0));
        let mut left = Vec::new();
        for member in members {
            let slot = &mut self.of[member as usize];
            let old = *slot as usize;
            if self.split[old].0 != now {
                let new = self.empty.pop().unwrap_or_else(|| {
                    self.sizes.push(0);
                    self.split.push((0, 0));
                    u32::try_from(self.sizes.len() - 1).expect("no more than twice the members")
                });
                self.split[old] = (now, new);
                // Nobody of a class that was made just now is split from it again.
                self.split[new as usize] = (0, 0);
                left.push(old);
            }
            let new = self.split[old].1;
            *slot = new;
            self.sizes[new as usize] += 1;
            if old > 0 {
                self.sizes[old] -= 1;
            }
        }
        self.empty.extend(left.into_iter().filter(|c| *c > 0 && self.sizes[*c] == 0).map(|c| c as u32));
    }

    /// Puts a set beside others with which it shares no member.
    fn place(&mut self, set: u32, members: &RoaringBitmap) -> Result<(), Full> {
        let band = self.bands.iter_mut().rev().find(|band| band.fits(members));
        match band {
            Some(band) => Arc::make_mut(band).add(set, members),
            None => self.bands.push(Arc::new(Band::of(set, members))),
        }
        if self.banded() > MOST_BYTES { Err(Full) } else { Ok(()) }
    }

    fn banded(&self) -> usize {
        self.bands.iter().map(|band| band.bytes()).sum()
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.banded()
            + self.of.len() * 4
            + self.sizes.len() * 4
            + self.split.len() * 8
            + self.lengths.len() * 8
    }

    /// The classes that have members.
    pub(crate) fn classes(&self) -> Classes {
        let mut classes = Classes { first: Vec::new(), place: vec![u32::MAX; self.sizes.len()] };
        for (member, class) in self.of.iter().enumerate().filter(|(_, class)| **class > 0) {
            let place = &mut classes.place[*class as usize];
            if *place == u32::MAX {
                *place = classes.first.len() as u32;
                classes.first.push(member as u32);
            }
        }
        classes
    }

    /// Of each class by how many persons it has, up to `least`. `owners` says whose each member is, where members
    /// are not persons.
    pub(crate) fn persons(&self, classes: &Classes, least: usize, owners: Option<&[u32]>) -> Vec<usize> {
        let size = |member: &u32| self.sizes[self.of[*member as usize] as usize] as usize;
        let sizes = classes.first.iter().map(|member| size(member).min(least));
        if owners.is_none() {
            return sizes.collect();
        }
        let who = self.who(classes, &vec![true; classes.first.len()], least, owners);
        who.iter().map(|few| few.as_ref().map_or(least, Vec::len)).collect()
    }

    /// Who the wanted classes are, rising: nothing of those that have `least` persons or more.
    pub(crate) fn who(
        &self,
        classes: &Classes,
        wanted: &[bool],
        least: usize,
        owners: Option<&[u32]>,
    ) -> Vec<Option<Vec<u32>>> {
        let mut who: Vec<Option<Vec<u32>>> = wanted.iter().map(|w| w.then(Vec::new)).collect();
        for (member, class) in self.of.iter().enumerate().filter(|(_, class)| **class > 0) {
            let list = &mut who[classes.place[*class as usize] as usize];
            let Some(few) = list else { continue };
            let owner = owners.map_or(member as u32, |o| o[member]);
            if few.last() != Some(&owner) && !few.contains(&owner) {
                few.push(owner);
                if few.len() >= least {
                    *list = None;
                }
            }
        }
        for few in who.iter_mut().flatten() {
            few.sort_unstable();
        }
        who
    }

    /// The sum over the sets that each class is in.
    pub(crate) fn sums(&self, classes: &Classes, of: &[u64], field: Field) -> Vec<u64> {
        let mut sums = vec![0; classes.first.len()];
        for (sums, first) in sums.chunks_mut(BLOCK).zip(classes.first.chunks(BLOCK)) {
            for band in &self.bands {
                band.sum(first, of, sums, field);
            }
        }
        sums
    }

    /// The sets that a member is in, rising, each as often as it counts.
    pub(crate) fn sets_of(&self, member: u32) -> Vec<u32> {
        let mut sets: Vec<u32> = self.bands.iter().filter_map(|band| band.set_of(member)).collect();
        sets.sort_unstable();
        sets
    }
}
