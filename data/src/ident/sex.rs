//! Sex codes by GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 unspecified. Rule R16.

use super::{Marks, Reason, Rule, Verdict, settle, whitespace};

/// Cleans one cell to `0`, `1`, `2` or `9`.
pub fn clean(raw: &str, out: &mut String, marks: &mut Marks) -> Verdict {
    // The two words that most tables hold come first.
    let code = match raw {
        "男" => "1",
        "女" => "2",
        _ => {
            whitespace::tidy_code(raw, out, marks);
            out.make_ascii_lowercase();
            match out.as_str() {
                "0" => return settle(raw, "0", out),
                "1" => return settle(raw, "1", out),
                "2" => return settle(raw, "2", out),
                "9" => return settle(raw, "9", out),
                "01" | "1.0" | "m" | "male" | "男" | "男性" | "1男" | "1-男" | "男(1)" => "1",
                "02" | "2.0" | "f" | "female" | "女" | "女性" | "2女" | "2-女" | "女(2)" => "2",
                "00" | "0.0" | "u" | "unknown" | "未知" | "未知的性别" | "不详" => "0",
                "09" | "9.0" | "未说明" | "未说明的性别" => "9",
                _ => return Verdict::Invalid(Reason::Sex),
            }
        }
    };
    marks.normalised(Rule::R16);
    settle(raw, code, out)
}

/// Is the cell a code already?
#[inline]
pub fn is_canonical(text: &[u8]) -> bool {
    matches!(text, [b'0' | b'1' | b'2' | b'9'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (raw, code, rule) in [
            ("1", "1", None),
            ("男", "1", Some(Rule::R16)),
            ("女 ", "2", Some(Rule::R16)),
            ("M", "1", Some(Rule::R16)),
            ("f", "2", Some(Rule::R16)),
            ("０", "0", Some(Rule::R02)),
            ("9", "9", None),
            ("2.0", "2", Some(Rule::R16)),
        ] {
            let (mut out, mut marks) = (String::new(), Marks::default());
            let value = match clean(raw, &mut out, &mut marks) {
                Verdict::Same => raw,
                Verdict::Changed => &out,
                other => panic!("{raw}: {other:?}"),
            };
            assert_eq!(value, code, "{raw}");
            assert!(rule.is_none_or(|rule| marks.normalised.contains(rule)), "{raw}");
        }
        let (mut out, mut marks) = (String::new(), Marks::default());
        for raw in ["3", "男女", "", "公"] {
            assert_eq!(clean(raw, &mut out, &mut marks), Verdict::Invalid(Reason::Sex), "{raw}");
        }
    }
}
