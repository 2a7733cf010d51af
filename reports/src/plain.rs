//! The same function in the clear: what comes of measurements, where one that is not admitted does not count.

use crate::kind::{Figures, Kind, Measurement};

/// The figures, and how many measurements count.
pub fn aggregate(kind: Kind, measurements: &[Measurement]) -> (Figures, u64) {
    let mut figures = vec![0; kind.figures()];
    let mut count = 0;
    for measurement in measurements.iter().filter(|measurement| kind.admits(measurement).is_ok()) {
        count += 1;
        match measurement {
            Measurement::Yes(yes) => figures[0] += u64::from(*yes),
            Measurement::Number(number) => figures[0] += number,
            Measurement::Bucket(bucket) => figures[*bucket as usize] += 1,
            Measurement::Numbers(numbers) => figures.iter_mut().zip(numbers).for_each(|(f, n)| *f += n),
        }
    }
    (Figures(figures), count)
}
