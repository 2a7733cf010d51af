//! R14: delimiters, quotes, line ends, titles, totals, blanks, ragged rows.

use super::{read, read_with};
use crate::reader::Ragged;
use crate::reader::layout::is_total;
use crate::source::{Source, TotalRows};

#[test]
fn delimiters_are_found() {
    for d in [',', ';', '\t', '|'] {
        let text = format!("姓名{d}地址{d}年龄\n王{d}一路，二号{d}30\n李{d}三路{d}40\n");
        let table = read(text.clone()).unwrap();
        assert_eq!(table.found.delimiter, Some(d));
        assert_eq!(table.rows, [["王", "一路，二号", "30"], ["李", "三路", "40"]]);
        let given = Source { delimiter: Some(d), ..Source::default() };
        assert_eq!(read_with(text, &given).unwrap().rows, table.rows);
    }
    // Semicolons inside one column do not outweigh commas.
    let table = read("a,b,c\n1;1,2,3\n4;4,5,6\n").unwrap();
    assert_eq!(table.found.delimiter, Some(','));
    let table = read("姓名\n王\n李\n").unwrap();
    assert_eq!((table.columns.len(), table.rows.len()), (1, 2));
}

#[test]
fn quotes_and_line_ends() {
    let text =
        "姓名,备注\r\n\"王\",\"一,二\"\r\n李,\"他说\"\"好\"\"\"\r\n赵,\"两\r\n行\"\r\n\r\n钱,5\" 屏\r\n";
    let table = read(text).unwrap();
    assert_eq!(table.rows, [["王", "一,二"], ["李", "他说\"好\""], ["赵", "两\r\n行"], ["钱", "5\" 屏"]]);
    // The break inside the field is no row of its own; the blank line is.
    assert_eq!(table.numbers, [2, 3, 4, 6]);
    assert_eq!(table.found.blank_rows_skipped, 1);
    for end in ["\n", "\r", "\r\n"] {
        let table = read(["a,b", "1,2", "", "3,\"4\"", "5,6"].join(end)).unwrap();
        assert_eq!(table.rows, [["1", "2"], ["3", "4"], ["5", "6"]], "{end:?}");
        assert_eq!(table.numbers, [2, 4, 5], "{end:?}");
    }
}

#[test]
fn other_quotes_and_none() {
    let single = Source { quote: Some("'".to_owned()), ..Source::default() };
    assert_eq!(read_with("a,b\n'x,y','z''s'\n", &single).unwrap().rows, [["x,y", "z's"]]);
    let none = Source { quote: Some(String::new()), ..Source::default() };
    assert_eq!(read_with("a,b\n\"x,y\n", &none).unwrap().rows, [["\"x", "y"]]);
}

#[test]
fn a_title_above_and_a_total_below() {
    let text = "某县城乡居民养老保险参保名单,,,\n统计日期：20260101,,,\n序号,姓名,公民身份号码,金额\n\
                1,王小明,990101199003070015,100\n小计,,,100\n2,李强,990101199003070023,50\n合 计,,,150\n";
    let table = read(text).unwrap();
    assert_eq!(table.columns, ["序号", "姓名", "公民身份号码", "金额"]);
    assert_eq!(table.found.header_row, Some(3));
    assert_eq!(table.found.title_rows_skipped, 2);
    assert_eq!(table.found.total_rows_dropped, 2);
    assert_eq!(table.numbers, [4, 6]);
    let keep = Source { total_rows: Some(TotalRows::Keep), ..Source::default() };
    assert_eq!(read_with(text, &keep).unwrap().rows.len(), 4);
}

#[test]
fn what_is_a_total_and_what_is_not() {
    let totals = [
        "合计",
        "总计",
        "小计",
        "共计",
        " 合 计 ",
        "合\u{3000}计",
        "合计：",
        "合计:3",
        "共计37人",
        "总计（元）",
    ];
    for total in totals {
        assert!(is_total(total.as_bytes()), "{total}");
    }
    for other in ["合计算", "小计谋", "合", "", "计", "总", "共和", "设计", "heji", "小"] {
        assert!(!is_total(other.as_bytes()), "{other}");
    }
}

#[test]
fn the_header_is_found_by_option_too() {
    let text = "说明,甲乙,丙\n姓名,年龄,性别\n王,30,男\n";
    let second = Source { header_row: Some(2), ..Source::default() };
    let table = read_with(text, &second).unwrap();
    assert_eq!(table.columns, ["姓名", "年龄", "性别"]);
    assert_eq!((table.found.title_rows_skipped, table.rows.len()), (1, 1));
    let columns = Some(["x", "y", "z"].map(str::to_owned).to_vec());
    let none = Source { header_row: Some(0), columns: columns.clone(), ..Source::default() };
    let table = read_with("990101199003070015,王,1\n990101199003070023,李,2\n", &none).unwrap();
    assert_eq!((table.rows.len(), table.numbers[0]), (2, 1));
    assert_eq!(table.columns, ["x", "y", "z"]);
    let table = read_with(text, &Source { columns, ..Source::default() }).unwrap();
    assert_eq!((table.columns[0].as_str(), table.found.header_row), ("x", Some(1)));
}

#[test]
fn trailing_empty_columns_and_blank_rows_go() {
    let text = "姓名,,年龄,,\n王,x,30,,\n,,,,\n  ,\u{3000},,,\n李,y,40,,\n\n\n";
    let table = read(text).unwrap();
    assert_eq!(table.columns, ["姓名", "column_2", "年龄"]);
    assert_eq!((table.found.trailing_columns_dropped, table.found.unnamed_columns), (2, 1));
    assert_eq!(table.rows, [["王", "x", "30"], ["李", "y", "40"]]);
    assert_eq!(table.numbers, [2, 5]);
    assert_eq!(table.found.blank_rows_skipped, 4);
}

#[test]
fn ragged_rows_are_counted_and_named() {
    let table = read("a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,3,,\n7,8,\n").unwrap();
    assert_eq!(table.numbers, [2, 5, 6]);
    assert_eq!(
        table.ragged,
        [Ragged { row: 3, fields: 2, expected: 3 }, Ragged { row: 4, fields: 4, expected: 3 }]
    );
    assert_eq!(table.rows[2], ["7", "8", ""]);
}

#[test]
fn header_alone_is_a_table_without_rows() {
    for text in ["姓名,年龄", "姓名,年龄\r\n", "\u{FEFF}姓名,年龄\n\n"] {
        let table = read(text).unwrap();
        assert_eq!(table.columns, ["姓名", "年龄"]);
        assert!(table.rows.is_empty());
    }
}
