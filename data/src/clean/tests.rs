//! The table of rules: bytes of a cell → canonical value and the rule in the report; and what only whole columns show.

use super::*;
use crate::ident;
use crate::table::{ColumnKind, ColumnSpec, OnInvalid};
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(super) fn strings(batch: &CleanBatch, column: usize) -> Vec<Option<String>> {
    let array = batch.batch.column(column).as_any().downcast_ref::<StringArray>().unwrap();
    array.iter().map(|value| value.map(str::to_owned)).collect()
}

fn raw(columns: &[(&str, Vec<&str>)]) -> RawBatch {
    let arrays = columns.iter().map(|(name, cells)| {
        let array: ArrayRef = Arc::new(StringArray::from(cells.clone()));
        (*name, array)
    });
    let batch = RecordBatch::try_from_iter(arrays).unwrap();
    let row_numbers = (2..).take(batch.num_rows()).collect();
    RawBatch { batch, row_numbers, ragged: Vec::new() }
}

fn headers(raw: &RawBatch) -> Vec<String> {
    raw.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
}

fn run(spec: &TableSpec, raw: &RawBatch) -> (CleanBatch, CleanReport) {
    let mut cleaner = Cleaner::new(spec, &headers(raw)).unwrap();
    let cleaned = cleaner.clean(raw).unwrap();
    (cleaned, cleaner.report().clone())
}

fn table(columns: Vec<ColumnSpec>) -> TableSpec {
    let pua = BTreeMap::from([("E863".to_owned(), "㛃".to_owned())]);
    TableSpec { test_region: true, pua, ..TableSpec::new(columns) }
}

fn column(kind: ColumnKind) -> ColumnSpec {
    ColumnSpec::new("x", kind)
}

enum Expect {
    /// The value, and the rule under `normalised`.
    Value(&'static str, Rule),
    /// The value, and the rule under `flagged`.
    Flagged(&'static str, Rule),
    /// Null, and the rule under `normalised`.
    Null(Rule),
    /// The row is rejected under the rule.
    Rejected(Rule),
    /// The column is refused.
    Refused,
}

/// A cell's bytes, and the encoding of its file.
type Bytes = (Vec<u8>, &'static encoding_rs::Encoding);

/// The messy-data catalogue, rule by rule. R06 and R14 are the readers'; R11, R12, R15 are of more than one cell and
/// have tests of their own below.
fn catalogue() -> Vec<(ColumnSpec, Bytes, Expect)> {
    use ColumnKind::{CitizenId, Code, CreditCode, Date, Division, Name, Sex, Text};
    use Expect::{Flagged, Null, Refused, Rejected, Value};
    const ID: &str = "11010519491231002X";
    let id = || column(CitizenId).required();
    let wide = |kind, width| ColumnSpec { width: Some(width), ..column(kind) };
    let text = |text: &str| (text.as_bytes().to_vec(), encoding_rs::UTF_8);
    let gb = |text: &str| (encoding_rs::GB18030.encode(text).0.into_owned(), encoding_rs::GB18030);
    vec![
        (id(), text("110105491231002"), Value(ID, Rule::R01)),
        (id(), text("11010519491231002x"), Value(ID, Rule::R02)),
        (id(), gb("１１０１０５１９４９１２３１００２Ｘ"), Value(ID, Rule::R02)),
        (id(), text("11010519491231002X\t"), Value(ID, Rule::R03)),
        (id(), text("\u{a0}11010519491231002X"), Value(ID, Rule::R03)),
        (id(), gb("11010519491231002X\u{3000}"), Value(ID, Rule::R03)),
        (id(), text("110105\u{200b}19491231002X"), Value(ID, Rule::R03)),
        (id(), text("'11010519491231002X"), Value(ID, Rule::R03)),
        (id(), text("110105194912310000"), Rejected(Rule::R04)),
        (id(), text("1.10105E+17"), Rejected(Rule::R04)),
        (id(), text(""), Rejected(Rule::Missing)),
        (id(), text("110105194912310021"), Rejected(Rule::Invalid)),
        (wide(Code, 6), text("10101"), Value("010101", Rule::R05)),
        (wide(Code, 7), text("12345"), Value("0012345", Rule::R05)),
        (wide(Division, 6), text("10101"), Value("010101", Rule::R05)),
        (column(Name), gb("买买提•吐尔逊"), Value("买买提·吐尔逊", Rule::R07)),
        (column(Name), text("买买提\u{2027}吐尔逊"), Value("买买提·吐尔逊", Rule::R07)),
        (column(Name), gb("买买提・吐尔逊"), Value("买买提·吐尔逊", Rule::R07)),
        (column(Name), gb("买买提．吐尔逊"), Value("买买提·吐尔逊", Rule::R07)),
        (column(Name), gb("买买提.吐尔逊"), Value("买买提·吐尔逊", Rule::R07)),
        (column(Name), text("王\u{e863}"), Value("王㛃", Rule::R08)),
        (column(Name), text("王\u{e864}"), Flagged("王\u{e864}", Rule::R08)),
        (column(Name), text("王?"), Flagged("王?", Rule::R08)),
        (column(Name), gb("王□"), Flagged("王□", Rule::R08)),
        (column(Name), gb("王芳（女）"), Value("王芳", Rule::R09)),
        (column(Name), text("李娜(Li Na)"), Value("李娜", Rule::R09)),
        (column(Name), gb("李昇"), Flagged("李昇", Rule::R09)),
        (column(Date), text("1990/3/7"), Value("1990-03-07", Rule::R10)),
        (column(Date), text("19900307"), Value("1990-03-07", Rule::R10)),
        (column(Date), gb("1990年3月7日"), Value("1990-03-07", Rule::R10)),
        (column(Date), text("32939"), Value("1990-03-07", Rule::R10)),
        (column(Date), text("00000000"), Null(Rule::R10)),
        (column(Date), text("9999-12-31"), Null(Rule::R10)),
        (column(CreditCode), text("91350100m000100y43"), Value("91350100M000100Y43", Rule::R13)),
        (column(CreditCode), text("91350100-M000100Y-43"), Value("91350100M000100Y43", Rule::R13)),
        (column(CreditCode), text("9135O1OOMOOO1OOY43"), Value("91350100M000100Y43", Rule::R13)),
        (column(CreditCode), text("9135O1OOMOOO1OOY43"), Flagged("91350100M000100Y43", Rule::R13)),
        (column(CreditCode).required(), text("110108000000016"), Rejected(Rule::R13)),
        (column(ColumnKind::OrgCode), text("D2143569-X"), Value("D2143569X", Rule::R13)),
        (column(Sex), gb("男"), Value("1", Rule::R16)),
        (column(Sex), gb("女"), Value("2", Rule::R16)),
        (column(Sex), text("M"), Value("1", Rule::R16)),
        (column(Sex), text("F"), Value("2", Rule::R16)),
        (column(Name), text("NULL"), Null(Rule::R17)),
        (column(Date), text("\\N"), Null(Rule::R17)),
        (column(Text), gb("无"), Null(Rule::R17)),
        (column(Sex), text("-"), Null(Rule::R17)),
        (column(Division), text("/"), Null(Rule::R17)),
        (column(Text), text("  \u{3000}"), Null(Rule::R17)),
        (column(Name), text("æµ·å"), Refused),
        (column(Name), gb("锟斤拷"), Refused),
        (column(Text), text("數(shù)據(jù)"), Refused),
    ]
}

#[test]
fn every_rule_of_the_catalogue() {
    for (spec, (bytes, encoding), expect) in catalogue() {
        let cell = encoding.decode_without_bom_handling(&bytes).0.into_owned();
        let batch = raw(&[("x", vec![&cell])]);
        let mut cleaner = Cleaner::new(&table(vec![spec]), &headers(&batch)).unwrap();
        let cleaned = cleaner.clean(&batch);
        let counts = |rule| cleaner.report().rules.get(&rule).copied().unwrap_or_default();
        match expect {
            Expect::Refused => {
                assert_eq!(cleaned.unwrap_err().code(), 2105, "{cell}");
            }
            Expect::Value(value, rule) => {
                assert_eq!(strings(&cleaned.unwrap(), 0), [Some(value.to_owned())], "{cell}");
                assert_eq!(counts(rule).normalised, 1, "{cell} {rule}");
            }
            Expect::Flagged(value, rule) => {
                let cleaned = cleaned.unwrap();
                assert_eq!(strings(&cleaned, 0), [Some(value.to_owned())], "{cell}");
                assert_eq!((counts(rule).flagged, cleaned.flagged[0].rule), (1, rule), "{cell}");
            }
            Expect::Null(rule) => {
                assert_eq!(strings(&cleaned.unwrap(), 0), [None], "{cell}");
                assert_eq!(counts(rule).normalised, 1, "{cell} {rule}");
                assert_eq!(cleaner.report().columns[0].nulls, 1);
            }
            Expect::Rejected(rule) => {
                let cleaned = cleaned.unwrap();
                assert_eq!(cleaned.batch.num_rows(), 0, "{cell}");
                assert_eq!((counts(rule).rejected, cleaned.rejected[0].rule), (1, rule), "{cell}");
                assert_eq!(cleaner.report().rows_rejected, 1);
            }
        }
    }
}

#[test]
fn each_cell_rule_is_in_the_catalogue() {
    let listed: Vec<Rule> = catalogue()
        .iter()
        .map(|(_, _, expect)| match expect {
            Expect::Value(_, rule)
            | Expect::Flagged(_, rule)
            | Expect::Null(rule)
            | Expect::Rejected(rule) => *rule,
            Expect::Refused => Rule::R18,
        })
        .collect();
    let elsewhere = [Rule::R06, Rule::R11, Rule::R12, Rule::R14, Rule::R15];
    for rule in Rule::ALL {
        assert!(listed.contains(rule) || elsewhere.contains(rule), "{rule}");
    }
}

#[test]
fn births_are_held_against_ids() {
    let birth = ColumnSpec { birth_of: Some("gmsfhm".into()), ..ColumnSpec::new("csrq", ColumnKind::Date) };
    let spec = table(vec![ColumnSpec::new("gmsfhm", ColumnKind::CitizenId).required(), birth]);
    let id = "11010519491231002X";
    let batch = raw(&[
        ("身份证号", vec![id, id, "110105491231002", id, "1"]),
        ("出生日期", vec!["1949-12-31", "1949-12-30", "19491201", "", "1949-12-31"]),
    ]);
    let (cleaned, report) = run(&spec, &batch);
    assert_eq!(cleaned.batch.num_rows(), 4);
    let rows: Vec<(u64, Reason)> = cleaned.flagged.iter().map(|flag| (flag.row, flag.reason)).collect();
    assert_eq!(rows, [(3, Reason::BirthMismatch), (4, Reason::BirthMismatch)]);
    assert_eq!(report.rules[&Rule::R11].flagged, 2);
    assert_eq!(report.rules[&Rule::R15].normalised, 2, "both columns were renamed");
    assert_eq!(cleaned.row_numbers, [2, 3, 4, 5]);
    assert_eq!(cleaned.rejected[0].row, 6);
}

#[test]
fn columns_are_found_or_missed() {
    let spec = table(vec![
        ColumnSpec::new("aac002", ColumnKind::CitizenId).required(),
        ColumnSpec::new("aac003", ColumnKind::Name),
        ColumnSpec::new("bz", ColumnKind::Text),
    ]);
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let cleaner = Cleaner::new(&spec, &names(&["手机号", "XM", "SFZHM"])).unwrap();
    assert_eq!(cleaner.extra_columns(), ["手机号"]);
    assert_eq!(cleaner.report().missing_columns, ["bz"]);
    assert_eq!(cleaner.report().columns[0].header.as_deref(), Some("SFZHM"));

    let error = Cleaner::new(&spec, &names(&["本人身份号", "XM"])).err().unwrap();
    assert_eq!(error.code(), 2101);
    let DataError::MissingColumn { column, near, .. } = error else { panic!() };
    assert_eq!((column.as_str(), near), ("aac002", names(&["本人身份号"])));

    assert_eq!(Cleaner::new(&spec, &names(&["SFZHM", "GMSFHM"])).err().unwrap().code(), 2102);
    // The very name goes before an alias.
    let cleaner = Cleaner::new(&spec, &names(&["SFZHM", "aac002"])).unwrap();
    assert_eq!(cleaner.report().columns[0].header.as_deref(), Some("aac002"));
    assert_eq!(cleaner.extra_columns(), ["SFZHM"]);
}

/// Ids whose last three digits are 000 and whose check is right.
fn suspects(count: usize) -> Vec<String> {
    let ids = (0..).map(|n: u32| {
        let first_17 =
            format!("990101{}{:02}{:02}{}00", 1950 + n / 300, n / 25 % 12 + 1, n % 25 + 1, n % 9 + 1);
        let check = ident::citizen::check_character(first_17.as_bytes().try_into().unwrap()).unwrap();
        format!("{first_17}{}", char::from(check))
    });
    ids.filter(|id| id.ends_with("000")).take(count).collect()
}

fn spec_with(action: Option<OnInvalid>) -> TableSpec {
    table(vec![ColumnSpec { on_invalid: action, ..column(ColumnKind::CitizenId) }])
}

#[test]
fn a_single_suspect_is_kept_and_listed() {
    let ids = suspects(1);
    let (cleaned, report) = run(&spec_with(None), &raw(&[("x", vec![&ids[0]])]));
    assert_eq!(strings(&cleaned, 0), [Some(ids[0].clone())]);
    assert_eq!(cleaned.flagged[0].reason, Reason::PrecisionSuspect);
    let column = &report.suspicious[0];
    assert!(!column.suspicion.condemned);
    assert_eq!((column.suspicion.passed, &column.suspicion.rows[..]), (1, &[2][..]));
}

#[test]
fn proof_in_a_batch_condemns_its_suspects() {
    let ids = suspects(2);
    let good = "990101199003070015";
    for action in [OnInvalid::Reject, OnInvalid::Null] {
        let spec = spec_with(Some(action));
        let mut cleaner = Cleaner::new(&spec, &["x".to_owned()]).unwrap();
        cleaner.clean(&raw(&[("x", vec![&ids[0], good])])).unwrap();
        let second = cleaner.clean(&raw(&[("x", vec![&ids[1], good, "1.10105E+17"])])).unwrap();
        let suspicion = &cleaner.report().suspicious[0].suspicion;
        assert!(suspicion.condemned);
        assert_eq!((suspicion.passed, suspicion.suspects, suspicion.lost), (1, 2, 2));
        match action {
            OnInvalid::Reject => {
                assert_eq!(strings(&second, 0), [Some(good.to_owned())]);
                assert!(second.rejected.iter().all(|reject| reject.reason == Reason::PrecisionLost));
                assert_eq!(second.rejected.len(), 2);
            }
            OnInvalid::Null => {
                assert_eq!(strings(&second, 0), [None, Some(good.to_owned()), None]);
                assert_eq!(second.flagged.len(), 2);
            }
        }
        // The second pass of a careful caller.
        let mut again = Cleaner::new(&spec, &["x".to_owned()]).unwrap();
        assert!(again.condemn("x") && !again.condemn("y"));
        let first = again.clean(&raw(&[("x", vec![&ids[0], good])])).unwrap();
        assert!(!strings(&first, 0).contains(&Some(ids[0].clone())));
    }
}

#[test]
fn excess_condemns_without_proof() {
    let ids = suspects(8);
    let (cleaned, report) =
        run(&spec_with(Some(OnInvalid::Reject)), &raw(&[("x", ids.iter().map(String::as_str).collect())]));
    assert_eq!(cleaned.batch.num_rows(), 0);
    assert!(report.suspicious[0].suspicion.condemned);
    assert!(report.suspicious[0].expected_at_most < 4.0);
}

#[test]
fn a_few_garbled_values_do_not_refuse_a_column() {
    let mut cells = vec!["张三"; 100];
    cells[7] = "锟斤拷";
    let spec = table(vec![column(ColumnKind::Name)]);
    let (cleaned, report) = run(&spec, &raw(&[("x", cells.clone())]));
    assert_eq!(strings(&cleaned, 0)[7], None);
    assert_eq!((report.rules[&Rule::R18].flagged, report.columns[0].made_null), (1, 1));
    for cell in cells.iter_mut().take(6) {
        *cell = "æµ·å";
    }
    let error = Cleaner::new(&spec, &["x".to_owned()]).unwrap().clean(&raw(&[("x", cells)])).unwrap_err();
    let DataError::Garbled { column, damage, damaged, row, .. } = error else { panic!() };
    assert_eq!((column.as_str(), damage.as_str(), damaged, row), ("x", "latin", 7, 2));
}

#[test]
fn utf8_read_as_gbk_is_refused() {
    let names = ["正常参保", "中文姓名", "暂停缴费"];
    let shown: Vec<String> =
        names.iter().map(|name| encoding_rs::GBK.decode(name.as_bytes()).0.into_owned()).collect();
    assert!(shown.iter().all(|text| !text.contains('\u{fffd}')));
    let spec = table(vec![column(ColumnKind::Text)]);
    let batch = raw(&[("x", shown.iter().map(String::as_str).collect())]);
    let error = Cleaner::new(&spec, &["x".to_owned()]).unwrap().clean(&batch).unwrap_err();
    let DataError::Garbled { damage, .. } = error else { panic!() };
    assert_eq!(damage, "gbk");
}

#[test]
fn a_canonical_column_is_not_copied() {
    let spec = table(vec![column(ColumnKind::CitizenId), ColumnSpec::new("y", ColumnKind::Name)]);
    let batch =
        raw(&[("x", vec!["11010519491231002X", "990101199003070015"]), ("y", vec!["张三", "买买提·吐尔逊"])]);
    let (cleaned, report) = run(&spec, &batch);
    for at in 0..2 {
        assert!(Arc::ptr_eq(cleaned.batch.column(at), batch.batch.column(at)));
    }
    assert!(report.rules.is_empty());
}

#[test]
fn ragged_rows_are_rejected_rows() {
    let mut batch = raw(&[("x", vec!["1"])]);
    batch.ragged.push(crate::Ragged { row: 3, fields: 2, expected: 1 });
    let (cleaned, report) = run(&table(vec![column(ColumnKind::Integer)]), &batch);
    assert_eq!((report.rows_in, report.rows_out, report.rows_rejected), (2, 1, 1));
    assert_eq!((cleaned.rejected[0].rule, cleaned.rejected[0].masked.as_str()), (Rule::R14, "2/1"));
}

#[test]
fn reports_add_up() {
    let spec = table(vec![column(ColumnKind::CitizenId).required()]);
    let (_, mut first) = run(&spec, &raw(&[("x", vec!["11010519491231002x", "1"])]));
    let (_, second) =
        run(&spec, &raw(&[("x", vec!["11010519491231002x", "", "1.1E+17"]), ("z", vec!["", "", ""])]));
    first.merge(&second);
    assert_eq!((first.files, first.rows_in, first.rows_out, first.rows_rejected), (2, 5, 2, 3));
    assert_eq!(first.rules[&Rule::R02].normalised, 2);
    assert_eq!(first.rules[&Rule::Missing].rejected, 1);
    assert_eq!(first.extra_columns, ["z"]);
    let json = serde_json::to_value(&first).unwrap();
    assert_eq!(json["rules"]["R04"]["rejected"], 1);
    assert_eq!(json["suspicious"][0]["condemned"], true);
}

#[test]
fn rejected_rows_are_written_masked_and_whole() {
    let spec = table(vec![column(ColumnKind::CitizenId).required()]);
    let (cleaned, _) = run(&spec, &raw(&[("x", vec!["110105194912310021", "=1+1"])]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rejected.csv");
    let mut file = RejectFile::create(&path).unwrap();
    file.write(&cleaned.rejected).unwrap();
    assert!(!path.exists(), "nothing half-written");
    file.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(lines[1], "2,x,INVALID,check-digit,校验位错误,110105********0021");
    assert!(lines[2].starts_with("3,x,INVALID,characters,") && lines[2].ends_with(",?***"), "{}", lines[2]);
    assert!(!text.contains("19491231"), "the birth date is hidden");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    drop(RejectFile::create(&folder.path().join("dropped.csv")).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(RejectFile::create(&folder.path().join("no/such/folder.csv")).err().unwrap().code(), 2003);
}

#[test]
fn duplicates_of_both_kinds() {
    let spec = table(vec![ColumnSpec::new("k", ColumnKind::Code), ColumnSpec::new("v", ColumnKind::Text)]);
    let names = ["k", "v"];
    let first =
        run(&spec, &raw(&[("k", vec!["A", "B", "A", "C", ""]), ("v", vec!["1", "1", "1", "1", "1"])])).0;
    let second = run(&spec, &raw(&[("k", vec!["B", "D", "D", "D"]), ("v", vec!["2", "1", "1", "2"])])).0;
    let mut duplicates = Duplicates::new(&names, &["k"], [1, 2]).unwrap();
    duplicates.add(&first).unwrap();
    assert!(duplicates.next_file());
    duplicates.add(&second).unwrap();
    let report = duplicates.finish();
    let group =
        |rows: &[(u8, u32)]| Group { rows: rows.iter().map(|&(file, row)| Place { file, row }).collect() };
    assert_eq!(report.same_row, [group(&[(0, 2), (0, 4)]), group(&[(1, 3), (1, 4)])]);
    assert_eq!(report.same_key, [group(&[(0, 3), (1, 2)]), group(&[(1, 3), (1, 4), (1, 5)])]);
    assert_eq!((report.rows, report.keys, report.without_key), (8, 4, 1));
    assert_eq!(report.multiplicities, BTreeMap::from([(1, 1), (2, 2), (3, 1)]));
    assert!(
        Duplicates::new(&names, &[], [1, 2]).is_none() && Duplicates::new(&names, &["z"], [1, 2]).is_none()
    );
}

#[test]
fn another_shape_is_refused() {
    let spec = table(vec![column(ColumnKind::Text)]);
    let mut cleaner = Cleaner::new(&spec, &["x".to_owned()]).unwrap();
    assert_eq!(cleaner.clean(&raw(&[("x", vec!["1"]), ("y", vec!["1"])])).unwrap_err().code(), 2106);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Cleaning a cleaned table changes nothing and rejects nothing, whatever the cells hold.
    #[test]
    fn idempotent_over_tables(cells in proptest::collection::vec("[0-9X张三（女）男/年月日. '-]{0,19}|[ -~]{0,8}", 1..40)) {
        let kinds = [
            ColumnKind::CitizenId, ColumnKind::OrgId, ColumnKind::Name, ColumnKind::CompanyName, ColumnKind::Sex,
            ColumnKind::Date, ColumnKind::Timestamp, ColumnKind::Division, ColumnKind::Integer, ColumnKind::Decimal,
            ColumnKind::Code, ColumnKind::Text,
        ];
        let names: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
        let spec = table(kinds.iter().zip(&names).map(|(&kind, name)| ColumnSpec::new(name, kind)).collect());
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let columns: Vec<(&str, Vec<&str>)> = names.iter().map(|name| (name.as_str(), cells.clone())).collect();
        let mut once = Cleaner::with_aliases(&spec, &names, &Aliases::none()).unwrap();
        let cleaned = once.clean(&raw(&columns)).unwrap();
        prop_assert_eq!(cleaned.batch.num_rows(), cells.len());
        let again = RawBatch { batch: cleaned.batch.clone(), row_numbers: cleaned.row_numbers.clone(), ragged: Vec::new() };
        let mut twice = Cleaner::with_aliases(&spec, &names, &Aliases::none()).unwrap();
        let second = twice.clean(&again).unwrap();
        prop_assert_eq!(&second.batch, &cleaned.batch);
        prop_assert!(twice.report().rules.values().all(|counts| counts.normalised == 0), "{:?}", twice.report().rules);
    }

    #[test]
    fn any_bytes_are_cleaned_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = clean_bytes(&bytes);
    }
}
