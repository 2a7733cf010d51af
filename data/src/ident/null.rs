//! Words that mean null: rule R17.

use std::collections::HashSet;

/// Words that stand for "no value", compared after blanks are off and without regard to ASCII case.
pub const WORDS: &[&str] = &[
    "null",
    "(null)",
    "<null>",
    "\\n",
    "none",
    "nan",
    "n/a",
    "#n/a",
    "#null!",
    "#value!",
    "#ref!",
    "nil",
    "无",
    "暂无",
    "空",
    "（空）",
    "(空)",
    "不详",
    "未填",
    "未知",
    "-",
    "--",
    "---",
    "—",
    "——",
    "－",
    "/",
    "//",
    "\\",
    "／",
];

/// The null words of a table.
#[derive(Clone, Debug)]
pub struct NullWords {
    words: HashSet<String, foldhash::fast::FixedState>,
    longest: usize,
    first: Box<[bool; 256]>,
}

impl Default for NullWords {
    fn default() -> Self {
        Self::with(&[])
    }
}

impl NullWords {
    /// The words of [`WORDS`] and `more`.
    pub fn with(more: &[String]) -> Self {
        let words: HashSet<_, _> = WORDS
            .iter()
            .copied()
            .chain(more.iter().map(|word| word.trim()))
            .map(str::to_ascii_lowercase)
            .collect();
        let longest = words.iter().map(String::len).max().unwrap_or(0);
        let mut first = Box::new([false; 256]);
        for byte in words.iter().filter_map(|word| word.bytes().next()) {
            first[usize::from(byte)] = true;
            first[usize::from(byte.to_ascii_uppercase())] = true;
        }
        Self { words, longest, first }
    }

    /// Is the trimmed text empty or one of the words?
    pub fn matches(&self, trimmed: &str) -> bool {
        let Some(&first) = trimmed.as_bytes().first() else { return true };
        if !self.first[usize::from(first)] || trimmed.len() > self.longest {
            return false;
        }
        if trimmed.bytes().any(|b| b.is_ascii_uppercase()) {
            return self.words.contains(trimmed.to_ascii_lowercase().as_str());
        }
        self.words.contains(trimmed)
    }

    /// All the words, in lower case and in no order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::NullWords;

    #[test]
    fn knows_nulls() {
        let words = NullWords::with(&["待补".to_owned()]);
        for text in ["NULL", "Null", "\\N", "无", "-", "/", "", "N/A", "待补"] {
            assert!(words.matches(text), "{text:?}");
        }
        for text in ["0", "无名", "张三", "-1", "NULLX"] {
            assert!(!words.matches(text), "{text:?}");
        }
    }
}
