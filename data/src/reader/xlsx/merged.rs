//! Merged areas: the value of the upper left cell, which alone is stored, for each of the others.

use calamine::Dimensions;

use super::COLUMN_LIMIT;

struct Area {
    place: Dimensions,
    value: Vec<u8>,
}

/// The merged areas of a sheet, used row by row from the top.
pub(super) struct Merged {
    /// Areas not yet reached, the last first.
    ahead: Vec<Dimensions>,
    /// Areas that the current row is in.
    here: Vec<Area>,
}

impl Merged {
    pub(super) fn new(mut areas: Vec<Dimensions>) -> Self {
        areas.sort_by_key(|area| std::cmp::Reverse(area.start));
        Self { ahead: areas, here: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.ahead.len() + self.here.len()
    }

    /// What to put into the cells of a row (numbered from 1). `stored` gives the content of a column of that row.
    /// `None` when more areas meet in a row than it has columns, which only a damaged file has.
    pub(super) fn row<'a>(
        &mut self,
        number: u64,
        stored: impl Fn(usize) -> &'a [u8],
    ) -> Option<Vec<(usize, Vec<u8>)>> {
        if self.ahead.is_empty() && self.here.is_empty() {
            return Some(Vec::new());
        }
        let row = u32::try_from(number.checked_sub(1)?).ok()?;
        self.here.retain(|area| area.place.end.0 >= row);
        while let Some(place) = self.ahead.pop_if(|next| next.start.0 <= row) {
            if place.end.0 < row {
                continue;
            }
            let value = if place.start.0 == row { stored(place.start.1 as usize) } else { &[] };
            self.here.push(Area { place, value: value.to_vec() });
        }
        if self.here.len() > COLUMN_LIMIT {
            return None;
        }
        let mut fills = Vec::new();
        for area in self.here.iter().filter(|area| !area.value.is_empty()) {
            let columns = area.place.start.1 as usize..=(area.place.end.1 as usize).min(COLUMN_LIMIT - 1);
            let bare = columns.filter(|&column| stored(column).is_empty());
            fills.extend(bare.map(|column| (column, area.value.clone())));
        }
        (fills.len() <= COLUMN_LIMIT).then_some(fills)
    }
}
