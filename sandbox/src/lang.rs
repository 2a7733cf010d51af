//! What people read, in Chinese and English: messages shared with `yinshu`, compiled into the binary.

use crate::error::SandboxError;
use serde_json::{Map, Value};
use yinshu_beside::{Lang, Texts};

/// The messages of `lang`.
#[must_use]
pub fn texts(lang: Lang) -> Texts {
    let sources = match lang {
        Lang::Zh => [
            include_str!("../../locales/zh/sandbox.ftl"),
            include_str!("../../locales/zh/errors-sandbox.ftl"),
            include_str!("../../locales/zh/errors-data.ftl"),
        ],
        Lang::En => [
            include_str!("../../locales/en/sandbox.ftl"),
            include_str!("../../locales/en/errors-sandbox.ftl"),
            include_str!("../../locales/en/errors-data.ftl"),
        ],
    };
    Texts::new("sandbox", lang, &sources)
}

impl yinshu_beside::Told for SandboxError {
    fn code(&self) -> u16 {
        self.code()
    }

    fn exit(&self) -> u8 {
        self.exit()
    }

    fn fields(&self) -> Map<String, Value> {
        if let Self::Table { fields, .. } | Self::Remote { fields, .. } = self {
            return fields.clone();
        }
        yinshu_beside::fields(self)
    }
}
