//! What is shown opens to the receivers: to each alone, over the channels that the others have with it.

use super::layout::Layout;
use crate::contract::Scope;
use yinshu_mpc::araki16::open_to;
use yinshu_mpc::stats::Wide;
use yinshu_mpc::{Context, MpcError, Shares, Z64, verify};

/// Figures with totals; what is hidden, or not of these rows, is none.
pub(in crate::run::stats) struct Shown {
    /// How many persons.
    pub(in crate::run::stats) counts: Vec<Option<i64>>,
    /// Sums, in the order of the layout.
    pub(in crate::run::stats) sums: Vec<Vec<Option<i128>>>,
    /// Of each histogram.
    pub(in crate::run::stats) bins: Vec<Vec<Option<i64>>>,
}

/// Shares that are to open, and where they belong.
struct Picked {
    /// The sum's number; counts come first and bins last.
    limbs: Vec<Shares<Z64>>,
    places: Vec<usize>,
    figures: usize,
}

impl Picked {
    fn spread(&self, values: &[i128]) -> Vec<Option<i128>> {
        let mut figures = vec![None; self.figures];
        self.places.iter().zip(values).for_each(|(&at, value)| figures[at] = Some(*value));
        figures
    }
}

/// Opens what `hidden` does not hide, of the table and of each histogram: nothing comes back at who receives nothing.
pub(super) fn open(
    context: &mut Context,
    layout: &Layout,
    all: &Shares<Z64>,
    (hidden, bins): (&[bool], &[Vec<bool>]),
) -> Result<Option<Shown>, MpcError> {
    let shown = |hidden: &[bool]| (0..hidden.len()).filter(|&at| !hidden[at]).collect::<Vec<_>>();
    let places = shown(hidden);
    let figures = hidden.len();
    let cells = |cells: &Shares<Z64>| layout.shape.totals_of(cells).gather(&places);
    let mut picked =
        vec![Picked { limbs: vec![cells(&layout.counts(all))], places: places.clone(), figures }];
    for sum in &layout.sums {
        let words = sum.places.iter().map(|place| all.slice(place.clone()));
        let whole: Vec<usize> = places.iter().copied().filter(|&at| at + 1 == figures).collect();
        picked.push(match sum.figure.scope {
            Scope::Cells => {
                Picked { limbs: words.map(|words| cells(&words)).collect(), places: places.clone(), figures }
            }
            Scope::All => Picked {
                limbs: words.map(|words| words.gather(&vec![0; whole.len()])).collect(),
                places: whole,
                figures,
            },
        });
    }
    for (place, hidden) in layout.histograms.iter().zip(bins) {
        let shape = yinshu_mpc::release::pattern::Shape { rows: 1, columns: place.len() };
        let (places, figures) = (shown(hidden), hidden.len());
        picked.push(Picked {
            limbs: vec![shape.totals_of(&all.slice(place.clone())).gather(&places)],
            places,
            figures,
        });
    }
    let Some(opened) = told(context, layout, &picked)? else { return Ok(None) };
    let mut spread = picked.iter().zip(&opened).map(|(picked, values)| picked.spread(values));
    let narrow = |figures: Vec<Option<i128>>| {
        figures.into_iter().map(|value| value.map(|value| value as i64)).collect()
    };
    let counts = spread.next().map(narrow).unwrap_or_default();
    let sums = spread.by_ref().take(layout.sums.len()).collect();
    Ok(Some(Shown { counts, sums, bins: spread.map(narrow).collect() }))
}

/// All of them at once to each receiver: first those of one word, then the others.
fn told(
    context: &mut Context,
    layout: &Layout,
    picked: &[Picked],
) -> Result<Option<Vec<Vec<i128>>>, MpcError> {
    let short: Vec<&Picked> = picked.iter().filter(|picked| picked.limbs.len() == 1).collect();
    let long: Vec<&Picked> = picked.iter().filter(|picked| picked.limbs.len() > 1).collect();
    let limb = |all: &[&Picked], limb: usize| {
        let words: Vec<_> = all.iter().map(|picked| &picked.limbs[limb]).collect();
        Shares::concat(words.iter().copied())
    };
    let words = verify(context, limb(&short, 0))?;
    let parts: Vec<_> =
        (0..super::layout::LIMBS).filter(|_| !long.is_empty()).map(|at| limb(&long, at)).collect();
    let wide = if long.is_empty() { None } else { Some(Wide::of(context, &parts, super::layout::WIDTH)?) };
    let mut told = None;
    for &receiver in &layout.receivers {
        let words = open_to(context, receiver, &words)?;
        let wide = match &wide {
            Some(wide) => wide.open_to(context, receiver)?,
            None => words.as_ref().map(|_| Vec::new()),
        };
        told = words.zip(wide).or(told);
    }
    let Some((words, wide)) = told else { return Ok(None) };
    let (mut words, mut wide) = (words.into_iter().map(|word| i128::from(word.signed())), wide.into_iter());
    let of = |picked: &Picked| -> Vec<i128> {
        let len = picked.places.len();
        if picked.limbs.len() == 1 {
            words.by_ref().take(len).collect()
        } else {
            wide.by_ref().take(len).collect()
        }
    };
    Ok(Some(picked.iter().map(of).collect()))
}
