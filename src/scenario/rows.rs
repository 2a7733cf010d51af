//! One person's line in each of the three tables.

use super::calendar::{Calendar, push_date, push_padded};
use super::dice::Dice;
use super::noise::{self, DateHabit};
use super::people::Person;
use super::plan::Plant;
use super::{DIVISIONS, MERGED, RESIDENT_COLUMNS, RETURNED_COLUMNS, SURPLUS_COLUMNS};

/// Committees whose names are put behind the name of a town.
const COMMITTEES: [&str; 10] =
    ["清河", "朝阳", "新建", "南门", "泉水", "红旗", "北街", "和平", "桥头", "枫林"];

/// The source table's header.
pub(super) fn source_header() -> String {
    RETURNED_COLUMNS.join(",") + "\n"
}

/// A line of the live source table: clean, as a database exports it.
pub(super) fn push_source(out: &mut String, person: &Person, calendar: &Calendar) {
    out.push_str(person.key());
    out.push(',');
    out.push_str(&person.name);
    out.push_str(if person.male { ",1," } else { ",2," });
    push_date(out, calendar.civil(person.birth), "");
    push_insurance(out, person);
    if let Some(month) = person.end {
        push_month(out, month);
    }
    out.push(',');
    person.push_updated(out, calendar);
    out.push('\n');
}

/// The header of the three returned files.
pub(super) fn returned_header() -> String {
    [&RETURNED_COLUMNS[..], &SURPLUS_COLUMNS[..]].concat().join(",") + "\r\n"
}

/// A line of a returned file, with that file's habits, noise, and a key that may be lost.
pub(super) fn push_returned(
    out: &mut String,
    person: &Person,
    plant: Plant,
    calendar: &Calendar,
    dice: &mut Dice,
) {
    let (this_year, ..) = calendar.civil(calendar.period_end());
    let file = person.file();
    // The second file quotes its keys and names.
    let quote = if file == 1 { "\"" } else { "" };
    out.push_str(quote);
    match plant {
        Plant::MissingKey => noise::push_null(out, dice),
        Plant::LostPrecision => noise::push_lost_key(out, person, dice),
        Plant::WrongCheck => {
            out.push_str(&person.key()[..17]);
            out.push(if person.id[17] == b'9' { '0' } else { '9' });
        }
        _ => noise::push_key(out, person, dice, this_year),
    }
    out.extend([quote, ",", quote]);
    noise::push_name(out, person, dice);
    out.extend([quote, ","]);
    noise::push_sex(out, person.male, file == 1, dice);
    out.push(',');
    let habit = [DateHabit::Compact, DateHabit::Iso, DateHabit::Slashes][file];
    noise::push_day(out, person.birth, habit, calendar, dice);
    push_insurance(out, person);
    match person.end {
        Some(month) => push_month(out, month),
        None => noise::push_null(out, dice),
    }
    out.push(',');
    person.push_updated(out, calendar);
    // No mobile number begins with 12, no bank card with 9999 00.
    out.push_str(",12");
    push_padded(out, dice.below(1_000_000_000), 9);
    out.push_str(",999900000");
    push_padded(out, dice.below(u32::MAX), 10);
    out.push_str("\r\n");
}

/// The two title rows and the header of the residents' table, as a spreadsheet exports them.
pub(super) fn resident_titles(calendar: &Calendar) -> [String; 3] {
    let mut day = String::new();
    push_date(&mut day, calendar.civil(calendar.period_end()), "-");
    [
        "青石县常住人口信息表,,,,,,\r\n".to_owned(),
        format!("制表单位：青石县大数据中心,,,,,,截至：{day}\r\n"),
        RESIDENT_COLUMNS.map(|(_, heading)| heading).join(",") + "\r\n",
    ]
}

/// A line of the residents' table.
pub(super) fn push_resident(
    out: &mut String,
    person: &Person,
    plant: Plant,
    calendar: &Calendar,
    dice: &mut Dice,
) {
    let (this_year, ..) = calendar.civil(calendar.period_end());
    match plant {
        Plant::LocalKeyMissing => noise::push_null(out, dice),
        _ => noise::push_key(out, person, dice, this_year),
    }
    out.push(',');
    noise::push_name(out, person, dice);
    out.push(',');
    noise::push_sex(out, person.male, true, dice);
    out.push(',');
    noise::push_day(out, person.birth, DateHabit::Slashes, calendar, dice);
    out.push(',');
    let current = person.division.to_string();
    let town = DIVISIONS.iter().find(|(code, _)| *code == current).map_or("", |(_, town)| *town);
    // Here too a few rows still carry the old code.
    let old = current == MERGED.1 && dice.chance(500);
    out.push_str(if old { MERGED.0 } else { &current });
    out.extend([",", town, dice.pick(&COMMITTEES), "居委会,"]);
    person.push_updated(out, calendar);
    out.push_str("\r\n");
}

/// The total row at the end of the residents' table.
pub(super) fn resident_total(rows: u64) -> String {
    format!("合计,{rows}人,,,,,\r\n")
}

/// `,aab301,aae140,aac008,aae041,`
fn push_insurance(out: &mut String, person: &Person) {
    out.push(',');
    push_padded(out, person.division, 6);
    out.push(',');
    push_padded(out, u32::from(person.kind), 3);
    out.push(',');
    push_padded(out, u32::from(person.status), 1);
    out.push(',');
    push_month(out, person.start);
    out.push(',');
}

fn push_month(out: &mut String, (year, month): (u16, u8)) {
    push_padded(out, u32::from(year), 4);
    push_padded(out, u32::from(month), 2);
}
