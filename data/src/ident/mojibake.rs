//! Text decoded in the wrong encoding: rule R18. It is told, never repaired.

use serde::Serialize;

/// How a text was damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// `锟斤拷`: replacement characters written as UTF-8 and read as GBK.
    Replaced,
    /// `æµ·`: UTF-8 read as Latin-1 or Windows-1252.
    Latin,
    /// `數(shù)據(jù)`: readings put behind the characters by a converter.
    Pinyin,
    /// `涓枃`: UTF-8 read as GBK.
    Gbk,
}

impl Damage {
    /// A Chinese sentence for people.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Replaced => "含“锟斤拷”或替换符:原字已丢失,请重新导出",
            Self::Latin => "UTF-8 文本被当作 Latin-1 读取,请以 UTF-8 重新导出",
            Self::Pinyin => "汉字后被插入拼音,请使用原始文件",
            Self::Gbk => "UTF-8 文本被当作 GBK 读取,请以正确编码重新导出",
        }
    }
}

/// Looks for damage in one text.
pub fn detect(text: &str) -> Option<Damage> {
    if text.is_ascii() {
        return None;
    }
    if text.contains('\u{fffd}') || text.contains("锟斤") || text.contains("斤拷") {
        return Some(Damage::Replaced);
    }
    if is_latin(text) {
        return Some(Damage::Latin);
    }
    has_pinyin(text).then_some(Damage::Pinyin)
}

/// The byte that Windows-1252 (or Latin-1) shows as this character, if it is 0x80 or above.
fn latin_byte(c: char) -> Option<u8> {
    const HIGH: [(char, u8); 27] = [
        ('€', 0x80),
        ('‚', 0x82),
        ('ƒ', 0x83),
        ('„', 0x84),
        ('…', 0x85),
        ('†', 0x86),
        ('‡', 0x87),
        ('ˆ', 0x88),
        ('‰', 0x89),
        ('Š', 0x8a),
        ('‹', 0x8b),
        ('Œ', 0x8c),
        ('Ž', 0x8e),
        ('‘', 0x91),
        ('’', 0x92),
        ('“', 0x93),
        ('”', 0x94),
        ('•', 0x95),
        ('–', 0x96),
        ('—', 0x97),
        ('˜', 0x98),
        ('™', 0x99),
        ('š', 0x9a),
        ('›', 0x9b),
        ('œ', 0x9c),
        ('ž', 0x9e),
        ('Ÿ', 0x9f),
    ];
    match c as u32 {
        code @ 0x80..=0xff => Some(code as u8),
        _ => HIGH.iter().find(|(shown, _)| *shown == c).map(|(_, byte)| *byte),
    }
}

/// A lead byte of CJK in UTF-8 (E3..E9, EF) and two continuation bytes, each shown as a Latin character.
fn is_latin(text: &str) -> bool {
    let mut window = [None; 3];
    text.chars().any(|c| {
        window = [window[1], window[2], latin_byte(c)];
        matches!(window, [Some(0xe3..=0xe9 | 0xef), Some(0x80..=0xbf), Some(0x80..=0xbf)])
    })
}

/// A Han character followed by a bracketed reading with a tone mark.
fn has_pinyin(text: &str) -> bool {
    let mut before = '\0';
    text.char_indices().any(|(at, c)| {
        let after_han = super::han::is_han(before);
        before = c;
        if !after_han || !matches!(c, '(' | '（') {
            return false;
        }
        let inside = &text[at + c.len_utf8()..];
        let Some(end) = inside.find([')', '）']) else { return false };
        let reading = &inside[..end];
        let toned = |c: char| "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ".contains(c);
        (1..=6).contains(&reading.chars().count())
            && reading.chars().all(|c| c.is_ascii_lowercase() || c == 'ü' || toned(c))
            && reading.chars().any(toned)
    })
}

/// Is the text UTF-8 that was read as GBK? Told by turning it back. One short text can be so by chance; a column
/// is judged by many (see [`crate::clean`]).
pub fn is_utf8_as_gbk(text: &str) -> bool {
    if text.is_ascii() || text.chars().count() < 3 {
        return false;
    }
    let (bytes, _, unmappable) = encoding_rs::GBK.encode(text);
    if unmappable {
        return false;
    }
    std::str::from_utf8(&bytes).is_ok_and(|back| {
        let wide = back.chars().filter(|c| !c.is_ascii());
        let (han, all) =
            wide.fold((0, 0), |(han, all), c| (han + usize::from(super::han::is_han(c)), all + 1));
        han == all && all >= 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_damage() {
        for (text, damage) in [
            ("锟斤拷锟斤拷", Damage::Replaced),
            ("张\u{fffd}", Damage::Replaced),
            ("æµ·å", Damage::Latin),
            ("å¼\u{a0}ä¸‰", Damage::Latin),
            ("數(shù)據(jù)", Damage::Pinyin),
        ] {
            assert_eq!(detect(text), Some(damage), "{text}");
        }
        for text in
            ["张三", "买买提·吐尔逊", "李娜(Lena)", "王芳（女）", "Café", "𬭎", "abc", "José Ñandú", "锟"]
        {
            assert_eq!(detect(text), None, "{text}");
        }
    }

    #[test]
    fn tells_utf8_read_as_gbk() {
        for text in ["中文姓名", "正常参保", "王芳"] {
            let (shown, _, _) = encoding_rs::GBK.decode(text.as_bytes());
            if !shown.contains('\u{fffd}') {
                assert!(is_utf8_as_gbk(&shown), "{shown}");
            }
        }
        for text in ["中文姓名", "联通", "王芳", "张三丰", "欧阳娜娜"] {
            assert!(!is_utf8_as_gbk(text), "{text}");
        }
    }
}
