//! What travels.

use super::world::{CONTRACT, World, secret};
use crate::defect::{DefectKind, Heading};
use crate::here::index::Index;
use crate::report::{About, Cost, Report, Side, What};
use crate::terms::Terms;
use yinshu_crypto::hash::Digest;

fn about(terms: &Terms) -> About {
    About {
        contract: CONTRACT,
        manifest: Digest::sha256(b"manifest"),
        catalogue: terms.catalogue.clone(),
        provider: "province".into(),
        recipient: "county".into(),
        period: terms.period,
        made: "2026-11-21T00:00:00Z".parse().expect("a time"),
    }
}

#[test]
fn a_report_comes_back_and_names_nobody() {
    let mut world = World::clean();
    world.source = crate::sample::rows(
        &crate::sample::RETURNED,
        &[super::world::insured("990101195003070000", "某", "990101")],
    );
    let outcome = world.run();
    let report = Report::assemble(
        about(&world.terms),
        &world.terms,
        &outcome.here,
        Some(&outcome.there),
        Cost::default(),
    );
    let json = serde_json::to_string(&report).expect("written");
    assert_eq!(serde_json::from_str::<Report>(&json).expect("read"), report);
    for defect in &outcome.defects {
        let key = defect.key.as_deref().expect("every one is gone");
        assert!(!json.contains(key) && !json.contains("人1"));
    }
    let gone = report.findings().find(|f| f.kind == DefectKind::GoneFromSource).expect("listed");
    assert_eq!((gone.count, gone.of, gone.rate()), (Some(30), 30, Some(1.0)));
    assert_eq!(report.findings().count(), DefectKind::ALL.len());
    assert!(report.findings().all(|f| Heading::ALL.contains(&f.kind.heading())));
    let learnt =
        |side, what| report.learnt.iter().find(|l| l.side == side && l.what == what).expect("told").count;
    assert_eq!(learnt(Side::Provider, What::PeopleAsked), 31);
    assert_eq!(learnt(Side::County, What::OwnResidentsInSource), 1);
    assert_eq!(learnt(Side::County, What::OwnValuesInSource), 150);
    assert_eq!(learnt(Side::County, What::SourceSize), 6);
}

#[test]
fn without_the_provider_nothing_private_is_claimed() {
    let world = World::clean();
    let here = world.here(None).expect("read").0;
    let report = Report::assemble(about(&world.terms), &world.terms, &here, None, Cost::default());
    for finding in report.findings() {
        assert_eq!(finding.count.is_none(), finding.kind.is_private());
    }
    assert!(report.private.is_none() && report.learnt.is_empty());
}

#[test]
fn the_index_of_a_batch_tells_the_next_one_what_changed() {
    let mut world = World::clean();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("last.index");
    let (here, _) = world.here(None).expect("read");
    assert_eq!(here.delta, None);
    here.index().write(&path, &secret()).expect("written");
    let before = Index::read(&path, &secret()).expect("read");
    assert_eq!(before.len(), 30);
    // One file less; in the other everything is newer, which is no change of content.
    world.files.pop();
    let (here, _) = world.here(Some(&before)).expect("read");
    let delta = here.delta.expect("there was a batch before");
    assert_eq!((delta.deleted, delta.unchanged, delta.updated, delta.inserted), (15, 15, 0, 0));
    world = World::clean();
    world.files.swap(0, 1);
    assert_eq!(world.here(Some(&before)).expect("read").0.delta.expect("compared").unchanged, 30);
}

#[test]
fn coverage_is_counted_both_ways() {
    let outcome = World::clean().run();
    let local = outcome.here.coverage_of_local.total();
    assert_eq!((local.whole, local.part), (26, 25));
    let returned = outcome.here.coverage_of_returned.total();
    assert_eq!((returned.whole, returned.part), (30, 25));
    assert_eq!(outcome.there.not_held, 1);
    assert_eq!(outcome.there.still_held, 30);
    assert_eq!((outcome.answered.rows, outcome.answered.unusable, outcome.answered.shown), (50, 0, 300));
}
