//! Sets that share no member, side by side: of every member the one that it is in.

use roaring::RoaringBitmap;

use super::field::Field;

/// Sets that share no member.
#[derive(Debug, Clone)]
pub(super) struct Band {
    /// Of every place from one on, which set stands there.
    sets: Vec<u32>,
    places: Places,
}

/// Of every member the place of its set; nought is none.
#[derive(Debug, Clone)]
enum Places {
    /// There is only one set.
    One(RoaringBitmap),
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

impl Band {
    pub(super) fn of(set: u32, members: &RoaringBitmap) -> Self {
        Band { sets: vec![set], places: Places::One(members.clone()) }
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        match &self.places {
            Places::One(members) => members.serialized_size(),
            Places::Narrow(of) => of.len(),
            Places::Wide(of) => of.len() * 2,
        }
    }

    /// Whether a set with these members can stand here, too.
    pub(super) fn fits(&self, members: &RoaringBitmap) -> bool {
        let free = |place: Option<usize>| place.is_none_or(|place| place == 0);
        match &self.places {
            Places::One(one) => one.is_disjoint(members),
            Places::Narrow(of) => members.iter().all(|m| free(of.get(m as usize).map(|p| usize::from(*p)))),
            Places::Wide(of) => {
                self.sets.len() < usize::from(u16::MAX)
                    && members.iter().all(|m| free(of.get(m as usize).map(|p| usize::from(*p))))
            }
        }
    }

    /// Adds a set that fits.
    pub(super) fn add(&mut self, set: u32, members: &RoaringBitmap) {
        self.sets.push(set);
        let place = self.sets.len();
        if let Places::One(one) = &self.places {
            let mut of = vec![0u8; top(one)];
            one.iter().for_each(|m| of[m as usize] = 1);
            self.places = Places::Narrow(of);
        }
        if let Places::Narrow(of) = &self.places
            && place > usize::from(u8::MAX)
        {
            self.places = Places::Wide(of.iter().map(|p| u16::from(*p)).collect());
        }
        match &mut self.places {
            Places::One(_) => {}
            Places::Narrow(of) => {
                of.resize(of.len().max(top(members)), 0);
                members.iter().for_each(|m| of[m as usize] = place as u8);
            }
            Places::Wide(of) => {
                of.resize(of.len().max(top(members)), 0);
                members.iter().for_each(|m| of[m as usize] = place as u16);
            }
        }
    }

    /// The set that a member is in.
    pub(super) fn set_of(&self, member: u32) -> Option<u32> {
        let place = match &self.places {
            Places::One(one) => usize::from(one.contains(member)),
            Places::Narrow(of) => usize::from(of.get(member as usize).copied().unwrap_or(0)),
            Places::Wide(of) => usize::from(of.get(member as usize).copied().unwrap_or(0)),
        };
        self.sets.get(place.wrapping_sub(1)).copied()
    }

    /// Adds to each sum the value of the set that its member is in. The members rise.
    pub(super) fn sum(&self, members: &[u32], of: &[u64], sums: &mut [u64], field: Field) {
        let mut values = Vec::with_capacity(self.sets.len() + 1);
        values.push(0);
        values.extend(self.sets.iter().map(|set| of[*set as usize]));
        match &self.places {
            Places::One(one) => {
                for (sum, _) in sums.iter_mut().zip(members).filter(|(_, m)| one.contains(**m)) {
                    *sum = field.add(*sum, values[1]);
                }
            }
            Places::Narrow(places) => added(members, places, &values, sums, field),
            Places::Wide(places) => added(members, places, &values, sums, field),
        }
    }
}

fn added<P: Copy + Into<usize>>(
    members: &[u32],
    places: &[P],
    values: &[u64],
    sums: &mut [u64],
    field: Field,
) {
    for (sum, member) in sums.iter_mut().zip(members) {
        let Some(place) = places.get(*member as usize) else { return };
        *sum = field.add(*sum, values[(*place).into()]);
    }
}

fn top(members: &RoaringBitmap) -> usize {
    members.max().map_or(0, |top| top as usize + 1)
}
