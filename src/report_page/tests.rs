use super::*;
use yinshu_crypto::hash::Digest;

fn shown(
    private: bool,
    lang: &str,
    change: impl FnOnce(&mut Report, &mut BTreeMap<String, String>),
) -> String {
    let (mut report, mut captions) = (sample::report(private), sample::captions());
    change(&mut report, &mut captions);
    let provenance = sample::provenance();
    let seals = ["county-9901", "hr-province"].map(|party| Seal {
        party: party.to_owned(),
        records: 17,
        root: Digest::sha256(party.as_bytes()),
    });
    let page = Page {
        report: &report,
        captions: &captions,
        provenance: Some(&provenance),
        seals: &seals,
        json: Some(("report.json", Digest::sha256(b"json"))),
    };
    html(&page, lang)
}

#[test]
fn every_value_of_the_report_is_on_the_page() {
    for (lang, name) in [("zh", "数据返还核验报告"), ("en", "Return verification report")] {
        let page = shown(true, lang, |_, _| {});
        let report = sample::report(true);
        for part in [
            name,
            "173",
            "手机号",
            "990101",
            "2026-11-18",
            "4,633",
            "288,000",
            "78.90%",
            "(-37)",
            "report.json",
        ] {
            assert!(page.contains(part), "{lang}: {part}");
        }
        for digest in [report.about.contract, report.about.manifest, Digest::sha256(b"json")] {
            assert!(page.contains(&digest.to_string()), "{lang}: {digest}");
        }
        assert_eq!(page.matches("<svg role=\"img\" aria-label=").count(), 5, "{lang}");
        assert!(!page.contains("#0101"), "{lang}: every marker colour becomes the page's own");
    }
}

#[test]
fn a_page_in_one_language_has_no_words_of_the_other() {
    let english = shown(true, "en", |report, captions| {
        captions.clear();
        report.consistency.columns.surplus.clear();
    });
    let provenance = english.find("Provenance").expect("a section");
    let cjk = |text: &str| text.chars().find(|c| ('\u{4E00}'..='\u{9FFF}').contains(c));
    assert_eq!(cjk(&english[english.find("<body>").expect("a body")..provenance]), None);
}

#[test]
fn the_page_is_whole_in_itself() {
    let page = shown(true, "zh", |_, _| {});
    assert!(page.contains("default-src 'none'") || page.contains("default-src &#39;none&#39;"));
    for outside in ["<script", "<link", "<img", "url(", "@import", "src=", "href=", " onload"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let addresses = page.match_indices("http").filter(|(at, _)| {
        let rest = &page[*at..];
        !rest.starts_with("http-equiv") && !rest.starts_with("http://www.w3.org/2000/svg")
    });
    assert_eq!(addresses.count(), 0);
}

#[test]
fn what_others_wrote_is_escaped() {
    const EVIL: &str = "<b onmouseover='x'>\"&";
    let page = shown(true, "zh", |report, captions| {
        report.about.catalogue = EVIL.into();
        report.about.provider = EVIL.into();
        report.consistency.columns.surplus.insert(EVIL.into());
        report.timeliness.files[0].file = EVIL.into();
        report.accuracy.with_local[0].column = EVIL.into();
        report.accuracy.invalid_keys.insert(EVIL.into(), 1);
        report.completeness.coverage_of_local.divisions[0] = EVIL.into();
        report.completeness.counts.wrong[0].day = EVIL.into();
        report.cost.traffic[1].phase = EVIL.into();
        report.cost.timings[0].step = EVIL.into();
        captions.insert("990102".into(), EVIL.into());
    });
    assert!(!page.contains("<b onmouseover"));
    assert!(page.matches("&lt;b onmouseover").count() >= 10);
}

#[test]
fn without_the_private_half_the_page_says_so() {
    let page = shown(false, "zh", |_, _| {});
    assert!(page.contains("未核验") && page.contains("未做隐私核验"));
    assert!(!page.contains("额度"));
    let clean = shown(false, "en", |report, _| {
        for part in [&mut report.completeness.findings, &mut report.consistency.findings] {
            part.iter_mut().filter(|one| !one.kind.is_private()).for_each(|one| one.count = Some(0));
        }
    });
    assert!(clean.contains("partly seen") && clean.contains(">passed<"));
}

#[test]
fn an_empty_report_is_shown_too() {
    let page = shown(true, "en", |report, _| {
        report.completeness.coverage_of_local = Default::default();
        report.completeness.coverage_of_returned = Default::default();
        report.completeness.missing = None;
        report.accuracy.with_local.clear();
        report.accuracy.with_source = None;
        report.timeliness.ages = Default::default();
        report.timeliness.files.clear();
    });
    assert!(page.contains("</html>"));
}

#[test]
fn the_terminal_lines_up_and_has_no_colour_unless_asked() {
    let (report, captions) = (sample::report(true), sample::captions());
    let page = Page { report: &report, captions: &captions, provenance: None, seals: &[], json: None };
    for lang in ["zh", "en"] {
        let plain = terminal(&page, lang, Layout::default());
        assert!(!plain.contains('\u{1B}'));
        for part in ["173", "手机号", "(-37)", "78.90%"] {
            assert!(plain.contains(part), "{lang}: {part}\n{plain}");
        }
        let coloured = terminal(&page, lang, Layout { colour: true, ..Layout::default() });
        assert!(coloured.contains('\u{1B}'));
    }
    let narrow = terminal(&page, "zh", Layout { width: 60, colour: false });
    assert!(narrow.contains("173"));
}

#[test]
fn numbers_are_written_for_people() {
    assert_eq!(
        ["0", "999", "1,000", "12,345,678"].map(str::to_owned),
        [0, 999, 1000, 12_345_678].map(figures::grouped)
    );
    assert_eq!(figures::percent((9_999_999, 10_000_000)), "99.99%");
    assert_eq!(figures::percent((3, 3)), "100%");
    assert_eq!(figures::percent((0, 0)), "–");
    assert_eq!([0, 1023, 1024, 1_572_864].map(figures::bytes), ["0 B", "1023 B", "1.0 KiB", "1.5 MiB"]);
    assert_eq!(figures::bytes(u64::MAX), "16777216.0 TiB");
}
