use super::*;
use crate::world::id;

fn only(kind: Kind) -> BTreeSet<Kind> {
    [kind].into()
}

/// Sixteen digits of an issuer with the right check digit.
fn card(first: &str, length: usize) -> String {
    let body = format!("{first:1<width$}", width = length - 1);
    let right = (0..10).map(|check| format!("{body}{check}")).find(|number| {
        let digits: Vec<u32> = number.bytes().rev().map(|digit| u32::from(digit - b'0')).collect();
        let each = digits.iter().enumerate().map(|(at, digit)| match at % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        });
        each.sum::<u32>() % 10 == 0
    });
    right.unwrap()
}

#[test]
fn numbers_are_found_however_they_are_written() {
    let person = id(7);
    let spaced = format!("{} {} {} {}", &person[..6], &person[6..10], &person[10..14], &person[14..]);
    let wide: String = person.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let words: String = person
        .chars()
        .map(|c| "〇一二三四五六七八九".chars().nth(c.to_digit(10).unwrap_or(0) as usize).unwrap())
        .collect();
    let hidden: String = person.chars().flat_map(|c| [c, '\u{200b}']).collect();
    let cases = [
        (person.clone(), Kind::Identity),
        (format!("身份证{person}号"), Kind::Identity),
        (format!("x{}", person.to_lowercase()), Kind::Identity),
        (spaced, Kind::Identity),
        (wide, Kind::Identity),
        ("11010519491231002X".to_owned(), Kind::Identity),
        ("110105194912310 02x".to_owned(), Kind::Identity),
        ("110105491231002".to_owned(), Kind::Identity),
        ("1101-05-49-12-31-002".to_owned(), Kind::Identity),
        ("91350100M000100Y43".to_owned(), Kind::CreditCode),
        ("代码９１３５０１００m000100y43".to_owned(), Kind::CreditCode),
        ("91350100-M000100Y4-3".to_owned(), Kind::CreditCode),
        ("13812345678".to_owned(), Kind::Telephone),
        ("138 1234 5678".to_owned(), Kind::Telephone),
        ("电话：138-1234-5678。".to_owned(), Kind::Telephone),
        ("(+86)13812345678".to_owned(), Kind::Telephone),
        ("1 3 8 1 2 3 4 5 6 7 8".to_owned(), Kind::Telephone),
        ("一三八一二三四五六七八".to_owned(), Kind::Telephone),
        ("壹叁捌壹贰叁肆伍陆柒捌".to_owned(), Kind::Telephone),
        ("①③⑧①②③④⑤⑥⑦⑧".to_owned(), Kind::Telephone),
        ("\u{1d7cf}\u{1d7d1}\u{1d7d6}12345678".to_owned(), Kind::Telephone),
        ("010-62345678".to_owned(), Kind::Telephone),
        ("（0755）8234 5678".to_owned(), Kind::Telephone),
        ("TEL13812345678".to_owned(), Kind::Telephone),
        (card("622202", 19), Kind::BankCard),
        (card("4000", 16), Kind::BankCard),
        (
            card("62", 16)
                .as_bytes()
                .chunks(4)
                .map(|four| str::from_utf8(four).unwrap())
                .collect::<Vec<_>>()
                .join(" "),
            Kind::BankCard,
        ),
        ("找 zhang.san@example.gov.cn 问".to_owned(), Kind::Mail),
        ("zhang＠example．com".to_owned(), Kind::Mail),
        ("=HYPERLINK(1)".to_owned(), Kind::Formula),
        ("town\u{202e}".to_owned(), Kind::Unprintable),
        ("town\u{1b}[2J".to_owned(), Kind::Unprintable),
        ("长".repeat(1001), Kind::Long),
    ];
    for (text, kind) in cases {
        assert!(kinds(&text).contains(&kind), "{text:?} {:?}", kinds(&text));
    }
    // The last place of a number in words may be X, which has no word.
    if !person.ends_with('X') {
        assert!(kinds(&words).contains(&Kind::Identity), "{words}");
    }
    assert_eq!(kinds(&hidden), [Kind::Identity, Kind::Unprintable].into());
    assert_eq!(kinds("13812345678"), only(Kind::Telephone));
}

#[test]
fn what_only_looks_like_one_is_let_through() {
    let wrong = {
        let mut person = id(7).into_bytes();
        person[16] = if person[16] == b'9' { b'0' } else { person[16] + 1 };
        String::from_utf8(person).unwrap()
    };
    let cases = [
        "",
        "town",
        "城东",
        "count(*)",
        "avg(wage) FILTER (WHERE age < 65)",
        "2026-11-22",
        "20261122",
        "2026-11-22 14:03:05",
        "10000-19999",
        "13000-139999",
        "130000-1399999",
        "1,300-1,399",
        "[0, 1000000)",
        "1000000-1999999",
        "990101",
        "330106",
        "RK-2026-01",
        "P000000123",
        "E12345678",
        "2016-2020, 2021-2025",
        "0-4",
        "3.14159265358979",
        "CASE WHEN age >= 18 THEN 1 ELSE 0 END",
        "一般-2",
        "一、二、三、四",
        "12345678901",
        "10812345678",
        "15412345678",
        "62 22 02",
        "1e15",
        "a = b",
        "a@b",
        "第一季度",
        "住房\t面积",
        "12345678901234",
        &wrong,
    ];
    for text in cases {
        assert_eq!(kinds(text), BTreeSet::new(), "{text:?}");
    }
}

#[test]
fn figures_are_figures() {
    let columns = vec![("town".to_owned(), false), ("sum(wage)".to_owned(), true)];
    let rows = vec![vec![Field::Text("城东".to_owned()), Field::Number(13_812_345_678.0)]];
    let mut answer = Answer { columns, rows, label: None };
    assert_eq!(scan(&answer), []);
    // The same as a label, or typed as the name of a column.
    answer.rows[0][0] = Field::Text("13812345678".to_owned());
    answer.columns[1].0 = "call 13912345678".to_owned();
    let hit = |row, column| Hit { kind: Kind::Telephone, row, column };
    assert_eq!(scan(&answer), [hit(None, 2), hit(Some(1), 1)]);
}

#[test]
fn a_text_of_any_length_is_looked_through_in_one_go() {
    for text in ["1 ".repeat(500_000), "1".repeat(1_000_000), "a@".repeat(500_000), "一3-".repeat(300_000)] {
        let began = std::time::Instant::now();
        assert!(kinds(&text).contains(&Kind::Long));
        assert!(began.elapsed().as_secs() < 60, "{}", &text[..4]);
    }
}

proptest::proptest! {
    #[test]
    fn nothing_stops_it(text in ".{0,200}") {
        let _ = kinds(&text);
        proptest::prop_assert!(!plain(&text).chars().any(text::misleading));
    }

    #[test]
    fn whoever_is_in_it_is_found_amid_words(before in "[a-z城东 ]{0,12}", n in 0usize..600, after in "[a-z西 ]{0,12}") {
        let text = format!("{before}：{}{after}", id(n));
        proptest::prop_assert!(kinds(&text).contains(&Kind::Identity), "{}", text);
    }
}
