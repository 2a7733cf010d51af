//! Which names a file in a package may have.

use super::error::PackageError;

/// Longest name, in bytes of UTF-8 (what ext4 and most others allow).
const LONGEST: usize = 255;

/// Checks that `name` is a plain file name everywhere: one path component, no hidden file, nothing
/// that Windows reads differently, nothing that does not print.
///
/// # Errors
/// [`PackageError::UnsafeName`].
pub fn check_name(name: &str) -> Result<(), PackageError> {
    match fault(name) {
        None => Ok(()),
        Some(detail) => Err(PackageError::UnsafeName { file: shown(name), detail: detail.into() }),
    }
}

fn fault(name: &str) -> Option<&'static str> {
    let invisible =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > LONGEST {
        Some("it is too long")
    } else if name.chars().any(invisible) {
        Some("it holds characters that do not print")
    } else if name.contains(['/', '\\']) {
        Some("it leads to another folder")
    } else if name.starts_with('.') {
        Some("it begins with a dot")
    } else if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        Some("it begins with a blank or ends with a blank or a dot")
    } else if name.contains(['<', '>', ':', '"', '|', '?', '*']) {
        Some("it holds one of < > : \" | ? *")
    } else if is_device(name) {
        Some("it is a device on some systems")
    } else {
        None
    }
}

/// Names that Windows reserves, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered =
        |prefix| stem.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit());
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// The form in which two names are the same on systems that do not tell capitals apart.
pub(super) fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// A name from outside, short enough for a message.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass_and_others_do_not() {
        for good in
            ["sb_cbxx_1.csv", "参保信息（一）.csv", "a", "com.csv", "x y.csv", "COM10.csv", &"长".repeat(85)]
        {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "..\\x",
            "C:\\x",
            "a\0b",
            "a\nb",
            ".hidden",
            "x.",
            "x ",
            " x",
            "a:b",
            "nul",
            "NUL.csv",
            "com1.txt",
            "LPT9",
            "a?b",
            "\u{202e}vsc.x",
            &"长".repeat(86),
        ] {
            let code = check_name(bad).expect_err(bad).code();
            assert_eq!(code, 5012, "{bad:?}");
        }
    }
}
