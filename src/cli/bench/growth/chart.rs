//! Three panels, both axes logarithmic: a line of slope one is growth in proportion.

use super::{Figures, word};
use crate::lang::Texts;
use crate::run::Way;
use plotters::prelude::*;
use std::ops::Range;

const WIDTH: u32 = 1080;
const HEIGHT: u32 = 380;

/// What a panel shows of a run.
type Figure = fn(&Figures) -> Option<f64>;

const PANELS: [(&str, Figure); 3] = [
    ("time", |row| Some(row.seconds)),
    ("bytes", |row| row.bytes.map(|bytes| bytes as f64 / 1e6)),
    ("memory", |row| row.peak_bytes.map(|bytes| bytes as f64 / 1e6)),
];

type Area<'s> = DrawingArea<SVGBackend<'s>, plotters::coord::Shift>;
type Drawn<'s> = Result<(), DrawingAreaErrorKind<<SVGBackend<'s> as DrawingBackend>::ErrorType>>;

/// The chart as an SVG of its own.
pub(super) fn svg(figures: &[Figures], texts: &Texts) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        // Drawing into a string has nothing that can fail.
        let _ = area.fill(&WHITE);
        for (panel, (name, figure)) in area.split_evenly((1, PANELS.len())).iter().zip(PANELS) {
            let title = texts.say(&format!("ui-bench-growth-panel-{name}"), &[]);
            let _ = draw(panel, &title, figures, figure);
        }
        let _ = area.present();
    }
    svg
}

fn draw<'s>(area: &Area<'s>, title: &str, figures: &[Figures], figure: Figure) -> Drawn<'s> {
    let shown: Vec<(Way, f64, f64)> =
        figures.iter().filter_map(|row| Some((row.way, row.items as f64, figure(row)?))).collect();
    let (Some(items), Some(values)) =
        (span(shown.iter().map(|row| row.1)), span(shown.iter().map(|row| row.2)))
    else {
        return Ok(());
    };
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(56)
        .build_cartesian_2d(items.log_scale().base(2.0), values.log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(BLACK.mix(0.06))
        .x_labels(9)
        .x_label_formatter(&|items| format!("2^{:.0}", items.log2()))
        .y_label_formatter(&|value| if *value < 1.0 { format!("{value:.2}") } else { format!("{value:.0}") })
        .label_style(("sans-serif", 13))
        .draw()?;
    for (way, colour) in [(Way::Rr22, BLUE), (Way::Ecdh, RED)] {
        let points: Vec<(f64, f64)> =
            shown.iter().filter(|row| row.0 == way).map(|row| (row.1, row.2)).collect();
        if points.len() > 1 {
            chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        }
        chart.draw_series(points.iter().map(|&at| Circle::new(at, 3, colour.filled())))?;
        if let Some(&at) = points.last() {
            let style = ("sans-serif", 14).into_font().color(&colour);
            let name = EmptyElement::at(at) + Text::new(word(way), (-34, -16), style);
            chart.plotting_area().draw(&name)?;
        }
    }
    Ok(())
}

/// From a little below the least to a little above the most.
fn span(values: impl Iterator<Item = f64> + Clone) -> Option<Range<f64>> {
    let (least, most) = (values.clone().reduce(f64::min)?, values.reduce(f64::max)?);
    Some(least / 1.5..most * 2.0)
}
