//! A small hand-made world: fifty residents of two towns, what the department holds of them, and what
//! it returned. Every difference between the three tables is made on purpose.

use std::fmt::Write as _;

/// Residents of the county's own table.
pub(crate) const RESIDENTS: u32 = 50;
/// Residents that the source holds and that were not returned.
pub(crate) const MISSING: [u32; 2] = [3, 17];
/// The resident whose status in the source is another than the one returned.
pub(crate) const DIFFERS: u32 = 8;
/// Someone who was returned and is no longer in the source.
pub(crate) const GONE: u32 = 70;

/// The citizen number of person `n`, in the test region (GB 11643: ISO 7064 MOD 11-2).
pub(crate) fn id(n: u32) -> String {
    let body = format!("{}{}{:03}", town(n), birth(n).replace('-', ""), n + 1);
    format!("{body}{}", check(&body))
}

/// Of more people than there are numbers in a town: up to 4,500.
pub(crate) fn id_of_many(n: u32) -> String {
    const TOWNS: [&str; 5] = ["990101", "990102", "990104", "990105", "990106"];
    let body = format!("{}{}{:03}", TOWNS[n as usize / 900 % 5], birth(n).replace('-', ""), n % 900 + 1);
    format!("{body}{}", check(&body))
}

/// The same number as it was written before 1999: fifteen digits.
pub(crate) fn old_id(n: u32) -> String {
    let id = id(n);
    format!("{}{}", &id[..6], &id[8..17])
}

fn check(body: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    char::from(b"10X98765432"[sum as usize % 11])
}

fn town(n: u32) -> &'static str {
    if n >= 1000 {
        "990201"
    } else if n.is_multiple_of(2) {
        "990101"
    } else {
        "990102"
    }
}

fn birth(n: u32) -> String {
    format!("19{:02}-{:02}-{:02}", 40 + n % 55, 1 + n % 12, 1 + n % 28)
}

fn sex(n: u32) -> u32 {
    if (n + 1).is_multiple_of(2) { 2 } else { 1 }
}

fn name(n: u32) -> String {
    const LAST: [char; 10] = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴'];
    const FIRST: [char; 10] = ['敏', '静', '强', '磊', '洋', '艳', '勇', '军', '杰', '娟'];
    format!("{}{}{}", LAST[n as usize % 10], FIRST[n as usize / 10 % 10], FIRST[n as usize / 100 % 10])
}

fn insured(n: u32, status: &str) -> String {
    let day = 1 + n % 20;
    format!(
        "{},{},{},{},{},职工养老,{status},201001,,2026-11-{day:02} 08:00:00\n",
        id(n),
        name(n),
        sex(n),
        birth(n),
        town(n)
    )
}

const INSURED: &str = "aac002,aac003,aac004,aac006,aab301,aae140,aac008,aae041,aae042,gxsj\n";

/// The department's table: the residents, and as many people of another county as asked for.
pub(crate) fn source(others: u32) -> String {
    let mut text = INSURED.to_owned();
    for n in 0..RESIDENTS {
        text.push_str(&insured(n, if n == DIFFERS { "退休" } else { "在职" }));
    }
    for n in 1000..1000 + others.min(900) {
        text.push_str(&insured(n, "在职"));
    }
    // Beyond that, people differ in their names alone: rows of no county's.
    for n in 900..others.max(900) {
        let row = insured(1000 + n % 900, "在职");
        let (key, rest) = row.split_once(',').expect("a row has columns");
        let moved = (u64::from(n) * 7919) % 27_000;
        let day = format!("{:02}{:02}", 1 + moved / 2250 % 12, 1 + moved / 80 % 28);
        let body = format!("{}19{:02}{day}{:03}", &key[..6], 40 + moved % 55, n % 1000);
        let _ = writeln!(text, "{body}{},{}", check(&body), rest.trim_end());
    }
    text
}

/// What the department returned.
pub(crate) fn returned() -> String {
    let mut text = INSURED.to_owned();
    for n in (0..RESIDENTS).filter(|n| !MISSING.contains(n)).chain([GONE]) {
        text.push_str(&insured(n, "在职"));
    }
    text
}

/// The county's own table.
pub(crate) fn residents() -> String {
    let mut text = "gmsfhm,xm,xb,csrq,xzqh,jwh,gxsj\n".to_owned();
    for n in 0..RESIDENTS {
        let (id, name, sex, birth, town) = (id(n), name(n), sex(n), birth(n), town(n));
        let _ = writeln!(text, "{id},{name},{sex},{birth},{town},一居,2026-11-01 00:00:00");
    }
    text
}

/// A table of keys alone.
pub(crate) fn keys(column: &str, people: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("{column}\n");
    for person in people {
        let _ = writeln!(text, "{person}");
    }
    text
}
