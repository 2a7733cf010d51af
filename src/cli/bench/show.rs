//! The figures as one table for people.

use super::machine::Machine;
use super::{Figures, clean, origin, parts, psi};
use crate::lang::{Named, Texts};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// How wide the table is where stdout is no terminal, in columns.
const WIDTH: u16 = 120;

/// What was measured, figure beside target.
pub(super) fn table(figures: &Figures, texts: &Texts) -> String {
    let shown = Shown { texts };
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    let heads = ["what", "size", "speed", "memory", "traffic", "target"];
    table.set_header(heads.map(|head| texts.say(&format!("ui-bench-head-{head}"), &[])));
    if let Some(clean) = &figures.clean {
        table.add_row(shown.clean(clean));
    }
    for psi in &figures.psi {
        table.add_row(shown.psi(psi, figures.machine.cores));
    }
    if let Some(origin) = &figures.origin {
        table.add_row(shown.origin(origin));
    }
    for part in &figures.parts {
        table.add_row(shown.part(part));
    }
    table.to_string()
}

/// What it was measured on.
pub(super) fn machine(machine: &Machine, texts: &Texts) -> String {
    let load = |load: Option<f64>| load.map_or_else(none, |load| format!("{load:.2}"));
    texts.say(
        "ui-bench-machine",
        &[
            ("cores", machine.cores.into()),
            ("processor", machine.processor.clone().unwrap_or_else(none).into()),
            ("before", load(machine.load_before).into()),
            ("after", load(machine.load_after).into()),
        ],
    )
}

struct Shown<'a> {
    texts: &'a Texts,
}

type Row = [String; 6];

impl Shown<'_> {
    fn say(&self, id: &str, args: &[Named<'_>]) -> String {
        self.texts.say(id, args)
    }

    fn rate(&self, unit: &str, rate: f64) -> String {
        self.say(&format!("ui-bench-rate-{unit}"), &[("n", grouped(rate.round() as u64).into())])
    }

    fn seconds(&self, seconds: f64) -> String {
        self.say("ui-bench-seconds", &[("n", format!("{seconds:.1}").into())])
    }

    /// A time, and the processor time in it.
    fn times(&self, seconds: f64, cpu: Option<f64>) -> String {
        let cpu = cpu.map_or_else(none, |cpu| format!("{cpu:.2}"));
        self.say("ui-bench-times", &[("seconds", format!("{seconds:.2}").into()), ("cpu", cpu.into())])
    }

    fn clean(&self, f: &clean::Figures) -> Row {
        let size = [("rows", grouped(f.rows).into()), ("bytes", size(f.bytes).into())];
        let target =
            [self.rate("rows", f.target_rows_per_second as f64), size_under(self, f.target_peak_bytes)];
        [
            self.say("ui-bench-what-clean", &[("columns", f.columns.into())]),
            self.say("ui-bench-size-clean", &size),
            format!("{}\n{}", self.rate("rows", f.rows_per_second), self.times(f.seconds, f.cpu_seconds)),
            f.peak_bytes.map_or_else(none, self::size),
            String::new(),
            target.join("\n"),
        ]
    }

    fn psi(&self, f: &psi::Figures, cores: usize) -> Row {
        [
            self.say("ui-bench-what-psi", &[("cores", cores.into())]),
            format!("{} × {}", grouped(f.receiver_items), grouped(f.sender_items)),
            format!("{}\n{}", self.rate("items", f.items_per_second), self.times(f.seconds, f.cpu_seconds)),
            String::new(),
            self.traffic(f.bytes, f.rounds),
            String::new(),
        ]
    }

    fn origin(&self, f: &origin::Figures) -> Row {
        let profile = serde_json::to_value(f.profile).unwrap_or(Value::Null);
        let sizes = [
            ("returned", grouped(f.returned_rows).into()),
            ("local", grouped(f.local_rows).into()),
            ("tokens", grouped(f.asked_tokens + f.shown_tokens).into()),
        ];
        let peak = |peak: Option<u64>| peak.map_or_else(none, size);
        let peaks =
            [("county", peak(f.county_peak_bytes).into()), ("provider", peak(f.provider_peak_bytes).into())];
        let seconds = f.target_seconds.map(|seconds| self.seconds(seconds as f64));
        let target: Vec<String> =
            seconds.into_iter().chain([size_under(self, f.target_peak_bytes)]).collect();
        [
            self.say("ui-bench-what-origin", &[("profile", profile.as_str().unwrap_or_default().into())]),
            self.say("ui-bench-size-origin", &sizes),
            self.times(f.seconds, f.cpu_seconds),
            self.say("ui-bench-peaks", &peaks),
            self.traffic(f.bytes, f.rounds),
            target.join("\n"),
        ]
    }

    fn part(&self, f: &parts::Figures) -> Row {
        let rate = format!("{}\n{}", self.rate("times", f.per_second), self.times(f.seconds, f.cpu_seconds));
        let what = self.say(&format!("ui-bench-part-{}", f.part), &[]);
        [what, String::new(), rate, String::new(), String::new(), String::new()]
    }

    fn traffic(&self, bytes: u64, rounds: u64) -> String {
        self.say("ui-bench-traffic", &[("bytes", size(bytes).into()), ("rounds", rounds.into())])
    }
}

pub(super) fn none() -> String {
    "–".to_owned()
}

fn size_under(shown: &Shown<'_>, bytes: u64) -> String {
    shown.say("ui-bench-under", &[("bytes", size(bytes).into())])
}

/// 1234567 → 1,234,567.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in the unit that suits them, of 1024.
pub(super) fn size(bytes: u64) -> String {
    let (kib, mib) = (bytes as f64 / 1024.0, bytes as f64 / f64::from(1 << 20));
    match bytes {
        0..0x400 => format!("{bytes} B"),
        0x400..0x10_0000 => format!("{kib:.1} KiB"),
        0x10_0000..0xA0_0000 => format!("{mib:.1} MiB"),
        _ => format!("{mib:.0} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_sizes_have_units() {
        assert_eq!(
            [0, 999, 1000, 65_536, 1_234_567].map(grouped),
            ["0", "999", "1,000", "65,536", "1,234,567"]
        );
        assert_eq!(
            [5, 2048, 3 << 20, 200 << 20, 1 << 30].map(size),
            ["5 B", "2.0 KiB", "3.0 MiB", "200 MiB", "1024 MiB"]
        );
    }
}
