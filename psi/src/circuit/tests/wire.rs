//! What frames look like, and which are refused.

use super::*;
use crate::circuit::msg::{
    AcceptPackage, ChoicesPackage, HintPackage, OpenPackage, TablesPackage, VERSION, WordsPackage,
};
use crate::error::Misstep;
use yinshu_crypto::field::F64;

fn open() -> OpenPackage {
    OpenPackage { terms: terms().digest(), commitment: Digest([2; 32]), count: 0x0102, seed: [3; 16] }
}

#[test]
fn snapshots() {
    let frame = open().encode();
    assert_eq!(frame.len(), OpenPackage::BYTES);
    assert_eq!(frame[..2], [20, VERSION]);
    assert_eq!(frame[34..66], [2; 32]);
    assert_eq!(frame[66..], [&[2, 1, 0, 0, 0, 0, 0, 0][..], &[3; 16]].concat());
    assert_eq!(AcceptPackage { rows: 0x0304 }.encode(), [21, 4, 3, 0, 0, 0, 0, 0, 0]);
    let words = WordsPackage { words: vec![F64(0x05)] };
    assert_eq!(words.encode(), [22, 5, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(HintPackage { cells: vec![6, 7, 8] }.encode(), [23, 6, 7, 8]);
    let tables = TablesPackage { tables: vec![std::array::from_fn(|at| 9 + at as u64)] }.encode();
    assert_eq!(
        (tables.len(), &tables[..17]),
        (121, &[24, 9, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0][..])
    );
    let choices = ChoicesPackage { choices: vec![[5, 6, 7, 1 << 56]] }.encode();
    assert_eq!((choices.len(), &choices[..10]), (33, &[25, 5, 0, 0, 0, 0, 0, 0, 0, 6][..]));
    assert_eq!(choices[32], 1);
}

#[test]
fn there_and_back() {
    assert_eq!(OpenPackage::decode(&open().encode(), &terms()), Ok(open()));
    let accept = AcceptPackage { rows: 77 };
    assert_eq!(AcceptPackage::decode(&accept.encode()), Ok(accept));
    let words = WordsPackage { words: vec![F64(1), F64(u64::MAX)] };
    assert_eq!(WordsPackage::decode(&words.encode(), 2), Ok(words));
    let hint = HintPackage { cells: (0..30).collect() };
    assert!(HintPackage::decode(&hint.encode(), 3, 10) == Ok(hint));
    let tables = TablesPackage { tables: vec![[7; 15], [u64::MAX; 15]] };
    assert!(TablesPackage::decode(&tables.encode(), 2) == Ok(tables));
    let choices = ChoicesPackage { choices: vec![[1, 2, 3, u64::MAX]] };
    assert!(ChoicesPackage::decode(&choices.encode(), 1) == Ok(choices));
}

#[test]
fn refused() {
    let code = |misstep: Misstep| misstep.code();
    let decode = |frame: &[u8]| OpenPackage::decode(frame, &terms()).map_err(code).err();
    let frame = open().encode();
    let other = |at: usize| {
        let mut frame = frame.clone();
        frame[at] ^= 1;
        frame
    };
    assert_eq!(decode(&other(0)), Some(4101));
    assert_eq!(decode(&other(1)), Some(4103));
    assert_eq!(decode(&other(2)), Some(4104));
    assert_eq!(decode(&[]), Some(4101));
    assert_eq!(decode(&frame[..89]), Some(4102));
    assert_eq!(decode(&[&frame[..], &[0]].concat()), Some(4102));
    assert_eq!(AcceptPackage::decode(&[21, 1]).map_err(code), Err(4102));
    assert_eq!(WordsPackage::decode(&[22; 8], 1).map_err(code), Err(4102));
    assert_eq!(WordsPackage::decode(&[23; 9], 1).map_err(code), Err(4101));
    assert_eq!(HintPackage::decode(&[23; 9], 3, 3).map_err(code).err(), Some(4102));
    assert_eq!(TablesPackage::decode(&[24; 120], 1).map_err(code).err(), Some(4102));
    assert_eq!(TablesPackage::decode(&[25; 121], 1).map_err(code).err(), Some(4101));
    assert_eq!(ChoicesPackage::decode(&[25; 34], 1).map_err(code).err(), Some(4102));
}

#[test]
fn cells() {
    use crate::circuit::cell::Cell;
    let cell = Cell::<3>([0x0011_2233_4455_6677, 0x0102_0304_0506_0708, 0x09]);
    let mut bytes = [0; 16];
    cell.write(7, &mut bytes);
    assert_eq!(bytes, [0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 8, 7, 6, 5, 4, 3, 2, 1, 9]);
    assert_eq!(Cell::<3>::read(7, &bytes), cell);
    assert_eq!(format!("{cell:?}"), "Cell(…)");
}
