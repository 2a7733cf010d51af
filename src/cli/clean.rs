//! `yinshu clean`: the identifier cleaning alone, from any source to CSV or Parquet.

mod guess;

use super::{Done, Ui};
use crate::problem::{CliError, Problem, read_toml};
use crate::progress::Progress;
use crate::tables::Out;
use comfy_table::{Table, presets};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use yinshu_data::clean::RejectFile;
use yinshu_data::mapping::Aliases;
use yinshu_data::{CleanReport, Cleaner, Found, Source, TableReader, TableSpec};

/// Options of `yinshu clean`.
#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// The table, or a `.toml` that says where it is.
    #[arg(value_name = "INPUT")]
    pub input: PathBuf,
    /// What the columns are.
    #[arg(long, value_name = "TOML")]
    pub spec: Option<PathBuf>,
    /// The cleaned table: `.csv` or `.parquet`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The rejected rows.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// The report.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Column aliases.
    #[arg(long, value_name = "TOML")]
    pub mapping: Option<PathBuf>,
    /// Accept the made-up divisions 99….
    #[arg(long)]
    pub test_region: bool,
}

/// Cleans the table and says what was done to it.
pub fn run(args: &CleanArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let source = source(&args.input)?;
    refuse_to_overwrite(args, &source)?;
    let mut reader = yinshu_data::open(&source)?;
    let spec = spec(args, reader.columns())?;
    let mut cleaner = Cleaner::with_aliases(&spec, reader.columns(), &aliases(args)?)?;
    let mut out = args.out.as_deref().map(|path| create(path, &spec)).transpose()?;
    let mut rejects = args.rejects.as_deref().map(RejectFile::create).transpose()?;
    let progress = ui.progress("clean", 0);
    let flagged = clean(reader.as_mut(), &mut cleaner, (&mut out, &mut rejects), &progress, ui)?;
    drop(progress);
    if let Some(rejects) = rejects {
        rejects.finish()?;
    }
    if let Some(out) = out {
        out.finish()?;
    }
    let json = json!({
        "input": args.input.display().to_string(), "found": reader.found(), "report": cleaner.report(),
        "out": args.out, "rejects": args.rejects,
    });
    if let Some(path) = &args.report {
        write_whole(path, &serde_json::to_vec_pretty(&json).unwrap_or_default())?;
    }
    tell(args, reader.found(), cleaner.report(), flagged, ui);
    Ok(Done::with(json))
}

fn create(path: &Path, spec: &TableSpec) -> Result<Out, Problem> {
    let names: Vec<&str> = spec.columns.iter().map(|column| column.name.as_str()).collect();
    Out::create(path, &names)
}

/// All rows, a batch at a time; how many values were flagged.
fn clean(
    reader: &mut dyn TableReader,
    cleaner: &mut Cleaner,
    (out, rejects): (&mut Option<Out>, &mut Option<RejectFile>),
    progress: &Progress,
    ui: &Ui,
) -> Result<u64, Problem> {
    let (mut rows, mut flagged) = (0, 0);
    while let Some(raw) = reader.next_batch()? {
        ui.go_on()?;
        let clean = cleaner.clean(&raw)?;
        if let Some(out) = out {
            out.write(&clean.batch)?;
        }
        if let Some(rejects) = rejects {
            rejects.write(&clean.rejected)?;
        }
        flagged += clean.flagged.len() as u64;
        rows += (raw.row_numbers.len() + raw.ragged.len()) as u64;
        progress.set(rows);
    }
    Ok(flagged)
}

/// A table file, or a description of a source, whose own path is relative to it.
fn source(input: &Path) -> Result<Source, Problem> {
    if input.extension().is_none_or(|e| !e.eq_ignore_ascii_case("toml")) {
        return Ok(Source::file(input));
    }
    let mut source: Source = read_toml(input, &[])?;
    if let Some(path) = &mut source.path
        && let Some(folder) = input.parent()
    {
        *path = folder.join(&*path);
    }
    Ok(source)
}

fn spec(args: &CleanArgs, headers: &[String]) -> Result<TableSpec, Problem> {
    let mut spec = match &args.spec {
        Some(path) => read_toml(path, &[])?,
        None => guess::spec(headers),
    };
    spec.test_region |= args.test_region;
    spec.check()?;
    Ok(spec)
}

fn aliases(args: &CleanArgs) -> Result<Aliases, Problem> {
    let mut aliases = Aliases::built_in();
    if let Some(path) = &args.mapping {
        let text = fs::read_to_string(path).map_err(|e| Problem::reading(path, &e))?;
        aliases.extend_from_toml(&text)?;
    }
    Ok(aliases)
}

/// No output is an input, and no two outputs are one file.
fn refuse_to_overwrite(args: &CleanArgs, source: &Source) -> Result<(), Problem> {
    let inputs = [Some(&args.input), source.path.as_ref(), args.spec.as_ref(), args.mapping.as_ref()];
    let mut taken: Vec<PathBuf> = inputs.into_iter().flatten().map(|path| identity(path)).collect();
    for path in [&args.out, &args.rejects, &args.report].into_iter().flatten() {
        let own = identity(path);
        if taken.contains(&own) {
            return Err(CliError::SameFile { path: path.display().to_string() }.into());
        }
        taken.push(own);
    }
    Ok(())
}

/// A path by which two spellings of one file are known for the same, whether or not it exists.
fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Writes a small file beside its place and renames it there.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    use std::io::Write as _;
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let mut file = crate::tables::file_beside(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

fn tell(args: &CleanArgs, found: &Found, report: &CleanReport, flagged: u64, ui: &mut Ui) {
    let dash = || "—".to_owned();
    let encoding = found.encoding.map_or_else(dash, |e| e.name().to_owned());
    let header = found.header_row.map_or_else(dash, |row| row.to_string());
    let input = args.input.display().to_string();
    ui.say(
        "ui-clean-source",
        &[
            ("input", input.into()),
            ("format", found.format.clone().into()),
            ("encoding", encoding.into()),
            ("header", header.into()),
        ],
    );
    ui.say(
        "ui-clean-rows",
        &[
            ("rows", report.rows_in.into()),
            ("kept", report.rows_out.into()),
            ("rejected", report.rows_rejected.into()),
        ],
    );
    if flagged > 0 {
        ui.say("ui-clean-flagged", &[("flagged", flagged.into())]);
    }
    if !report.extra_columns.is_empty() {
        ui.say("ui-clean-extra", &[("columns", report.extra_columns.join(", ").into())]);
    }
    if !report.rules.is_empty() {
        let table = rules(report, ui);
        ui.say("ui-clean-rules", &[("table", table.into())]);
    }
    for (id, path) in [
        ("ui-clean-written", &args.out),
        ("ui-clean-rejects-written", &args.rejects),
        ("ui-clean-report-written", &args.report),
    ] {
        if let Some(path) = path {
            ui.say(id, &[("out", path.display().to_string().into())]);
        }
    }
}

/// What each rule did, as a table.
fn rules(report: &CleanReport, ui: &Ui) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    let text = |id: &str| ui.texts().say(id, &[]);
    table.set_header(
        ["rule", "text", "normalised", "flagged", "rejected"]
            .map(|part| text(&format!("ui-clean-head-{part}"))),
    );
    for (rule, counts) in &report.rules {
        let about = text(&format!("ui-rule-{}", rule.as_str().to_lowercase()));
        let [normalised, flagged, rejected] =
            [counts.normalised, counts.flagged, counts.rejected].map(|n| n.to_string());
        table.add_row([rule.to_string(), about, normalised, flagged, rejected]);
    }
    table.to_string()
}
