//! The protocol equals the function in the clear.

use super::*;
use crate::plain;
use proptest::prelude::*;

fn check(x: &[Entry], y: &[Row], terms: &Terms, asks: &Asks) -> (Received, Sent) {
    let (received, sent) = run(x, y, terms, asks).unwrap();
    let (count, sums) = plain::sums(x, y, asks.columns.list().len());
    let opened = (count >= asks.least).then_some(Opened { count, sums });
    assert_eq!(received.opened, opened);
    assert_eq!((sent.count, sent.opened), (count, opened.is_some()));
    assert_eq!(sent.told, opened.filter(|_| terms.learns == Learns::Both));
    assert_eq!(received.peer_rows, terms.own_items.unwrap_or(y.len() as u64));
    let own: Vec<Entry> = y.iter().map(|row| row.entry).collect();
    assert_eq!((received.duplicates, sent.duplicates), (plain::repeats(x), plain::repeats(&own)));
    assert_eq!(crate::terms::commitment(received.salt.expose(), x), sent.peer_commitment);
    (received, sent)
}

#[test]
fn every_shape() {
    let cases: [(&str, Vec<Entry>, Vec<Row>); 9] = [
        ("both empty", vec![], vec![]),
        ("receiver empty", vec![], rows(0..5)),
        ("sender empty", entries(0..5), vec![]),
        ("one, shared", entries([1]), rows([1])),
        ("one, not shared", entries([1]), rows([2])),
        ("equal", entries(0..150), rows((0..150).rev())),
        ("disjoint", entries(0..20), rows(20..50)),
        ("all the same", entries([4; 50]), rows([4; 40])),
        ("repeats on both sides", entries([1, 2, 1, 3, 3, 9]), rows([3, 3, 1, 7, 7, 3])),
    ];
    for (name, x, y) in cases {
        for learns in [Learns::Receiver, Learns::Both] {
            for least in [0, 2] {
                println!("{name}, {learns:?}, at least {least}");
                check(&x, &y, &terms(learns, 1), &asks(least));
            }
        }
    }
}

#[test]
fn more_than_one_frame_of_everything() {
    let (x, y) = (entries(0..4_200), rows(3_000..4_000));
    check(&x, &y, &terms(Learns::Receiver, 1), &asks(10));
}

#[test]
fn the_whole_range_is_exact() {
    let columns = vec![column("i64", 64, true), column("u64", 64, false), column("u1", 1, false)];
    let asks = Asks { columns: columns.try_into().unwrap(), least: 0 };
    for values in [
        [i128::from(i64::MIN), 0, 0],
        [i128::from(i64::MAX), i128::from(u64::MAX), 1],
        [-1, i128::from(u64::MAX) - 1, 0],
    ] {
        let y: Vec<Row> = (0..9).map(|n| Row { entry: entry(0, n), values: values.to_vec() }).collect();
        let (received, _) = check(&entries(2..9), &y, &terms(Learns::Both, 1), &asks);
        assert_eq!(received.opened.unwrap().sums, values.map(|value| 7 * value));
    }
}

#[test]
fn sections_do_not_mix() {
    let x = [entry(1, 4), entry(0, 5), entry(1, 6)];
    let y = [(0, 4), (0, 5), (1, 6), (1, 7)]
        .map(|(section, n)| Row { entry: entry(section, n), values: vec![n.into(), 1] });
    let (received, _) = check(&x, &y, &terms(Learns::Receiver, 2), &asks(0));
    assert_eq!(received.opened.unwrap().sums, [11, 2]);
}

#[test]
fn below_the_group_size_nothing_is_opened() {
    let (x, y) = (entries(0..12), rows(3..30));
    let (received, sent) = check(&x, &y, &terms(Learns::Both, 1), &asks(10));
    assert_eq!((received.opened, sent.count, sent.told), (None, 9, None));
    let (received, _) = check(&x, &y, &terms(Learns::Both, 1), &asks(9));
    assert_eq!(received.opened.unwrap().count, 9);
}

#[test]
fn values_out_of_range_are_refused() {
    let asks = Asks { columns: vec![column("age", 7, false)].try_into().unwrap(), least: 0 };
    let row = |n, values: &[i128]| Row { entry: entry(0, n), values: values.to_vec() };
    for rows in [
        vec![row(1, &[128])],
        vec![row(1, &[-1])],
        vec![row(1, &[])],
        vec![row(1, &[100]), row(1, &[100])],
        vec![row(2, &[1]), row(1, &[100]), row(2, &[1]), row(1, &[100])],
    ] {
        let outcome = run(&entries([1]), &rows, &terms(Learns::Receiver, 1), &asks);
        assert_eq!(outcome.sent.unwrap_err().code(), 4183);
        assert_eq!(outcome.received.unwrap_err().code(), 4010);
    }
}

/// Whether an entry's rows fit does not depend on their order: only their sum counts.
#[test]
fn sums_on_the_way_may_leave_the_range() {
    let asks = Asks { columns: vec![column("balance", 8, true)].try_into().unwrap(), least: 0 };
    for values in [[100, 100, -100], [100, -100, 100], [-100, 100, 100]] {
        let row = |&value: &i128| Row { entry: entry(0, 1), values: vec![value] };
        let rows: Vec<Row> = values.iter().map(row).collect();
        let (received, _) = run(&entries([1]), &rows, &terms(Learns::Receiver, 1), &asks).unwrap();
        assert_eq!(received.opened.unwrap().sums, [100]);
    }
}

/// What fills up is no quicker to encrypt than a row.
#[test]
fn filling_has_as_many_limbs_as_a_row() {
    let (columns, row) = (asks(0).columns, rows([9]).remove(0));
    assert_eq!(columns.limbs(None), vec![0; columns.slots()]);
    assert_eq!(columns.limbs(Some(&row)).len(), columns.slots());
}

#[test]
fn columns_are_checked() {
    let columns = |columns: Vec<Column>| Columns::try_from(columns).map_err(|error| error.code());
    assert_eq!(columns(vec![]), Err(4182));
    assert_eq!(columns(vec![column("a", 65, false)]), Err(4182));
    assert_eq!(columns(vec![column("a", 0, true)]), Err(4182));
    assert_eq!(columns(vec![column("a", 8, true), column("a", 9, true)]), Err(4182));
    assert_eq!(columns((0..9).map(|n| column(&n.to_string(), 8, true)).collect()), Err(4182));
}

fn side() -> impl Strategy<Value = Vec<(u16, u32, i32)>> {
    proptest::collection::vec((0u16..2, 0u32..12, any::<i32>()), 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_tables(x in side(), y in side(), both: bool, padding in proptest::option::of(20u64..30), least in 0u64..4) {
        let x: Vec<Entry> = x.into_iter().map(|(section, value, _)| entry(section, value)).collect();
        let row = |(section, value, of): (u16, u32, i32)| Row { entry: entry(section, value), values: vec![of.into()] };
        let y: Vec<Row> = y.into_iter().map(row).collect();
        let learns = if both { Learns::Both } else { Learns::Receiver };
        let asks = Asks { columns: vec![column("of", 38, true)].try_into().unwrap(), least };
        check(&x, &y, &Terms { own_items: padding, ..terms(learns, 2) }, &asks);
    }
}
