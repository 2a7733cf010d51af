//! The page around the sections.

use super::words::Words;
use super::{Page, sections};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

/// Nothing is loaded, run, framed or sent; style stands in the page itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The look of all pages.
const STYLE: &str = include_str!("page.css");

/// A self-contained page in this language (`zh` or `en`) around what it shows.
pub(crate) fn whole(lang: &str, title: &str, body: &Markup) -> String {
    let whole = markup! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    whole.into_string()
}

/// The report as one self-contained HTML page; `lang` is `zh` or `en`.
pub fn html(page: &Page<'_>, lang: &str) -> String {
    let words = Words::of(lang);
    let body = markup! {
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
    };
    whole(words.code(), &format!("{} · {}", words.title(), page.report.about.catalogue), &body)
}
