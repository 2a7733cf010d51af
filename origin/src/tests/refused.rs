//! What is refused, and by whom.

use super::world::{World, batches, secret};
use crate::VerifyError;
use crate::here::counts::Counts;
use crate::here::{FileStream, HereInput, ReturnedFile, RowStream, verify_here};
use crate::sample::rows;
use crate::terms::Terms;
use yinshu_net::Fault;

/// Both sides' errors where the provider's terms are `change`d; the county's terms stay.
fn refused(change: impl FnOnce(&mut Terms), returned_rows: Option<u64>) -> (VerifyError, VerifyError) {
    let world = World::clean();
    let here = world.here(None).expect("the half done here").0;
    let mut theirs = world.terms.clone();
    change(&mut theirs);
    let mut told = 0;
    let (asked, answered) = world.there(&here, &theirs, returned_rows, &mut |_| {
        told += 1;
        Ok(())
    });
    assert_eq!(told, 0, "no defect is concluded from a run that failed");
    (asked.err().expect("the county sees it"), answered.expect_err("the provider refuses"))
}

#[test]
fn the_provider_refuses_more_than_the_contract_allows() {
    for (asked, answered) in [
        refused(|terms| terms.quotas.keys = 30, None),
        refused(|terms| terms.quotas.per_field = 29, None),
        refused(|_| {}, Some(29)),
    ] {
        assert!(matches!(&answered, VerifyError::Private { matching: 4105, .. }), "{answered:?}");
        assert!(matches!(answered.fault(), Fault::Peer(county) if county.as_str() == "county"));
        assert!(matches!(&asked, VerifyError::Private { matching: 4010, .. }), "{asked:?}");
    }
}

#[test]
fn other_terms_are_refused() {
    for change in [
        (|terms: &mut Terms| drop(terms.private_fields.pop())) as fn(&mut Terms),
        |terms| terms.private_fields.swap(0, 1),
        |terms| terms.catalogue.push('x'),
        |terms| terms.aliases.0.clear(),
        |terms| terms.scope = crate::terms::Scope::OurDivisions,
    ] {
        let (_, answered) = refused(change, None);
        assert!(matches!(&answered, VerifyError::Private { matching: 4104, .. }), "{answered:?}");
    }
}

#[test]
fn the_county_asks_no_more_than_it_may() {
    let mut world = World::clean();
    let here = world.here(None).expect("the half done here").0;
    world.terms.quotas.keys = 30;
    let mut sink = |_| Ok(());
    let (asked, answered) = world.there(&here, &world.terms, None, &mut sink);
    let error = asked.err().expect("over quota");
    assert!(matches!(error, VerifyError::OverQuota { asked: 31, quota: 30, .. }), "{error}");
    assert!(answered.is_err());
    world.terms.quotas.keys = 31;
    assert!(world.there(&here, &world.terms, None, &mut sink).0.is_ok());
    world.terms.quotas.source_rows = 49;
    let (asked, _) = world.there(&here, &world.terms, None, &mut sink);
    assert!(matches!(asked.err(), Some(VerifyError::Private { matching: 4106, .. })));
}

#[test]
fn a_source_that_breaks_off_is_the_providers_own_error() {
    let mut world = World::clean();
    let here = world.here(None).expect("the half done here").0;
    world.source = rows(&["aac002"], &[["x"]]);
    let (asked, answered) = world.there(&here, &world.terms, None, &mut |_| Ok(()));
    assert!(matches!(answered, Err(VerifyError::NoColumn { .. })));
    assert!(matches!(asked.err(), Some(VerifyError::Private { matching: 4010, .. })));
}

/// The code of the error that these tables end in.
fn code<'a>(terms: &'a Terms, local: RowStream<'a>, files: FileStream<'a>) -> u16 {
    let (promised, secret) = (Counts::new(), secret());
    let input = HereInput {
        terms,
        promised: &promised,
        counted: None,
        local,
        files,
        previous: None,
        secret: &secret,
    };
    verify_here(input, &mut |_| Ok(()), &mut |_, _| {}).err().expect("an error").code()
}

#[test]
fn bad_tables_and_full_disks_are_errors() {
    let world = World::clean();
    let bad = rows(&["aac002"], &[["x"]]);
    let file = |rows| ReturnedFile { name: "f".into(), columns: Vec::new(), rows };
    assert_eq!(code(&world.terms, batches(&bad), Box::new(std::iter::empty())), 5111);
    assert_eq!(
        code(&world.terms, batches(&world.local), Box::new(std::iter::once(Ok(file(batches(&bad)))))),
        5111
    );
    let mut short = world.local.clone();
    short.row_numbers.pop();
    assert_eq!(code(&world.terms, Box::new(std::iter::once(Ok(short))), Box::new(std::iter::empty())), 5113);
    let full = || VerifyError::File { path: "d".into(), reason: "disk full".into() };
    let broken = Box::new(std::iter::once(Err(full())));
    assert_eq!(code(&world.terms, broken, Box::new(std::iter::empty())), 5121);
}
