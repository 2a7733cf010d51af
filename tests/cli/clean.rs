//! `yinshu clean`, end to end on the bytes that arrive.

use super::Place;

/// A county's table as Excel and an old system leave it: GB18030, a title row, a total row. The
/// numbers are of the invented division 9901.
const TABLE: &str = "参保人员名单,,,\r\n\
公民身份号码,姓名,性别,出生日期\r\n\
990101199003070015,买买提•吐尔逊,男,1990/3/7\r\n\
９９０１０１１９９００３０７００１５,王㛃（女）,2,19900307\r\n\
990101199003070000,李四,1,1990-03-07\r\n\
合计,3,,\r\n";

fn gb18030(text: &str) -> Vec<u8> {
    let (bytes, _, lost) = encoding_rs::GB18030.encode(text);
    assert!(!lost);
    bytes.into_owned()
}

#[test]
fn a_gb18030_table_is_cleaned_and_what_was_done_is_said() {
    let place = Place::new();
    place.write("in.csv", gb18030(TABLE));
    let args = [
        "clean",
        "in.csv",
        "--test-region",
        "--out",
        "out.csv",
        "--rejects",
        "bad.csv",
        "--report",
        "r.json",
    ];
    let ran = place.run(&[&args[..], &["--lang=zh"]].concat()).exits(0);
    assert!(ran.out.contains("读入 3 行，保留 2 行，剔除 1 行"), "{}", ran.out);
    assert!(ran.out.to_lowercase().contains("gb18030"), "{}", ran.out);
    assert!(ran.err.is_empty(), "no bar where stderr is no terminal: {}", ran.err);

    let out = place.read("out.csv");
    let mut lines = out.trim_start_matches('\u{feff}').lines();
    assert_eq!(lines.next(), Some("公民身份号码,姓名,性别,出生日期"));
    assert_eq!(lines.next(), Some("990101199003070015,买买提·吐尔逊,1,1990-03-07"));
    assert_eq!(lines.next(), Some("990101199003070015,王㛃,2,1990-03-07"));
    assert_eq!(lines.next(), None);

    let bad = place.read("bad.csv");
    assert_eq!(bad.lines().count(), 2, "{bad}");
    assert!(bad.lines().nth(1).is_some_and(|l| l.starts_with("5,公民身份号码,")), "{bad}");
    assert!(!bad.contains("990101199003070000"), "the number must be masked: {bad}");
    let report: serde_json::Value = serde_json::from_str(&place.read("r.json")).expect("JSON");
    assert_eq!(report["report"]["rows_rejected"], 1);
    assert_eq!(report["found"]["header_row"], 2);
}

#[test]
fn machines_get_one_object_and_the_same_figures() {
    let place = Place::new();
    place.write("in.csv", gb18030(TABLE));
    let ran = place.run(&["--json", "clean", "in.csv", "--test-region"]).exits(0);
    let json = ran.json();
    assert_eq!(json["report"]["rows_in"], 3);
    assert_eq!(json["report"]["rows_out"], 2);
    assert!(ran.err.is_empty());
}

#[test]
fn parquet_comes_out_and_goes_in_again() {
    let place = Place::new();
    place.write("in.csv", gb18030(TABLE));
    place.run(&["clean", "in.csv", "--test-region", "--out", "a.parquet"]).exits(0);
    let again =
        place.run(&["--json", "clean", "a.parquet", "--test-region", "--out", "b.csv"]).exits(0).json();
    assert_eq!(again["report"]["rows_out"], 2);
    place.run(&["clean", "in.csv", "--test-region", "--out", "c.csv"]).exits(0);
    assert_eq!(place.read("b.csv"), place.read("c.csv"));
}

#[test]
fn a_source_file_says_how_to_read_and_a_description_what_the_columns_are() {
    let place = Place::new();
    place.write("in.txt", "号码;名\n990101199003070015;王\n");
    place.write("source.toml", "path = \"in.txt\"\nformat = \"csv\"\ndelimiter = \";\"\n");
    place.write(
        "spec.toml",
        "test_region = true\n[[columns]]\nname = \"id\"\nkind = \"citizen-id\"\nrequired = true\n",
    );
    place.write("map.toml", "[columns]\nid = [\"号码\"]\n");
    let ran = place
        .run(&["clean", "source.toml", "--spec", "spec.toml", "--mapping", "map.toml", "--out", "o.csv"])
        .exits(0);
    assert!(ran.out.contains("Columns outside the specification (not written): 名"), "{}", ran.out);
    assert_eq!(place.read("o.csv").trim_start_matches('\u{feff}'), "id\r\n990101199003070015\r\n");
}

#[test]
fn a_misspelt_key_names_the_nearest_and_the_line() {
    let place = Place::new();
    place.write("in.csv", "a\n1\n");
    place.write("spec.toml", "# what it holds\n[[columns]]\nname = \"a\"\nkidn = \"text\"\n");
    let ran = place.run(&["clean", "in.csv", "--spec", "spec.toml"]).exits(2);
    assert!(ran.err.contains("error[1021]: spec.toml:4: there is no key kidn."), "{}", ran.err);
    assert!(ran.err.contains("Did you mean kind?"), "{}", ran.err);
    place.write("spec.toml", "[[columns]]\nname = \"a\"\nkind = \"citizen_id\"\n");
    let choice = place.run(&["clean", "in.csv", "--spec", "spec.toml", "--lang=zh"]).exits(2);
    assert!(
        choice.err.contains("错误 1025") && choice.err.contains("是不是想写 citizen-id？"),
        "{}",
        choice.err
    );
    place.write("source.toml", "path = \"in.csv\"\ndelimeter = \";\"\n");
    let source = place.run(&["clean", "source.toml"]).exits(2);
    assert!(
        source.err.contains("source.toml:2") && source.err.contains("Did you mean delimiter?"),
        "{}",
        source.err
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_a_code_and_nothing_is_written() {
    let place = Place::new();
    place.write("empty.csv", "");
    place.write("binary.csv", [0u8, 1, 2, 3, 0, 0, 255, 254, 0, 7, 0, 0, 0, 0]);
    place.write("other.csv", "x,y\n1,2\n");
    place.write("spec.toml", "[[columns]]\nname = \"aac002\"\nkind = \"citizen-id\"\nrequired = true\n");
    for (args, code) in [
        (&["clean", "empty.csv", "--out", "o.csv"][..], 2004),
        (&["clean", "binary.csv", "--out", "o.csv"], 2005),
        (&["clean", "other.csv", "--spec", "spec.toml", "--out", "o.csv"], 2101),
    ] {
        let ran = place.run(&[&["--json"], args].concat()).exits(3);
        assert_eq!(ran.error()["code"], code, "{}", ran.err);
        assert!(!place.path("o.csv").exists());
        let zh = place.run(&[&["--lang=zh"], args].concat()).exits(3);
        assert!(zh.err.starts_with(&format!("错误 {code}：")) && zh.err.contains("试试："), "{}", zh.err);
    }
    let left = std::fs::read_dir(place.path("")).expect("a folder").count();
    assert_eq!(left, 4, "nothing half-written is left");
}

#[test]
fn no_input_is_overwritten() {
    let place = Place::new();
    place.write("in.csv", "a\n1\n");
    let same = place.run(&["clean", "in.csv", "--out", "./in.csv"]).exits(6);
    assert!(same.err.contains("error[1064]"), "{}", same.err);
    let twice = place.run(&["clean", "in.csv", "--out", "o.csv", "--rejects", "o.csv"]).exits(6);
    assert!(twice.err.contains("error[1064]"), "{}", twice.err);
    assert_eq!(place.read("in.csv"), "a\n1\n");
    let folder = place.run(&["clean", "in.csv", "--out", "no/such/folder/o.csv"]).exits(6);
    assert!(folder.err.contains("error[2003]"), "{}", folder.err);
}
