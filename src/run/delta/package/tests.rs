use super::*;

#[test]
fn words_say_what_became_of_a_row() {
    assert_eq!((gone("insert"), gone(" DELETE "), gone("删除")), (Some(false), Some(true), Some(true)));
    assert_eq!((gone(""), gone("maybe")), (None, None));
}

#[test]
fn the_latest_row_holds_and_of_two_the_deletion() {
    let row = |time, gone| Row { key: "k".into(), time, gone };
    let domain = yinshu_psi::item::Domain::new("test");
    let item = domain.item(&[b"k"]);
    for (rows, holds, late) in [
        ([row(Some(2), true), row(Some(1), false)], row(Some(2), true), 1),
        ([row(Some(1), true), row(Some(2), false)], row(Some(2), false), 0),
        ([row(Some(1), true), row(Some(1), false)], row(Some(1), true), 1),
        ([row(Some(1), false), row(Some(1), true)], row(Some(1), true), 0),
        ([row(None, true), row(None, false)], row(None, false), 0),
    ] {
        let mut said = Said::default();
        rows.into_iter().for_each(|row| said.take(item, row));
        assert_eq!((&said.rows[&item], said.late), (&holds, late));
    }
}

#[test]
fn times_grow_as_numbers() {
    assert_eq!(stamp("2026-11-22 08:00:01"), Some(20_261_122_080_001));
    assert_eq!(stamp(""), None);
}
