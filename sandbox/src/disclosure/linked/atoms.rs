//! Classes of members by which sets they are in.
//!
//! Sets are added one after the other and split the classes that they cut. A class is a leaf of a tree: what it
//! was split from by the last set, and so on up, are the sets that its members are in.

use roaring::RoaringBitmap;

/// The greatest number of a member, and the most classes and sets, that are kept in memory.
pub(crate) const MOST_MEMBERS: u32 = 1 << 26;
const MOST_CLASSES: usize = 1 << 22;
const MOST_SETS: u32 = 1 << 18;

/// More than is kept in memory.
#[derive(Debug)]
pub(crate) struct Full;

/// Classes of members.
#[derive(Debug, Clone, Default)]
pub(crate) struct Atoms {
    /// The class of every member: none is those who are in no set.
    of: Vec<u32>,
    /// Classes from number one on.
    classes: Vec<Class>,
    /// Of every class, those in no set first, when it was split last and what its members there became.
    split: Vec<(u32, u32)>,
    /// How many sets were added.
    sets: u32,
    /// How often classes were divided: as often as there were sets and layers.
    divided: u32,
}

#[derive(Debug, Clone, Copy)]
struct Class {
    /// What it was split from.
    parent: u32,
    /// By which set.
    set: u32,
    /// How many members it still has.
    size: u32,
}

impl Atoms {
    /// How many sets there are.
    pub(crate) fn sets(&self) -> u32 {
        self.sets
    }

    /// One more than the greatest number of a member.
    pub(crate) fn members(&self) -> usize {
        self.of.len()
    }

    /// Adds a set; its number. Who is in so many of the layers, each within the one before and the first within the set,
    /// counts as often more: a class stands below itself, and has the set among its own as often.
    pub(crate) fn add(&mut self, members: &RoaringBitmap, layers: &[RoaringBitmap]) -> Result<u32, Full> {
        let set = self.sets;
        for layer in std::iter::once(members).chain(layers) {
            self.divide(set, layer)?;
        }
        self.sets += 1;
        Ok(set)
    }

    fn divide(&mut self, set: u32, members: &RoaringBitmap) -> Result<(), Full> {
        self.divided += 1;
        let now = self.divided;
        let top = members.max().unwrap_or(0);
        if set >= MOST_SETS || top >= MOST_MEMBERS {
            return Err(Full);
        }
        if self.of.len() <= top as usize {
            self.of.resize(top as usize + 1, 0);
        }
        self.split.resize(self.classes.len() + 1, (0, 0));
        for member in members {
            let slot = &mut self.of[member as usize];
            let old = *slot as usize;
            if self.split[old].1 == 0 || self.split[old].0 != now {
                if self.classes.len() >= MOST_CLASSES {
                    return Err(Full);
                }
                self.classes.push(Class { parent: *slot, set, size: 0 });
                self.split[old] = (now, u32::try_from(self.classes.len()).expect("bounded above"));
                self.split.push((0, 0));
            }
            let new = self.split[old].1;
            *slot = new;
            self.classes[new as usize - 1].size += 1;
            if old > 0 {
                self.classes[old - 1].size -= 1;
            }
        }
        Ok(())
    }

    /// Of each class by how many persons it has, up to `least`. `owners` says whose each member is, where members
    /// are not persons.
    pub(crate) fn persons(&self, least: usize, owners: Option<&[u32]>) -> Vec<usize> {
        if owners.is_none() {
            return self.classes.iter().map(|class| (class.size as usize).min(least)).collect();
        }
        let wanted: Vec<bool> = self.classes.iter().map(|class| class.size > 0).collect();
        let who = self.who(&wanted, least, owners);
        let count = |few: &Option<Vec<u32>>| few.as_ref().map_or(least, Vec::len);
        wanted.iter().zip(&who).map(|(wanted, few)| if *wanted { count(few) } else { 0 }).collect()
    }

    /// Who the wanted classes are, rising: nothing of those that have `least` persons or more.
    pub(crate) fn who(&self, wanted: &[bool], least: usize, owners: Option<&[u32]>) -> Vec<Option<Vec<u32>>> {
        let mut who: Vec<Option<Vec<u32>>> = wanted.iter().map(|w| w.then(Vec::new)).collect();
        for (member, class) in self.of.iter().enumerate().filter(|(_, class)| **class > 0) {
            let list = &mut who[*class as usize - 1];
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
    pub(crate) fn sums(&self, of: &[u64], add: impl Fn(u64, u64) -> u64) -> Vec<u64> {
        let mut sums: Vec<u64> = Vec::with_capacity(self.classes.len());
        // What a class was split from stands before it.
        for class in &self.classes {
            let own = of[class.set as usize];
            let up = if class.parent > 0 { sums[class.parent as usize - 1] } else { 0 };
            sums.push(add(up, own));
        }
        sums
    }

    /// The sets that a class is in, rising, each as often as it counts.
    pub(crate) fn sets_of(&self, class: usize) -> Vec<u32> {
        let mut sets = vec![self.classes[class].set];
        let mut up = self.classes[class].parent;
        while up > 0 {
            let class = &self.classes[up as usize - 1];
            sets.push(class.set);
            up = class.parent;
        }
        sets.reverse();
        sets
    }
}
