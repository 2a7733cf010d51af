//! Options of a login, as drivers set them: the catalogue alone, which is the policy that questions are asked under.

use std::collections::HashMap;

/// The option that chooses a policy.
pub(super) const CATALOGUE: &str = "catalog";

/// `SetSessionOptionsRequest` of `Flight.proto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SetRequest {
    #[prost(map = "string, message", tag = "1")]
    pub(super) options: HashMap<String, OptionValue>,
}

/// `SessionOptionValue`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OptionValue {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4")]
    pub(super) value: Option<Kind>,
}

/// What an option is set to; lists are not among it.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Kind {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Truth(bool),
    #[prost(sfixed64, tag = "3")]
    Integer(i64),
    #[prost(double, tag = "4")]
    Number(f64),
}

/// `SetSessionOptionsResult`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SetResult {
    #[prost(map = "string, message", tag = "1")]
    pub(super) errors: HashMap<String, Wrong>,
}

/// `SetSessionOptionsResult.Error`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Wrong {
    #[prost(int32, tag = "1")]
    pub(super) value: i32,
}

/// No such option.
pub(super) const NO_NAME: Wrong = Wrong { value: 1 };

/// No such value.
pub(super) const NO_VALUE: Wrong = Wrong { value: 2 };

/// `GetSessionOptionsResult`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetResult {
    #[prost(map = "string, message", tag = "1")]
    pub(super) options: HashMap<String, OptionValue>,
}

/// `CloseSessionResult`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Closed {
    /// 1: closed.
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

/// What is set, for an answer.
pub(super) fn set(policy: Option<&str>) -> GetResult {
    let text = |policy: &str| OptionValue { value: Some(Kind::Text(policy.to_owned())) };
    GetResult { options: policy.map(|policy| (CATALOGUE.to_owned(), text(policy))).into_iter().collect() }
}
