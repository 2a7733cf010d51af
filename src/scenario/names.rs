//! Names: surnames by how common they are, given names by the decade of birth, and names of
//! minorities written with a middle dot.

use super::dice::Dice;

/// Surnames with weights of about their share in ten thousand.
const SURNAMES: [(&str, u32); 88] = [
    ("王", 725),
    ("李", 719),
    ("张", 679),
    ("刘", 538),
    ("陈", 453),
    ("杨", 308),
    ("黄", 223),
    ("赵", 214),
    ("吴", 205),
    ("周", 202),
    ("徐", 173),
    ("孙", 159),
    ("马", 129),
    ("朱", 126),
    ("胡", 115),
    ("郭", 112),
    ("何", 111),
    ("林", 110),
    ("高", 106),
    ("罗", 98),
    ("郑", 93),
    ("梁", 86),
    ("谢", 78),
    ("宋", 76),
    ("唐", 74),
    ("许", 70),
    ("韩", 68),
    ("邓", 66),
    ("冯", 63),
    ("曹", 61),
    ("彭", 59),
    ("曾", 58),
    ("肖", 57),
    ("田", 55),
    ("董", 54),
    ("潘", 53),
    ("袁", 53),
    ("蔡", 52),
    ("蒋", 51),
    ("余", 50),
    ("于", 49),
    ("杜", 49),
    ("叶", 48),
    ("程", 47),
    ("魏", 46),
    ("苏", 45),
    ("吕", 45),
    ("丁", 44),
    ("任", 43),
    ("卢", 43),
    ("姚", 42),
    ("沈", 42),
    ("钟", 41),
    ("姜", 40),
    ("崔", 40),
    ("谭", 39),
    ("陆", 38),
    ("范", 38),
    ("汪", 37),
    ("廖", 36),
    ("石", 35),
    ("金", 35),
    ("韦", 34),
    ("贾", 33),
    ("夏", 32),
    ("付", 32),
    ("方", 31),
    ("邹", 30),
    ("熊", 29),
    ("白", 28),
    ("孟", 28),
    ("秦", 27),
    ("邱", 27),
    ("侯", 26),
    ("江", 25),
    ("尹", 24),
    ("薛", 24),
    ("闫", 23),
    ("段", 22),
    ("雷", 22),
    ("龙", 21),
    ("黎", 20),
    ("史", 19),
    ("陶", 18),
    ("贺", 18),
    ("欧阳", 11),
    ("上官", 2),
    ("司马", 1),
];

/// Characters of given names: (born before 1970, 1970 to 1995, later), women then men.
const WOMEN: [[&str; 24]; 3] = [
    [
        "秀", "英", "兰", "桂", "珍", "玉", "凤", "芳", "梅", "淑", "荣", "华", "翠", "莲", "琴", "香", "素",
        "清", "云", "芬", "菊", "春", "霞", "花",
    ],
    [
        "丽", "红", "燕", "艳", "敏", "静", "娟", "玲", "娜", "霞", "婷", "慧", "萍", "琳", "洁", "雪", "晓",
        "莉", "蓉", "颖", "倩", "丹", "莹", "媛",
    ],
    [
        "欣", "怡", "梓", "涵", "雨", "诗", "语", "佳", "思", "琪", "妍", "可", "悦", "彤", "宁", "若", "熙",
        "瑶", "依", "诺", "婉", "清", "玥", "汐",
    ],
];
const MEN: [[&str; 24]; 3] = [
    [
        "国", "建", "明", "德", "志", "文", "成", "福", "永", "林", "生", "华", "平", "军", "贵", "忠", "祥",
        "兴", "保", "顺", "清", "全", "安", "发",
    ],
    [
        "伟", "强", "磊", "勇", "军", "杰", "涛", "超", "鹏", "斌", "波", "辉", "刚", "健", "峰", "亮", "飞",
        "凯", "俊", "浩", "宇", "鑫", "龙", "旭",
    ],
    [
        "浩", "然", "子", "轩", "宇", "博", "泽", "俊", "熙", "睿", "铭", "皓", "辰", "航", "嘉", "晨", "奕",
        "霖", "昊", "恒", "一", "诚", "煜", "洋",
    ],
];

/// Characters that GBK lacks, or that old systems lose.
const RARE: [&str; 5] = ["𬭎", "㛃", "𬍛", "䶮", "喆"];

const DOTTED_WOMEN: [&str; 8] =
    ["阿依古丽", "古丽娜尔", "阿依努尔", "热依汗", "帕提古丽", "玛依拉", "迪丽努尔", "茹仙"];
const DOTTED_MEN: [&str; 8] =
    ["买买提", "艾力", "阿不都热合曼", "吐尔逊江", "努尔麦麦提", "玉素甫", "艾合买提", "库尔班"];
const DOTTED_FATHERS: [&str; 10] =
    ["吐尔逊", "买买提", "阿不都", "库尔班", "艾山", "依明", "肉孜", "沙吾提", "热合曼", "尼亚孜"];

/// The people's names of one scenario.
pub(super) struct Names {
    weights: [u32; SURNAMES.len()],
}

impl Names {
    pub(super) fn new() -> Self {
        Self { weights: SURNAMES.map(|(_, weight)| weight) }
    }

    /// A full name for someone born in `year`.
    pub(super) fn draw(&self, dice: &mut Dice, year: u16, male: bool, minority_area: bool) -> String {
        if dice.chance(if minority_area { 2_400 } else { 60 }) {
            let first = dice.pick(if male { &DOTTED_MEN } else { &DOTTED_WOMEN });
            return [first, "\u{B7}", dice.pick(&DOTTED_FATHERS)].concat();
        }
        let mut name = SURNAMES[dice.weighted(&self.weights)].0.to_owned();
        self.push_given(dice, &mut name, year, male);
        name
    }

    /// The same person under another given name: a change of name, or another clerk's ear.
    pub(super) fn renamed(&self, dice: &mut Dice, name: &str, year: u16, male: bool) -> String {
        loop {
            let mut other = match name.split_once('\u{B7}') {
                Some((first, _)) => [first, "\u{B7}"].concat(),
                None => surname(name).to_owned(),
            };
            if name.contains('\u{B7}') {
                other.push_str(dice.pick(&DOTTED_FATHERS));
            } else {
                self.push_given(dice, &mut other, year, male);
            }
            if other != name {
                return other;
            }
        }
    }

    fn push_given(&self, dice: &mut Dice, name: &mut String, year: u16, male: bool) {
        let era = if year < 1970 { 0 } else { 1 + usize::from(year >= 1995) };
        let characters = if male { &MEN[era] } else { &WOMEN[era] };
        name.push_str(dice.pick(characters));
        if dice.chance(if era == 1 { 6_500 } else { 8_800 }) {
            let rare = dice.chance(12);
            name.push_str(if rare { dice.pick(&RARE) } else { dice.pick(characters) });
        }
    }
}

/// The surname of a name written without a dot.
fn surname(name: &str) -> &str {
    let double = SURNAMES.iter().map(|(surname, _)| *surname).find(|s| s.len() > 3 && name.starts_with(s));
    double.unwrap_or_else(|| name.char_indices().nth(1).map_or(name, |(end, _)| &name[..end]))
}
