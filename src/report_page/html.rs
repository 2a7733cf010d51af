//! The page around the sections.

use super::words::Words;
use super::{Page, sections};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

/// Nothing is loaded, run, framed or sent; style stands in the page itself.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The look of all pages.
pub(crate) const STYLE: &str = include_str!("page.css");

/// The report as one self-contained HTML page; `lang` is `zh` or `en`.
pub fn html(page: &Page<'_>, lang: &str) -> String {
    let words = Words::of(lang);
    let whole: Markup = markup! {
        (DOCTYPE)
        html lang=(words.code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (words.title()) " · " (page.report.about.catalogue) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (sections::masthead(page, words))
                    (sections::verdict(page, words))
                    (sections::findings(page, words))
                    (sections::coverage(page, words))
                    (sections::agreement(page, words))
                    (sections::staleness(page, words))
                    (sections::learnt(page, words))
                    (sections::cost(page, words))
                    (sections::provenance(page, words))
                    (sections::checking(page, words))
                }
            }
        }
    };
    whole.into_string()
}
