//! Three panels, both axes logarithmic: a line of slope one is growth in proportion.

use plotters::prelude::*;
use std::ops::Range;

const WIDTH: u32 = 1080;
const HEIGHT: u32 = 380;

/// What is drawn.
pub(in crate::cli::bench) struct Chart<'a> {
    /// Of the three panels.
    pub(in crate::cli::bench) titles: [String; 3],
    /// Of the axis of sizes: 2 or 10.
    pub(in crate::cli::bench) base: f64,
    /// Whether the names of lines stand in a legend, or at their ends.
    pub(in crate::cli::bench) legend: bool,
    pub(in crate::cli::bench) series: &'a [Series],
}

/// One line in each panel.
pub(in crate::cli::bench) struct Series {
    pub(in crate::cli::bench) name: String,
    pub(in crate::cli::bench) colour: RGBColor,
    /// By size, the figure of each panel where it is known.
    pub(in crate::cli::bench) points: Vec<(f64, [Option<f64>; 3])>,
}

impl Series {
    /// Its points in a panel.
    fn at(&self, panel: usize) -> Vec<(f64, f64)> {
        self.points.iter().filter_map(|(size, figures)| Some((*size, figures[panel]?))).collect()
    }
}

type Area<'s> = DrawingArea<SVGBackend<'s>, plotters::coord::Shift>;
type Drawn<'s> = Result<(), DrawingAreaErrorKind<<SVGBackend<'s> as DrawingBackend>::ErrorType>>;

/// The chart as an SVG of its own.
pub(in crate::cli::bench) fn svg(chart: &Chart<'_>) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        // Drawing into a string has nothing that can fail.
        let _ = area.fill(&WHITE);
        let panels = area.split_evenly((1, chart.titles.len()));
        for (panel, area) in panels.iter().enumerate() {
            let _ = draw(area, chart, panel);
        }
        let _ = area.present();
    }
    svg
}

fn draw<'s>(area: &Area<'s>, wanted: &Chart<'_>, panel: usize) -> Drawn<'s> {
    let shown: Vec<(f64, f64)> = wanted.series.iter().flat_map(|series| series.at(panel)).collect();
    let (Some(sizes), Some(values)) = (span(shown.iter().map(|at| at.0)), span(shown.iter().map(|at| at.1)))
    else {
        return Ok(());
    };
    let base = wanted.base;
    let mut chart = ChartBuilder::on(area)
        .caption(&wanted.titles[panel], ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(56)
        .build_cartesian_2d(sizes.log_scale().base(base), values.log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(BLACK.mix(0.06))
        .x_labels(9)
        .x_label_formatter(&|size| format!("{base}^{:.0}", size.log(base)))
        .y_label_formatter(&|value| figure(*value))
        .label_style(("sans-serif", 13))
        .draw()?;
    for series in wanted.series {
        let (points, colour) = (series.at(panel), series.colour);
        if points.len() > 1 {
            let line = LineSeries::new(points.iter().copied(), colour.stroke_width(2));
            let drawn = chart.draw_series(line)?;
            if wanted.legend {
                let key = move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour.stroke_width(3));
                drawn.label(&series.name).legend(key);
            }
        }
        chart.draw_series(points.iter().map(|&at| Circle::new(at, 3, colour.filled())))?;
        if let (Some(&at), false) = (points.last(), wanted.legend) {
            let style = ("sans-serif", 14).into_font().color(&colour);
            let name = EmptyElement::at(at) + Text::new(series.name.clone(), (-34, -16), style);
            chart.plotting_area().draw(&name)?;
        }
    }
    if wanted.legend && panel == 0 {
        let mut key = chart.configure_series_labels();
        key.position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .label_font(("sans-serif", 13))
            .draw()?;
    }
    Ok(())
}

/// As short as its size allows.
fn figure(value: f64) -> String {
    match value {
        ..0.00095 => format!("{value:.4}"),
        ..0.0095 => format!("{value:.3}"),
        ..1.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

/// From a little below the least to a little above the most.
fn span(values: impl Iterator<Item = f64> + Clone) -> Option<Range<f64>> {
    let (least, most) = (values.clone().reduce(f64::min)?, values.reduce(f64::max)?);
    Some(least / 1.5..most * 2.0)
}
