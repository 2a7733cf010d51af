//! Which language to speak: `--lang`, else the environment, else the system.

use super::Lang;
use std::ffi::OsString;

/// The language for these command-line arguments and this environment: `--lang zh|en` wins, then
/// the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set (the POSIX order), then what the
/// system says. Chinese locales get Chinese, everything else English.
pub fn chosen(args: &[OsString], environment: impl Fn(&str) -> Option<String>) -> Lang {
    asked(args).unwrap_or_else(|| {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(environment)
            .find(|value| !value.is_empty())
            .or_else(sys_locale::get_locale)
            .map_or(Lang::En, |name| from_locale_name(&name))
    })
}

/// Chinese for `zh`, `zh_CN.UTF-8`, `zh-Hans-CN`…; English for everything else.
pub fn from_locale_name(name: &str) -> Lang {
    let language = name.split(['_', '-', '.', '@']).next().unwrap_or_default();
    if language.eq_ignore_ascii_case("zh") { Lang::Zh } else { Lang::En }
}

/// What `--lang` says, read before the real parsing so that even a parse error is in that language.
fn asked(args: &[OsString]) -> Option<Lang> {
    let mut args = args.iter().filter_map(|a| a.to_str());
    while let Some(arg) = args.next() {
        let value = match arg {
            "--" => return None,
            "--lang" => args.next()?,
            _ => match arg.strip_prefix("--lang=") {
                Some(value) => value,
                None => continue,
            },
        };
        return match value {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        };
    }
    None
}
