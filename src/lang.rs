//! What people read, in Chinese or English: Fluent messages compiled into the binary.
//!
//! | file in `locales/<language>/` | holds |
//! |---|---|
//! | `help.ftl` | a text for every command and option (`cmd-…`, `arg-…`) |
//! | `ui.ftl` | what commands print (`ui-…`), phases of progress (`phase-…`), reports |
//! | `errors-*.ftl` | `e<code>-what` and `e<code>-try` for every error code, one file a crate |

mod locale;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::Serialize;
use unic_langid::LanguageIdentifier;

pub use locale::{chosen, from_locale_name};

/// A language that people can read this program in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    fn sources(self) -> &'static [(&'static str, &'static str)] {
        macro_rules! folder {
            ($lang:literal: $($file:literal),*) => {
                &[$(($file, include_str!(concat!("../locales/", $lang, "/", $file, ".ftl")))),*]
            };
        }
        match self {
            Self::Zh => {
                folder!("zh": "help", "ui", "run", "bench", "errors-cli", "errors-node", "errors-data", "errors-net", "errors-psi", "errors-mpc", "errors-reports",
                "errors-origin", "errors-contract", "errors-audit",
                "errors-crypto", "errors-joint", "errors-sandbox")
            }
            Self::En => {
                folder!("en": "help", "ui", "run", "bench", "errors-cli", "errors-node", "errors-data", "errors-net", "errors-psi", "errors-mpc", "errors-reports",
                "errors-origin", "errors-contract", "errors-audit",
                "errors-crypto", "errors-joint", "errors-sandbox")
            }
        }
    }
}

/// One named argument of a message: text, or a number (which English plurals look at).
pub type Named<'a> = (&'a str, FluentValue<'a>);

/// Every message in one language.
pub struct Texts {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// The messages of `lang`.
    pub fn new(lang: Lang) -> Self {
        let id: Option<LanguageIdentifier> = match lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en-GB",
        }
        .parse()
        .ok();
        let mut bundle = FluentBundle::new_concurrent(id.into_iter().collect());
        // Isolation marks are for mixed writing directions; they would spoil paths that people copy.
        bundle.set_use_isolating(false);
        for (_, text) in lang.sources() {
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new((*text).to_owned());
            bundle.add_resource_overriding(resource);
        }
        Self { lang, bundle }
    }

    /// Which language this is.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether a message of this id exists.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.get_message(id).is_some_and(|m| m.value().is_some())
    }

    /// The message `id`; the id itself where there is none, so that nothing is silently empty.
    pub fn say(&self, id: &str, args: &[Named<'_>]) -> String {
        self.find(id, args).unwrap_or_else(|| id.to_owned())
    }

    /// The ids of all messages.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        let lines = self.lang.sources().iter().flat_map(|(_, text)| text.lines());
        lines.filter(|line| !line.starts_with([' ', '#'])).filter_map(|line| Some(line.split_once(" =")?.0))
    }

    /// The message `id` in general: an ellipsis stands for every argument.
    pub fn general(&self, id: &str) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let text = self.bundle.format_pattern(message.value()?, None, &mut Vec::new());
        // Fluent writes an argument it was not given as `{$name}`.
        let mut parts = text.split("{$");
        let mut general = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            general.push('…');
            general.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
        }
        Some(general)
    }

    /// The message `id`, or nothing where it does not exist or names an argument not given.
    pub fn find(&self, id: &str, args: &[Named<'_>]) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let named: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(message.value()?, Some(&named), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

#[cfg(test)]
mod tests;
