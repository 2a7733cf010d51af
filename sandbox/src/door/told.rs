//! A refusal as a client of Flight SQL sees it: a gRPC status whose text begins with the code, in the researcher's language.
//!
//! Beside the text goes a `google.rpc.ErrorInfo` with the code and the fields, so that a program can read it, and a client of
//! ours tells it in its own language. What is for the operator (paths, what an operating system said, what of a data set is out
//! of order) goes no further than the operator: an allow-list of codes says what is for whoever asks.

use crate::error::SandboxError;
use crate::lang::texts;
use prost::Message as _;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tonic::{Code, Status};
use yinshu_beside::{Lang, Texts, Told};

/// Letters of a field at most: drivers take headers of 8 KiB.
const LETTERS: usize = 120;

/// Who made a status.
const DOMAIN: &str = "yinshu-sandbox";

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
struct Rich {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Detail {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.ErrorInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct Info {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    // In one order: the same refusal is the same bytes.
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: BTreeMap<String, String>,
}

/// Both languages.
pub(super) struct Languages {
    zh: Texts,
    en: Texts,
}

impl Languages {
    pub(super) fn new() -> Self {
        Self { zh: texts(Lang::Zh), en: texts(Lang::En) }
    }

    /// The status that a refusal is told by.
    pub(super) fn status(&self, error: &SandboxError, lang: Lang) -> Status {
        let texts = match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        };
        let error = if for_asker(error.code()) { error.clone() } else { SandboxError::Unable };
        let fields: Map<String, Value> =
            error.fields().into_iter().map(|(name, value)| (name, brief(value))).collect();
        let english = shortened(&error.to_string(), 2 * LETTERS);
        let metadata = [("english", english.clone()), ("fields", Value::Object(fields.clone()).to_string())];
        let told = SandboxError::Remote { inner: error.code(), english, fields };
        let (what, remedy) = texts.explain(&told);
        let remedy = remedy.map(|remedy| texts.own("error-try", &[("remedy", remedy.into())]));
        let text = [format!("{}: {}", told.code(), shortened(&what, 3 * LETTERS))].into_iter().chain(remedy);
        let text = text.collect::<Vec<_>>().join("  ");
        let code = grpc(told.code());
        let info = Info {
            reason: told.code().to_string(),
            domain: DOMAIN.to_owned(),
            metadata: metadata.map(|(name, value)| (name.to_owned(), value)).into(),
        };
        let detail = Detail { kind: ERROR_INFO.to_owned(), value: info.encode_to_vec() };
        let rich = Rich { code: code.into(), message: text.clone(), details: vec![detail] };
        Status::with_details(code, text, rich.encode_to_vec().into())
    }
}

/// The refusal that a server of ours told.
pub(super) fn understood(status: &Status) -> Option<SandboxError> {
    let rich = Rich::decode(status.details()).ok()?;
    let detail = rich.details.into_iter().find(|detail| detail.kind == ERROR_INFO)?;
    let mut info = Info::decode(&*detail.value).ok().filter(|info| info.domain == DOMAIN)?;
    let fields = info.metadata.remove("fields")?;
    let fields: Map<String, Value> = serde_json::from_str(&fields).ok()?;
    let english = info.metadata.remove("english").unwrap_or_default();
    Some(SandboxError::Remote { inner: info.reason.parse().ok()?, english, fields })
}

/// Whether whoever asked may read what has this code.
fn for_asker(code: u16) -> bool {
    matches!(code, 9690 | 9700..=9739 | 9745 | 9750..=9759 | 9770 | 9771 | 9774 | 9775 | 9785..=9792 | 9795..=9799)
}

/// The code that whoever asked was told.
pub(super) fn shown_code(code: u16) -> u16 {
    match for_asker(code) {
        true => code,
        false => SandboxError::Unable.code(),
    }
}

fn grpc(code: u16) -> Code {
    match code {
        9702 | 9770 | 9788 | 9798 => Code::NotFound,
        9690 | 9704 | 9720 | 9721 | 9730..=9735 | 9771 | 9775 | 9796 | 9797 | 9799 => Code::PermissionDenied,
        9795 => Code::FailedPrecondition,
        9722 | 9750 | 9787 | 9789 => Code::ResourceExhausted,
        9723 => Code::DeadlineExceeded,
        9785 | 9786 => Code::Unauthenticated,
        9724 => Code::Unavailable,
        9792 => Code::Unimplemented,
        9745 | 9790 => Code::Internal,
        _ => Code::InvalidArgument,
    }
}

fn brief(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(shortened(&text, LETTERS)),
        other => other,
    }
}

fn shortened(text: &str, letters: usize) -> String {
    let mut short: String = text.chars().take(letters).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
