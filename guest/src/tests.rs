use crate::abi::{Running, reallocated};
use crate::dry::{Column, Dry};
use crate::{Aggregate, Batch, MISSING, Person, Table, there};
use alloc::vec;
use alloc::vec::Vec;

const TABLE: &str =
    "id,town,age,wage,born\nP2,990102,30,12.5,1970-01-02\nP1,990101,40,-3.25,2000-03-01\nP2,,,,\n";

fn columns() -> [Column; 4] {
    [
        Column::number("age", 0),
        Column::number("wage", 2),
        Column::text("town", &["990101", "990102"]),
        Column::date("born"),
    ]
}

#[test]
fn a_made_up_table_is_numbers_as_in_the_sandbox() {
    let table = Dry::parse(TABLE, "id", &columns()).unwrap();
    let of = |column: u32| table.score(move |person, row, _| person.value(row, column));
    assert_eq!(of(0), [Some(40), Some(30), None]);
    assert_eq!(of(1), [Some(-325), Some(1250), None]);
    assert_eq!(of(2), [Some(0), Some(1), None]);
    assert_eq!(of(3), [Some(11_017), Some(1), None]);
    assert_eq!(of(4), [None; 3]);
    let rows: Vec<u32> = table.persons().map(|person| person.rows()).collect();
    assert_eq!(rows, [1, 2]);
    assert!(table.persons().all(|person| person.value(person.rows(), 0).is_none()));
    assert!(Dry::parse(TABLE, "nobody", &columns()).is_err());
    assert_eq!(Dry::parse("id,age\n", "id", &columns()[..1]).unwrap().persons().count(), 0);
}

/// Adds up every column.
#[derive(Default)]
struct Sums(Vec<i64>);

impl Aggregate for Sums {
    fn batch(&mut self, batch: &Batch<'_>) {
        self.0.resize(2, 0);
        for (column, sum) in self.0.iter_mut().enumerate() {
            *sum += batch.column(column).flatten().sum::<i64>();
        }
    }

    fn finish(&mut self, table: &mut Table) {
        table.row(&[self.0.first().copied(), self.0.get(1).copied(), None]);
    }
}

#[test]
fn batches_are_taken_as_the_host_gives_them() {
    let running: Running<Sums> = Running::new();
    let give = |rows: u32, values: &[i64]| {
        // SAFETY: as the host does it: room, values, and from then on they are the program's.
        unsafe {
            let at = reallocated(core::ptr::null_mut(), 0, 8, size_of_val(values)).cast::<i64>();
            core::ptr::copy_nonoverlapping(values.as_ptr(), at, values.len());
            running.batch(rows, at, values.len());
        }
    };
    give(2, &[1, 2, 10, MISSING]);
    give(0, &[]);
    give(1, &[4, 20]);
    // SAFETY: nothing else is called, and what is told of is there for good.
    let values = unsafe {
        let [at, length] = *running.finish();
        core::slice::from_raw_parts(at as *const i64, length)
    };
    assert_eq!(values.iter().copied().map(there).collect::<Vec<_>>(), [Some(7), Some(30), None]);
}

#[test]
fn room_grows_and_keeps_what_is_in_it() {
    // SAFETY: sizes are those that were asked for.
    unsafe {
        let at = reallocated(core::ptr::null_mut(), 0, 8, 8);
        at.cast::<u64>().write(7);
        let at = reallocated(at, 8, 8, 64);
        assert_eq!((at.cast::<u64>().read(), at as usize % 8), (7, 0));
        alloc::alloc::dealloc(at, alloc::alloc::Layout::from_size_align(64, 8).unwrap());
        assert_eq!(reallocated(core::ptr::null_mut(), 0, 8, 0) as usize, 8);
        assert!(reallocated(core::ptr::null_mut(), 0, 3, 8).is_null());
    }
}

#[test]
fn a_column_that_is_not_there_has_no_values() {
    let values = vec![1, 2, 3, 4];
    let batch = Batch::of(2, &values);
    assert_eq!(batch.raw(1), [3, 4]);
    assert_eq!(batch.raw(2), [] as [i64; 0]);
    assert_eq!(batch.raw(usize::MAX), [] as [i64; 0]);
}
