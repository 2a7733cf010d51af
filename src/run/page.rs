//! The report as a page and as text.

use super::Verified;
use crate::cli::Ui;
use crate::lang::Lang;
use crate::node::Node;
use crate::problem::Problem;
use crate::report_page::{Layout, Page, Seal, html, terminal};
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use yinshu_crypto::hash::Digest;

/// Writes the page beside and renames it, and prints the report. The page carries the state of our log,
/// which holds the record of this very report.
pub fn write_page(node: &Node, verified: &Verified, path: &Path, ui: &mut Ui) -> Result<(), Problem> {
    let checkpoint = node.open_log()?.checkpoint()?;
    let head = checkpoint.head();
    let party = node.config.node.title.clone();
    let ours = Seal { party, records: head.size, root: head.root };
    let seals: Vec<Seal> = [ours].into_iter().chain(verified.seal.clone()).collect();
    let digest: Digest = verified.provenance.result;
    let page = Page {
        report: &verified.report,
        captions: &verified.captions,
        provenance: Some(&verified.provenance.provenance),
        seals: &seals,
        json: Some(("report.json", digest)),
    };
    let lang = match ui.texts().lang() {
        Lang::Zh => "zh",
        Lang::En => "en",
    };
    let failed = |e: std::io::Error| Problem::writing(path, &e);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(html(&page, lang).as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    let layout = Layout { colour: std::io::stdout().is_terminal(), ..Layout::default() };
    ui.print(&terminal(&page, lang, layout));
    Ok(())
}
