//! Tables that cannot be read, on either side of a verification.

use super::people;
use super::world::World;

/// The bytes, and the code of the reading error.
fn bad() -> Vec<(&'static str, Vec<u8>, u16)> {
    // An executable that somebody gave the name of a table.
    let mut binary = b"\x7fELF\x02\x01\x01\0".to_vec();
    binary.extend((0..2000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]));
    // GB18030 with bytes in it that GB18030 does not have.
    let mut torn = encoding_rs::GB18030.encode(&people::residents()).0.into_owned();
    torn.splice(200..200, [0xff, 0xff, 0x80, 0xff]);
    vec![
        ("empty", Vec::new(), 2004),
        ("binary", binary, 2005),
        ("another table", b"a,b\n1,2\n".to_vec(), 2101),
        ("torn", torn, 2007),
    ]
}

#[test]
fn a_local_table_that_cannot_be_read_ends_the_run_with_its_code() {
    let world = World::new();
    for (what, bytes, code) in bad() {
        world.write("residents.csv", bytes);
        let ran = world.verify(&["--offline"]);
        let error: serde_json::Value =
            serde_json::from_str(&ran.err).unwrap_or_else(|e| panic!("{what}: {e} {}", ran.out));
        let found = error["error"]["code"].as_u64().expect("a code");
        // Found on opening, or on the way, when the reading code is in the fields.
        let reading = &error["error"]["fields"]["reading"];
        assert!(found == u64::from(code) || (found == 5115 && *reading == code), "{what}: {error}");
        assert_eq!(ran.code, 3, "{what}: {error}");
        world.recorded("county", "run.end", &format!("refused {found}"));
        world.nothing_left();
    }
    std::fs::remove_file(world.path("residents.csv")).expect("removed");
    world.verify(&["--offline"]).fails(6, 2001);
    world.recorded("county", "run.end", "refused 2001");
}

#[test]
fn a_provider_whose_table_cannot_be_read_tells_the_county() {
    let world = World::new();
    let mut province = world.serve();
    for (what, bytes, code) in bad() {
        let source = if what == "torn" {
            // Ten thousand sound rows before the torn one: found in the middle of the matching.
            let mut text = people::source(0).into_bytes();
            text.extend([0xff, 0xff, 0x80, 0xff, b'\n']);
            text
        } else {
            bytes
        };
        world.write("province/data/source.csv", source);
        let ran = world.verify(&[]);
        assert!(ran.code == 4 || ran.code == 5, "{what}: {}{}", ran.out, ran.err);
        world.nothing_left();
        world.wait_for("the record", || {
            let log = world.log("province");
            let refused =
                |r: &yinshu_audit::Record| r.action == "session.answer" && r.result.starts_with("refused");
            log.iter().filter(|r| refused(r)).any(|r| r.result == format!("refused {code}") || what == "torn")
        });
        assert!(province.runs());
    }
    world.write("province/data/source.csv", people::source(10));
    // Runs that were refused count towards the day's quota too; four were used of eight.
    world.verify(&[]).exits(0);
    world.log_holds("province");
}

#[test]
fn a_table_may_come_as_departments_write_it() {
    let world = World::new();
    let text = format!("某县人口表,,,,,,\r\n{}合计,50,,,,,\r\n", people::residents().replace('\n', "\r\n"));
    world.write("people.csv", encoding_rs::GB18030.encode(&text).0);
    world.write("people.toml", "path = \"people.csv\"\ndelimiter = \",\"\n");
    let args = ["origin", "verify", "package", "--contract", "county/contracts/return.toml", "--offline"];
    let json =
        world.of("county", &[&args[..], &["--local", "people.toml", "--out", "o"]].concat()).exits(0).json();
    assert_eq!(json["report"]["sizes"]["local_people"], 50, "{json}");
    world.write("people.toml", "path = \"people.csv\"\ndelimeter = \",\"\n");
    let error =
        world.of("county", &[&args[..], &["--local", "people.toml", "--out", "o2"]].concat()).fails(2, 1110);
    assert!(error["try"].as_str().is_some_and(|t| t.contains("delimiter")), "{error}");
    assert!(!world.path("o2").exists());
}
