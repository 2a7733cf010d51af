//! What people read, in Chinese and English: messages shared with `yinshu`, compiled into the binary.
//!
//! `locales/<language>/joint.ftl` holds the help and what commands print; `errors-joint.ftl` and `errors-data.ftl` hold
//! `e<code>-what` and `e<code>-try` for every error code that can be met here.

use crate::error::JointError;
use serde_json::{Map, Value};
pub use yinshu_beside::{Lang, Named, Texts};

/// The messages of `lang`.
#[must_use]
pub fn texts(lang: Lang) -> Texts {
    let sources = match lang {
        Lang::Zh => [
            include_str!("../../locales/zh/joint.ftl"),
            include_str!("../../locales/zh/errors-joint.ftl"),
            include_str!("../../locales/zh/errors-data.ftl"),
        ],
        Lang::En => [
            include_str!("../../locales/en/joint.ftl"),
            include_str!("../../locales/en/errors-joint.ftl"),
            include_str!("../../locales/en/errors-data.ftl"),
        ],
    };
    Texts::new("joint", lang, &sources)
}

impl yinshu_beside::Told for JointError {
    fn code(&self) -> u16 {
        self.shown_code()
    }

    fn exit(&self) -> u8 {
        self.exit()
    }

    fn fields(&self) -> Map<String, Value> {
        if let Self::Table { fields, .. } = self {
            return fields.clone();
        }
        yinshu_beside::fields(self)
    }
}
