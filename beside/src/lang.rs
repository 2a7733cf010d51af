//! What people read, in Chinese and English. Programs bring their messages; each error code has `e<code>-what` and
//! `e<code>-try` among them.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A language that people can read a program in.
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
}

/// An error that a program tells.
pub trait Told: std::error::Error {
    /// Its stable code.
    fn code(&self) -> u16;
    /// The exit code of the process.
    fn exit(&self) -> u8;
    /// What its texts name.
    fn fields(&self) -> Map<String, Value>;
}

/// The fields of an error by name, as its texts know them.
#[must_use]
pub fn fields(error: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(error) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// One named argument of a message.
pub type Named<'a> = (&'a str, FluentValue<'a>);

/// Every message of a program in one language.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
    program: &'static str,
}

impl Texts {
    /// The messages of a program, whose ids begin with its name.
    #[must_use]
    pub fn new(program: &'static str, lang: Lang, sources: &[&str]) -> Self {
        let id = match lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en-GB",
        };
        let mut bundle = FluentBundle::new_concurrent(id.parse().into_iter().collect());
        bundle.set_use_isolating(false);
        for text in sources {
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new((*text).to_owned());
            bundle.add_resource_overriding(resource);
        }
        Self { bundle, program }
    }

    /// Whether they are in Chinese: for what is said in both elsewhere.
    #[must_use]
    pub fn chinese(&self) -> bool {
        self.bundle.locales.first().is_some_and(|id| id.language.as_str() == "zh")
    }

    /// The message `<program>-<id>`.
    #[must_use]
    pub fn own(&self, id: &str, args: &[Named<'_>]) -> String {
        self.say(&format!("{}-{id}", self.program), args)
    }

    /// The message `<program>-<id>`, where there is one.
    #[must_use]
    pub fn find_own(&self, id: &str) -> Option<String> {
        self.find(&format!("{}-{id}", self.program), &[])
    }

    /// The message `id`; the id itself where there is none.
    #[must_use]
    pub fn say(&self, id: &str, args: &[Named<'_>]) -> String {
        self.find(id, args).unwrap_or_else(|| id.to_owned())
    }

    /// The message `id`, or nothing where it does not exist or names an argument not given.
    #[must_use]
    pub fn find(&self, id: &str, args: &[Named<'_>]) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let named: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(message.value()?, Some(&named), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// What happened and what to try.
    #[must_use]
    pub fn explain(&self, error: &dyn Told) -> (String, Option<String>) {
        let fields = error.fields();
        let named: Vec<Named<'_>> =
            fields.iter().map(|(name, value)| (name.as_str(), shown(value).into())).collect();
        let code = error.code();
        let what = self.find(&format!("e{code}-what"), &named).unwrap_or_else(|| error.to_string());
        (what, self.find(&format!("e{code}-try"), &named))
    }

    /// The lines that go to a terminal.
    #[must_use]
    pub fn render(&self, error: &dyn Told) -> String {
        let (what, remedy) = self.explain(error);
        let code = format!("{:04}", error.code());
        let mut text = self.own("error", &[("code", code.into()), ("what", what.into())]);
        if let Some(remedy) = remedy {
            text.push('\n');
            text.push_str(&self.own("error-try", &[("remedy", remedy.into())]));
        }
        text
    }

    /// One JSON object, as of `yinshu`.
    #[must_use]
    pub fn json(&self, error: &dyn Told) -> Value {
        let (what, remedy) = self.explain(error);
        let mut fields = error.fields();
        let kind = fields.remove("kind");
        json!({ "error": {
            "code": error.code(), "kind": kind, "message": what, "try": remedy, "fields": fields,
            "exit": error.exit(),
        }})
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
