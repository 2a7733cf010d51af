//! Names: the hundred most frequent surnames and some of two letters, and letters of which made-up given names are made. Both are
//! public lists, and nothing in them was learnt from rows.

/// The surnames that are told by name: the others are few people each.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范\
汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常";

/// Surnames of two letters.
const LONG: [&str; 8] = ["欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "慕容", "令狐"];

/// What stands for another surname.
const OTHER: &str = "其他";

/// Letters of made-up given names.
const LETTERS: &str = "安北春达恩芳光海怀嘉健静凯兰立明宁平启然瑞三树天文希新学雅一永志\
子中正云元月悦远泽展章真珍之知芝舟竹卓祖佐作左柏彬冰丙博才采";

/// Letters of a made-up name at most.
const MOST: usize = 9;

/// Letters after the surname that are told apart.
const STARS: usize = 3;

/// All that a masked surname can be.
pub(super) fn masked_surnames() -> Vec<String> {
    let single = SURNAMES.chars().map(String::from);
    let all = single.chain(LONG.map(str::to_owned)).chain([OTHER.to_owned()]);
    all.flat_map(|surname| (1..=STARS).map(move |stars| format!("{surname}{}", "*".repeat(stars)))).collect()
}

/// The place of a name's mask among those.
pub(super) fn masked(name: &str) -> Option<i64> {
    let letters = name.chars().count();
    if letters < 2 {
        return None;
    }
    let singles = SURNAMES.chars().count();
    let long = LONG.iter().position(|long| name.starts_with(long) && letters > 2);
    let single = || SURNAMES.chars().position(|one| name.starts_with(one));
    let (surname, length) = match (long, single()) {
        (Some(at), _) => (singles + at, 2),
        (None, Some(at)) => (at, 1),
        (None, None) => (singles + LONG.len(), 1),
    };
    let stars = (letters - length).clamp(1, STARS);
    i64::try_from(surname * STARS + stars - 1).ok()
}

/// A name of so many letters, from bytes that say which; as a number.
pub(super) fn made_up(letters: usize, bytes: &[u8]) -> i64 {
    let letters = letters.clamp(2, MOST);
    let (singles, given) = (SURNAMES.chars().count(), LETTERS.chars().count() as i64);
    let word = |at: usize| u16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]);
    let first = i64::from(word(0)) % singles as i64;
    let rest = (1..letters).fold(0i64, |all, at| all * given + i64::from(word(at)) % given);
    (rest * singles as i64 + first) * (MOST as i64 + 1) + letters as i64
}

/// A made-up name, from its number.
pub(super) fn written(number: i64) -> String {
    let (singles, given) = (SURNAMES.chars().count() as i64, LETTERS.chars().count() as i64);
    let letters = number.rem_euclid(MOST as i64 + 1);
    let number = number.div_euclid(MOST as i64 + 1);
    let letter = |of: &str, at: i64| of.chars().nth(usize::try_from(at).unwrap_or(0));
    let mut name: Vec<char> = letter(SURNAMES, number.rem_euclid(singles)).into_iter().collect();
    let mut rest = number.div_euclid(singles);
    let mut others = Vec::new();
    for _ in 1..letters {
        others.extend(letter(LETTERS, rest.rem_euclid(given)));
        rest = rest.div_euclid(given);
    }
    name.extend(others.into_iter().rev());
    name.into_iter().collect()
}
