//! The report as a page and as text.

use super::Verified;
use crate::cli::Ui;
use crate::lang::{Lang, Texts};
use crate::problem::Problem;
use crate::report_page::{Layout, Page, html, terminal};
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

/// Writes the page beside and renames it. The page carries the state of our log, which holds the record
/// of this very report.
pub(super) fn write_page(verified: &Verified, path: &Path, texts: &Texts) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let text = html(&page(verified), word(texts));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Prints the report.
pub fn print_page(verified: &Verified, ui: &mut Ui) {
    let layout = Layout { colour: std::io::stdout().is_terminal(), ..Layout::default() };
    let text = terminal(&page(verified), word(ui.texts()), layout);
    ui.print(&text);
}

fn page(verified: &Verified) -> Page<'_> {
    Page {
        report: &verified.report,
        captions: &verified.captions,
        provenance: Some(&verified.provenance.provenance),
        seals: &verified.seals,
        json: Some(("report.json", verified.provenance.result)),
    }
}

fn word(texts: &Texts) -> &'static str {
    match texts.lang() {
        Lang::Zh => "zh",
        Lang::En => "en",
    }
}
