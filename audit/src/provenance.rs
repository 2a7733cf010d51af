//! Who, where, when and how of one result (溯源记录), bound to the result and recorded.
//!
//! The rules ask for five fields: 业务相关人员, 处理系统, IP地址, 处理时间, 处理方式. A [`Provenance`]
//! holds them; [`Bound`] ties it to the digest of the result's bytes and travels beside the result;
//! [`Bound::entry`] is what goes into the audit log, so that a provenance changed later no longer
//! matches its record.

use crate::error::AuditError;
use crate::record::{Entry, MAX_CONTENT, MAX_FIELD, Record, Stage, time_text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use yinshu_crypto::hash::Digest;

/// The `action` of a record that holds a provenance.
pub const ACTION: &str = "溯源登记";

/// The five fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// 业务相关人员: everyone answerable for it (operator, approver, …); one or more.
    pub people: Vec<String>,
    /// 处理系统: program, version and node.
    pub system: String,
    /// IP地址 of that system.
    pub ip: IpAddr,
    /// 处理时间.
    pub time: Timestamp,
    /// 处理方式: the protocol or method.
    pub method: String,
}

/// A provenance and the digest of the result it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// SHA-256 of the result's bytes.
    pub result: Digest,
    /// Where it came from.
    pub provenance: Provenance,
}

impl Provenance {
    /// The five Chinese headings with their values, for forms and reports.
    pub fn chinese(&self) -> [(&'static str, String); 5] {
        [
            ("业务相关人员", self.people.join("、")),
            ("处理系统", self.system.clone()),
            ("IP地址", self.ip.to_string()),
            ("处理时间", time_text(self.time)),
            ("处理方式", self.method.clone()),
        ]
    }

    /// Ties it to a result.
    ///
    /// # Errors
    /// [`AuditError::EmptyField`] when a field is empty, [`AuditError::LongField`] when all together
    /// do not fit one record.
    pub fn bind(self, result: Digest) -> Result<Bound, AuditError> {
        let empty = |field: &'static str| Err(AuditError::EmptyField { field: field.into() });
        if self.people.is_empty() || self.people.iter().any(String::is_empty) {
            return empty("people");
        }
        if self.system.is_empty() {
            return empty("system");
        }
        if self.method.is_empty() {
            return empty("method");
        }
        let bound = Bound { result, provenance: self };
        let bytes = bound.content().len();
        let user = bound.provenance.people[0].len();
        if bytes > MAX_CONTENT || user > MAX_FIELD {
            return Err(AuditError::LongField { field: "provenance".into(), bytes, max: MAX_CONTENT });
        }
        Ok(bound)
    }
}

impl Bound {
    /// The entry to append: the first of the people as user, the result's digest as object, the five
    /// fields as content.
    pub fn entry(&self, stage: Stage, outcome: &str) -> Entry {
        Entry {
            user: self.provenance.people.first().cloned().unwrap_or_default(),
            ip: self.provenance.ip,
            object: self.object(),
            content: self.content(),
            action: ACTION.into(),
            result: outcome.into(),
            stage,
        }
    }

    /// Whether `record` is the record of this very provenance of this very result.
    pub fn recorded_in(&self, record: &Record) -> bool {
        record.action == ACTION && record.object == self.object() && record.content == self.content()
    }

    /// Whether `result` is the result this is the provenance of.
    pub fn is_of(&self, result: &[u8]) -> bool {
        Digest::sha256(result) == self.result
    }

    fn object(&self) -> String {
        format!("sha256:{}", self.result)
    }

    fn content(&self) -> String {
        serde_json::to_string(&self.provenance).expect("strings, an address and a time always serialise")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{key, sample_log, time};

    fn sample() -> Provenance {
        Provenance {
            people: vec!["王芳".into(), "李强".into()],
            system: "yinshu 0.1.0 / hr-county".into(),
            ip: "10.1.2.3".parse().expect("an address"),
            time: time(5),
            method: "ECDH-PSI".into(),
        }
    }

    #[test]
    fn bound_recorded_and_found_again() {
        let (_dir, path) = sample_log(1);
        let mut log = crate::Log::open(&path, key()).expect("opens");
        let bound = sample().bind(Digest::sha256(b"result")).expect("complete");
        log.append(&bound.entry(Stage::Exchange, "成功"), time(6)).expect("appended");
        let mut seen = Vec::new();
        crate::verify::verify_each(&path, &key().public(), None, &mut |_, r| {
            seen.push(bound.recorded_in(r));
            Ok(())
        })
        .expect("sound");
        assert_eq!(seen, [false, true]);
        assert!(bound.is_of(b"result") && !bound.is_of(b"other"));
        let json = serde_json::to_string(&bound).expect("serialises");
        let mut changed: Bound = serde_json::from_str(&json).expect("own form");
        assert_eq!(changed, bound);
        changed.provenance.method = "by hand".into();
        let record = Record::sign(&bound.entry(Stage::Exchange, "成功"), time(6), Digest::ZERO, &key());
        let record = record.expect("signed");
        assert!(bound.recorded_in(&record) && !changed.recorded_in(&record));
    }

    #[test]
    fn incomplete_or_overlong_is_refused() {
        let d = Digest::ZERO;
        assert!(Provenance { people: vec![], ..sample() }.bind(d).is_err());
        assert!(Provenance { people: vec![String::new()], ..sample() }.bind(d).is_err());
        assert!(Provenance { system: String::new(), ..sample() }.bind(d).is_err());
        assert!(Provenance { method: String::new(), ..sample() }.bind(d).is_err());
        assert!(Provenance { method: "m".repeat(MAX_CONTENT), ..sample() }.bind(d).is_err());
        assert_eq!(
            sample().chinese().map(|(heading, _)| heading),
            ["业务相关人员", "处理系统", "IP地址", "处理时间", "处理方式"]
        );
    }
}
