//! Identifiers as they may be shown: `110105********002X`.

/// The text with its middle hidden, for logs and the file of rejected rows.
///
/// Of 15 or more characters the first six and the last four are shown (of a citizen id: division,
/// sequence and check, never the birth date); of 5 to 14, one at each end; of fewer, none but the first of
/// two to four. Characters other than letters and digits are shown as `?`, so that nothing shown can break
/// a CSV file or be taken for a formula. Texts above 64 characters are cut.
pub fn masked(text: &str) -> String {
    let text = text.trim();
    let length = text.chars().count();
    let (front, back) = match length {
        0..=1 => (0, 0),
        2..=4 => (1, 0),
        5..=14 => (1, 1),
        _ => (6, 4),
    };
    let shown = length.min(64);
    let mut out = String::with_capacity(shown + 8);
    for (i, c) in text.chars().take(front).chain(std::iter::repeat_n('*', shown - front - back)).enumerate() {
        out.push(if i < front && !c.is_alphanumeric() { '?' } else { c });
    }
    out.extend(text.chars().skip(length - back).map(|c| if c.is_alphanumeric() { c } else { '?' }));
    out
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn hides_the_middle() {
        assert_eq!(masked("11010519491231002X"), "110105********002X");
        assert_eq!(masked("110105491231002"), "110105*****1002");
        assert_eq!(masked("张三"), "张*");
        assert_eq!(masked("1.10105E+17"), "1*********7");
        assert_eq!(masked("=cmd|'/c calc'!A1"), "?cmd??*******??A1");
        assert_eq!(masked(""), "");
        assert_eq!(masked("x"), "*");
        assert!(masked(&"9".repeat(10_000)).len() <= 64);
    }
}
