//! The page of a joint computation around what it shows: under which contract, in which run, among whom.

use crate::contract::Draft;
use crate::lang::{Lang, Texts};
use crate::report_page;
use maud::{Markup, html};
use yinshu_net::{PartyId, SessionId};

/// A self-contained page. `more` are further facts of the run, by name.
pub(in crate::run) fn page(
    (draft, run, receivers): (&Draft, SessionId, &[PartyId]),
    more: &[(String, String)],
    body: &Markup,
    texts: &Texts,
) -> String {
    let say = |id: &str| texts.say(&format!("ui-stats-page-{id}"), &[]);
    let lang = if texts.lang() == Lang::Zh { "zh" } else { "en" };
    let heading = &draft.terms.contract;
    let titles = |all: &mut dyn Iterator<Item = &crate::contract::Party>| {
        all.map(|party| party.title.clone()).collect::<Vec<_>>().join(", ")
    };
    let mut receiving = draft.terms.parties.iter().filter(|party| receivers.contains(&party.name));
    let body = html! {
        header { h1 { (say("title")) } p.subtitle { (heading.title) } }
        div.rule {}
        dl.facts {
            dt { (say("contract")) } dd { (heading.id) " " code { (draft.digest) } }
            dt { (say("run")) } dd { code { (run) } }
            @for (name, fact) in more { dt { (name) } dd { code { (fact) } } }
            dt { (say("parties")) } dd { (titles(&mut draft.terms.parties.iter())) }
            dt { (say("receivers")) } dd { (titles(&mut receiving)) }
        }
        (body)
    };
    report_page::whole(lang, &format!("{} · {}", say("title"), heading.title), &body)
}
