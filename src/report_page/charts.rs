//! Charts as inline SVG. They are drawn in marker colours that become the page's own, so that a
//! chart follows the light and the dark look.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What a shape is coloured as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Text.
    Ink,
    /// Text of less weight.
    Soft,
    /// Axes and grid.
    Line,
    /// The unfilled part of a bar.
    Track,
    /// Found here.
    First,
    /// Found privately.
    Second,
    /// Something to look at.
    Warn,
}

impl Tone {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Ink, "ink"),
        (Self::Soft, "soft"),
        (Self::Line, "line"),
        (Self::Track, "track"),
        (Self::First, "first"),
        (Self::Second, "second"),
        (Self::Warn, "warn"),
    ];

    fn marker(self) -> RGBColor {
        RGBColor(1, 1, self as u8 + 1)
    }
}

/// One horizontal bar.
pub(crate) struct Bar {
    /// What stands before it.
    pub(crate) label: String,
    /// Its length, from 0 to 1.
    pub(crate) share: f64,
    /// What stands behind it.
    pub(crate) note: String,
    pub(crate) tone: Tone,
}

type Area<'s> = DrawingArea<SVGBackend<'s>, plotters::coord::Shift>;
type Drawn<'s> = Result<(), DrawingAreaErrorKind<<SVGBackend<'s> as DrawingBackend>::ErrorType>>;

fn text(area: &Area<'_>, words: &str, at: (i32, i32), tone: Tone, side: HPos) {
    let colour = tone.marker();
    let style =
        TextStyle::from(("sans-serif", 16).into_font()).color(&colour).pos(Pos::new(side, VPos::Center));
    // Drawing into a string has nothing that can fail.
    let drawn: Drawn<'_> = area.draw_text(words, &style, at);
    debug_assert!(drawn.is_ok());
}

fn block(area: &Area<'_>, from: (i32, i32), to: (i32, i32), tone: Tone) {
    let drawn: Drawn<'_> = area.draw(&Rectangle::new([from, to], tone.marker().filled()));
    debug_assert!(drawn.is_ok());
}

fn dot(area: &Area<'_>, at: (i32, i32), tone: Tone) {
    let drawn: Drawn<'_> = area.draw(&Circle::new(at, 5, tone.marker().filled()));
    debug_assert!(drawn.is_ok());
}

/// Draws on `size` pixels and gives the SVG element, described by `title` to those who cannot see it.
fn svg(size: (u32, u32), title: &str, draw: impl FnOnce(&Area<'_>)) -> String {
    let mut out = String::new();
    {
        let area = SVGBackend::with_string(&mut out, size).into_drawing_area();
        draw(&area);
        let done: Drawn<'_> = area.present();
        debug_assert!(done.is_ok());
    }
    for (tone, name) in Tone::ALL {
        let RGBColor(r, g, b) = tone.marker();
        for attribute in ["fill", "stroke"] {
            let marker = format!("{attribute}=\"#{r:02X}{g:02X}{b:02X}\"");
            out = out.replace(&marker, &format!("style=\"{attribute}:var(--{name})\""));
        }
    }
    let title = maud::html! { (title) }.into_string();
    let sized = format!("<svg width=\"{}\" height=\"{}\" ", size.0, size.1);
    out.replacen(&sized, &format!("<svg role=\"img\" aria-label=\"{title}\" "), 1)
}

/// Horizontal bars, one below the other; `label` and `note` are the widths of what stands before and behind.
pub(crate) fn bars(title: &str, bars: &[Bar], width: u32, label: i32, note: i32) -> String {
    const STEP: i32 = 26;
    let height = bars.len() as i32 * STEP + 6;
    svg((width, height.unsigned_abs()), title, |area| {
        let (left, right) = (label + 10, width.cast_signed() - note - 10);
        for (index, bar) in bars.iter().enumerate() {
            let middle = index as i32 * STEP + STEP / 2 + 3;
            text(area, &bar.label, (label, middle), Tone::Ink, HPos::Right);
            block(area, (left, middle - 7), (right, middle + 7), Tone::Track);
            let length = (f64::from(right - left) * bar.share.clamp(0.0, 1.0)).round() as i32;
            if bar.share > 0.0 {
                block(area, (left, middle - 7), (left + length.max(2), middle + 7), bar.tone);
            }
            let tone = if bar.tone == Tone::Warn { Tone::Warn } else { Tone::Soft };
            text(area, &bar.note, (right + 10, middle), tone, HPos::Left);
        }
    })
}

/// Upright bars from 0 to 100 % over an axis of names; a bar that may not be shown is `None`.
pub(super) fn columns(title: &str, shares: &[(&str, Option<f64>)], width: u32) -> String {
    const TOP: i32 = 12;
    const BOTTOM: i32 = 162;
    svg((width, 196), title, |area| {
        let (left, right) = (44, width.cast_signed() - 6);
        for percent in [0, 25, 50, 75, 100] {
            let y = BOTTOM - (BOTTOM - TOP) * percent / 100;
            block(area, (left, y), (right, y + 1), Tone::Line);
            text(area, &format!("{percent}%"), (left - 6, y), Tone::Soft, HPos::Right);
        }
        let step = f64::from(right - left) / shares.len().max(1) as f64;
        for (index, (name, share)) in shares.iter().enumerate() {
            let middle = left + (step * (index as f64 + 0.5)) as i32;
            let half = (step * 0.32).clamp(2.0, 16.0) as i32;
            match share {
                Some(share) => {
                    let height = (f64::from(BOTTOM - TOP) * share.clamp(0.0, 1.0)).round() as i32;
                    block(area, (middle - half, BOTTOM - height), (middle + half, BOTTOM), Tone::First);
                }
                None => text(area, "×", (middle, BOTTOM - 8), Tone::Soft, HPos::Center),
            }
            // Where bands are many, every second name is enough.
            if step >= 44.0 || index % 2 == 0 {
                text(area, name, (middle, BOTTOM + 16), Tone::Soft, HPos::Center);
            }
        }
    })
}

/// Two rates a line, as dots on an axis that ends at 100 % and says where it begins.
pub(super) fn rates(
    title: &str,
    lines: &[(String, Option<f64>, Option<f64>)],
    width: u32,
    label: i32,
) -> String {
    const STEP: i32 = 30;
    let all = || lines.iter().flat_map(|(_, one, two)| [one, two]).flatten();
    let lowest = all().fold(1.0, |low: f64, rate| low.min(*rate)) * 100.0;
    // The axis begins at a whole number of percent, some way below the lowest rate.
    let begin =
        [99, 98, 95, 90, 75, 50].into_iter().find(|begin| f64::from(*begin) < lowest - 0.05).unwrap_or(0);
    let height = lines.len() as i32 * STEP + 34;
    svg((width, height.unsigned_abs()), title, |area| {
        let (left, right) = (label + 24, width.cast_signed() - 30);
        let bottom = lines.len() as i32 * STEP + 4;
        let x = |rate: f64| {
            let share = (rate * 100.0 - f64::from(begin)) / f64::from(100 - begin);
            left + (f64::from(right - left) * share.clamp(0.0, 1.0)).round() as i32
        };
        for quarter in 0..=4 {
            let percent = f64::from(begin) + f64::from(100 - begin) * f64::from(quarter) / 4.0;
            let at = x(percent / 100.0);
            block(area, (at, 4), (at + 1, bottom), Tone::Line);
            text(area, &format!("{percent}%"), (at, bottom + 14), Tone::Soft, HPos::Center);
        }
        for (index, (name, here, there)) in lines.iter().enumerate() {
            let middle = index as i32 * STEP + STEP / 2 + 3;
            text(area, name, (label, middle), Tone::Ink, HPos::Right);
            if let (Some(here), Some(there)) = (here, there) {
                let (one, two) = (x(here.min(*there)), x(here.max(*there)));
                block(area, (one, middle - 1), (two, middle + 1), Tone::Line);
            }
            for (rate, tone, rise) in [(here, Tone::First, -4), (there, Tone::Second, 4)] {
                if let Some(rate) = rate {
                    dot(area, (x(*rate), middle + rise), tone);
                }
            }
        }
    })
}
