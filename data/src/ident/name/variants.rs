//! Variant and traditional characters common in names (R09). A name is never converted: 昇 and 升 may be two people's
//! names. The pairs are only counted, so that someone can look.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A character and the one it is often exchanged for, two by two.
pub const PAIRS: &str = "昇升陞升峯峰喆哲堃坤濬浚甦苏淩凌閒闲鑑鉴鉅巨珮佩仝同羣群勣绩燿耀煇辉遊游於于瀋沈邨村昺炳陞升詠咏\
     暎映曌照晳晰皙晰劼杰喦岩巗岩崑昆崙仑犇奔惪德悳德甯宁寗宁栢柏桺柳椶棕楙茂槑梅樑梁歬前浄净湧涌澂澄炤照\
     牕窗琹琴瑠璃硃朱秌秋穉稚竝并筍笋紥扎緐繁聦聪脩修艸草菓果萲萱葠参蘓苏衞卫裡里谿溪豔艳贇赟逈迥邃邃郤隙\
     鎔熔鉄铁閤合雋隽靑青韻韵頫俯颺扬飈飙鬱郁鷄鸡麐麟黙默龢和\
     張张陳陈劉刘黃黄楊杨趙赵吳吴孫孙馬马鄭郑謝谢韓韩馮冯許许鄧邓蕭萧葉叶蔣蒋閻阎盧卢蘇苏賈贾鍾钟鐘钟譚谭\
     陸陆範范萬万錢钱嚴严賴赖龍龙顧顾龔龚湯汤羅罗鄒邹賀贺齊齐連连龐庞蘭兰鮑鲍歐欧陽阳聶聂駱骆閔闵竇窦\
     國国華华偉伟麗丽軍军強强傑杰鳳凤紅红榮荣貴贵寶宝義义東东曉晓愛爱學学慶庆蓮莲雲云飛飞瓊琼豔艳蕓芸靜静\
     穎颖潔洁瑩莹彥彦鵬鹏濤涛輝辉銀银鋼钢鐵铁勝胜興兴業业團团長长風风樂乐聖圣賢贤禮礼書书詩诗齡龄壽寿財财\
     順顺發发達达遠远進进運运過过還还鄉乡鎮镇縣县衛卫門门開开關关際际陰阴隱隐雙双雞鸡離离難难電电霧雾韋韦頁页";

static SIMPLE: LazyLock<HashMap<char, char, foldhash::fast::FixedState>> = LazyLock::new(|| {
    let chars: Vec<char> = PAIRS.chars().collect();
    chars.chunks_exact(2).filter(|pair| pair[0] != pair[1]).map(|pair| (pair[0], pair[1])).collect()
});

/// The character that `c` is often exchanged for.
pub fn simple_of(c: char) -> Option<char> {
    if c.is_ascii() { None } else { SIMPLE.get(&c).copied() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_whole_and_lead_nowhere_else() {
        let chars: Vec<char> = PAIRS.chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(chars.len(), PAIRS.chars().count(), "no blanks in the table");
        assert_eq!(chars.len() % 2, 0);
        assert_eq!(simple_of('昇'), Some('升'));
        assert_eq!(simple_of('張'), Some('张'));
        assert_eq!(simple_of('頁'), Some('页'));
        for pair in chars.chunks_exact(2) {
            assert_eq!(simple_of(pair[1]), None, "{} is both", pair[1]);
        }
    }
}
