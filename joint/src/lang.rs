//! What people read, in Chinese and English: messages shared with `yinshu`, compiled into the binary.
//!
//! `locales/<language>/joint.ftl` holds the help and what commands print; `errors-joint.ftl` and `errors-data.ftl` hold
//! `e<code>-what` and `e<code>-try` for every error code that can be met here.

use crate::error::JointError;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde_json::{Map, Value, json};

/// A language that people can read this program in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language of `--lang` among the arguments, or of the locale.
    #[must_use]
    pub fn chosen(args: &[String]) -> Self {
        let said = args.iter().position(|arg| arg == "--lang").and_then(|at| args.get(at + 1).cloned());
        let said =
            said.or_else(|| args.iter().find_map(|arg| arg.strip_prefix("--lang=").map(str::to_owned)));
        let locale = said.or_else(sys_locale::get_locale).unwrap_or_default();
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    fn sources(self) -> [&'static str; 3] {
        match self {
            Self::Zh => [
                include_str!("../../locales/zh/joint.ftl"),
                include_str!("../../locales/zh/errors-joint.ftl"),
                include_str!("../../locales/zh/errors-data.ftl"),
            ],
            Self::En => [
                include_str!("../../locales/en/joint.ftl"),
                include_str!("../../locales/en/errors-joint.ftl"),
                include_str!("../../locales/en/errors-data.ftl"),
            ],
        }
    }
}

/// One named argument of a message.
pub type Named<'a> = (&'a str, FluentValue<'a>);

/// Every message in one language.
pub struct Texts(FluentBundle<FluentResource>);

impl Texts {
    /// The messages of `lang`.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        let id = match lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en-GB",
        };
        let mut bundle = FluentBundle::new_concurrent(id.parse().into_iter().collect());
        bundle.set_use_isolating(false);
        for text in lang.sources() {
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(text.to_owned());
            bundle.add_resource_overriding(resource);
        }
        Self(bundle)
    }

    /// The message `id`; the id itself where there is none.
    #[must_use]
    pub fn say(&self, id: &str, args: &[Named<'_>]) -> String {
        self.find(id, args).unwrap_or_else(|| id.to_owned())
    }

    /// The message `id`, or nothing where it does not exist or names an argument not given.
    #[must_use]
    pub fn find(&self, id: &str, args: &[Named<'_>]) -> Option<String> {
        let message = self.0.get_message(id)?;
        let named: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = self.0.format_pattern(message.value()?, Some(&named), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// What happened and what to try.
    #[must_use]
    pub fn explain(&self, error: &JointError) -> (String, Option<String>) {
        let fields = fields(error);
        let named: Vec<Named<'_>> =
            fields.iter().map(|(name, value)| (name.as_str(), shown(value).into())).collect();
        let code = error.shown_code();
        let what = self.find(&format!("e{code}-what"), &named).unwrap_or_else(|| error.to_string());
        (what, self.find(&format!("e{code}-try"), &named))
    }

    /// The lines that go to a terminal.
    #[must_use]
    pub fn render(&self, error: &JointError) -> String {
        let (what, remedy) = self.explain(error);
        let code = format!("{:04}", error.shown_code());
        let mut text = self.say("joint-error", &[("code", code.into()), ("what", what.into())]);
        if let Some(remedy) = remedy {
            text.push('\n');
            text.push_str(&self.say("joint-error-try", &[("remedy", remedy.into())]));
        }
        text
    }

    /// One JSON object, as of `yinshu`.
    #[must_use]
    pub fn json(&self, error: &JointError) -> Value {
        let (what, remedy) = self.explain(error);
        let mut fields = fields(error);
        let kind = fields.remove("kind");
        json!({ "error": {
            "code": error.shown_code(), "kind": kind, "message": what, "try": remedy, "fields": fields,
            "exit": error.exit(),
        }})
    }
}

fn fields(error: &JointError) -> Map<String, Value> {
    if let JointError::Table { fields, .. } = error {
        return fields.clone();
    }
    match serde_json::to_value(error) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "—".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
