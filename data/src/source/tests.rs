use super::{Dsn, Source};

fn parse(text: &str) -> Result<Source, toml::de::Error> {
    toml::from_str(text)
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let error = parse("path = 'x.csv'\ndelimeter = ';'").unwrap_err();
    assert!(error.to_string().contains("delimeter"));
}

#[test]
fn each_contradiction_has_its_code() {
    for (text, code) in [
        ("", 2016),
        ("path = 'x'\nmysql = 'mysql://h'", 2016),
        ("postgres = 'host=h'", 2019),
        ("path = 'x'\nquery = 'SELECT 1'", 2017),
        ("path = 'x'\nmax_rows = 3", 2017),
        ("format = 'xlsx'\npath = 'x'\ndelimiter = ';'", 2017),
        ("format = 'csv'\npath = 'x'\nsheet = 's'", 2017),
        ("format = 'parquet'\npath = 'x'\nheader_row = 1", 2017),
        ("postgres = 'host=h'\nquery = 'q'\nencoding = 'gbk'", 2017),
        ("path = 'x'\ndelimiter = '，'", 2018),
        ("path = 'x'\nquote = 'ab'", 2018),
        ("path = 'x'\nquote = ';'\ndelimiter = ';'", 2018),
        ("path = 'x'\nheader_row = 0", 2018),
        ("path = 'x'\ncolumns = []", 2018),
        ("postgres = 'host=h'\nquery = 'q'\napplication_name = 'a b'", 2018),
        ("postgres = 'host=h'\nquery = 'q'\ntimeout_seconds = 0", 2018),
    ] {
        assert_eq!(parse(text).unwrap().validate().unwrap_err().code(), code, "{text}");
    }
    for text in [
        "path = 'x.csv'",
        "path = 'x'\nheader_row = 0\ncolumns = ['a']",
        "mysql = 'mysql://h/d'\nquery = 'SELECT 1'\nmax_rows = 5\ntimeout_seconds = 60",
    ] {
        parse(text).unwrap().validate().unwrap();
    }
}

#[test]
fn a_connection_string_never_shows_its_password() {
    for dsn in [
        "postgres://user:hunter2@host:5432/db?password=hunter2",
        "host=h user=u password=hunter2 dbname=d",
        "host=h password='hunter2 user=hunter2'",
        "host=h user='x' password = hunter2",
        "mysql://user:hunt@hunter2@host/db",
        "password=hunter2",
    ] {
        let source = Source::postgres(dsn, "SELECT 1");
        let shown =
            [format!("{source:?}"), serde_json::to_string(&source).unwrap(), Dsn::new(dsn).redacted()];
        for text in shown {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
    assert_eq!(Dsn::new("postgres://u:p@h:1/d?x=y").redacted(), "postgres://h:1/d");
    assert_eq!(Dsn::new("host=h user=u password=p dbname=d").redacted(), "host=h user=u dbname=d");
}
