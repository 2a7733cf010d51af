//! The log for people and for other systems: CSV for spreadsheets, JSONL for programs.
//!
//! Both verify the log as they go and return [`Verified`] at the end: an export that did not return
//! it is not an export of a sound log, and the caller throws the half-written file away (write beside
//! and rename).

use crate::checkpoint::Checkpoint;
use crate::error::AuditError;
use crate::record::{Record, time_text};
use crate::verify::{Verified, verify_each};
use std::io::{self, Write};
use std::path::Path;
use yinshu_crypto::sign::PublicKey;

/// The language of headings and of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 中文: the headings the rules name; CSV begins with a byte order mark, so that Excel reads it
    /// as UTF-8.
    Chinese,
    /// English: the keys of the log.
    English,
}

const CHINESE: [&str; 11] = [
    "序号",
    "时间",
    "用户",
    "IP地址",
    "操作对象",
    "操作内容",
    "操作行为",
    "操作结果",
    "生命周期阶段",
    "前记录摘要",
    "签名",
];
const ENGLISH: [&str; 11] =
    ["number", "time", "user", "ip", "object", "content", "action", "result", "stage", "prev", "signature"];

impl Language {
    fn headings(self) -> &'static [&'static str; 11] {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }
}

/// Writes the log as CSV: the record's number, then its ten fields, CRLF line ends. A cell that a
/// spreadsheet would take for a formula is preceded by an apostrophe.
///
/// # Errors
/// As [`verify`](crate::verify()), and [`AuditError::Io`] or [`AuditError::DiskFull`] from `out`.
pub fn csv(
    log: &Path,
    key: &PublicKey,
    checkpoint: Option<&Checkpoint>,
    language: Language,
    mut out: impl Write,
) -> Result<Verified, AuditError> {
    if language == Language::Chinese {
        out.write_all(b"\xef\xbb\xbf").map_err(|e| failed(&e))?;
    }
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(language.headings()).map_err(csv_failed)?;
    let verified = verify_each(log, key, checkpoint, &mut |number, record| {
        let cells = cells(number, record, language).map(inert);
        csv.write_record(&cells).map_err(csv_failed)
    })?;
    csv.flush().map_err(|e| failed(&e))?;
    Ok(verified)
}

/// Writes the log as JSON lines. In English each line is the log's own, byte for byte, so the export
/// verifies like the log; in Chinese the keys are the headings and the stage is named in Chinese,
/// for reading only.
///
/// # Errors
/// As [`csv()`].
pub fn jsonl(
    log: &Path,
    key: &PublicKey,
    checkpoint: Option<&Checkpoint>,
    language: Language,
    mut out: impl Write,
) -> Result<Verified, AuditError> {
    let verified = verify_each(log, key, checkpoint, &mut |number, record| {
        let line = match language {
            Language::English => record.to_line(),
            Language::Chinese => chinese_line(number, record),
        };
        out.write_all(line.as_bytes()).map_err(|e| failed(&e))
    })?;
    out.flush().map_err(|e| failed(&e))?;
    Ok(verified)
}

fn cells(number: u64, record: &Record, language: Language) -> [String; 11] {
    let stage = match language {
        Language::Chinese => record.stage.chinese(),
        Language::English => record.stage.key(),
    };
    [
        number.to_string(),
        time_text(record.time),
        record.user.clone(),
        record.ip.to_string(),
        record.object.clone(),
        record.content.clone(),
        record.action.clone(),
        record.result.clone(),
        stage.to_owned(),
        record.prev.to_string(),
        record.signature.to_string(),
    ]
}

fn chinese_line(number: u64, record: &Record) -> String {
    let mut line = String::from("{");
    for (heading, cell) in CHINESE.iter().zip(cells(number, record, Language::Chinese)) {
        let comma = if line.len() > 1 { "," } else { "" };
        let value = if *heading == CHINESE[0] { cell } else { serde_json::Value::from(cell).to_string() };
        line.push_str(&format!("{comma}\"{heading}\":{value}"));
    }
    line.push_str("}\n");
    line
}

/// A cell no spreadsheet will run: what starts like a formula (ASCII or full-width, after any blanks;
/// OWASP "CSV Injection") gets an apostrophe, which spreadsheets show as text.
fn inert(cell: String) -> String {
    const STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let lone_dash = cell == "-";
    match cell.trim_start().chars().next() {
        Some(c) if STARTS.contains(&c) && !lone_dash => format!("'{cell}"),
        _ => cell,
    }
}

fn failed(error: &io::Error) -> AuditError {
    AuditError::io("write", Path::new("export"), error)
}

fn csv_failed(error: csv::Error) -> AuditError {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => failed(&e),
        other => failed(&io::Error::other(format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{entry, key, sample_log, time};

    fn hostile() -> (tempfile::TempDir, std::path::PathBuf) {
        let (dir, path) = sample_log(2);
        let mut log = crate::Log::open(&path, key()).expect("opens");
        let mut e = entry(3);
        e.user = "=cmd|' /C calc'!A0".into();
        e.object = " ＝1+1".into();
        e.content = "a,\"b\" 甲；−乙".into();
        log.append(&e, time(3)).expect("appended");
        (dir, path)
    }

    #[test]
    fn csv_in_chinese_is_what_excel_reads_and_runs_nothing() {
        let (_dir, path) = hostile();
        let mut out = Vec::new();
        let verified = csv(&path, &key().public(), None, Language::Chinese, &mut out).expect("sound");
        assert_eq!(verified.records, 3);
        let text = String::from_utf8(out).expect("UTF-8");
        let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
        assert!(text.starts_with("序号,时间,用户,IP地址,操作对象,操作内容,操作行为,操作结果,生命周期阶段,"));
        let mut rows = ::csv::Reader::from_reader(text.as_bytes());
        let last = rows.records().last().expect("rows").expect("CSV");
        assert_eq!(&last[2], "'=cmd|' /C calc'!A0");
        assert_eq!(&last[4], "' ＝1+1");
        assert_eq!(&last[5], "a,\"b\" 甲；−乙");
        assert_eq!(&last[8], "处理");
    }

    #[test]
    fn jsonl_in_english_verifies_like_the_log() {
        let (_dir, path) = hostile();
        let mut out = Vec::new();
        jsonl(&path, &key().public(), None, Language::English, &mut out).expect("sound");
        assert_eq!(out, std::fs::read(&path).expect("read"));
    }

    #[test]
    fn jsonl_in_chinese_is_json() {
        let (_dir, path) = hostile();
        let mut out = Vec::new();
        jsonl(&path, &key().public(), None, Language::Chinese, &mut out).expect("sound");
        for line in String::from_utf8(out).expect("UTF-8").lines() {
            let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(value.as_object().expect("an object").len(), 11);
            assert_eq!(value["生命周期阶段"], "处理");
        }
    }

    #[test]
    fn a_broken_log_gives_no_verdict() {
        let (_dir, path) = hostile();
        let mut bytes = std::fs::read(&path).expect("read");
        bytes[10] ^= 1;
        std::fs::write(&path, bytes).expect("written");
        assert!(csv(&path, &key().public(), None, Language::English, Vec::new()).is_err());
    }
}
