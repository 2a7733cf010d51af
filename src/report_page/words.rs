//! The words of a report in Chinese and English.

use yinshu_origin::report::{Side, What};
use yinshu_origin::{DefectKind, Heading};

/// One language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    zh: bool,
}

macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        $(pub(super) fn $name(self) -> &'static str { if self.zh { $zh } else { $en } })*
    };
}

impl Words {
    /// Chinese for `zh…`, English for everything else.
    pub(super) fn of(lang: &str) -> Self {
        Self { zh: lang.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("zh")) }
    }

    words! {
        code: "zh-CN", "en-GB";
        title: "数据返还核验报告", "Return verification report";
        subtitle: "属地返还 · 本地核验与隐私核验", "Data returned to its locality, verified here and privately with its source";
        provider: "提供方", "Provider";
        recipient: "接收方", "Recipient";
        catalogue: "目录编码", "Catalogue code";
        period: "数据时段", "Period";
        made: "核验时间", "Verified at";
        to: "至", "to";
        contract: "合同摘要", "Contract digest";
        package: "返还包摘要", "Package digest";
        summary: "核验结论", "Verdict";
        passed: "通过", "passed";
        objected: "有异议", "objections";
        unseen: "未核验", "not looked at";
        partly: "部分未核验", "partly seen";
        items: "项", "found";
        column: "字段", "Column";
        all_passed: "四项均未发现问题。", "Nothing was found under any of the four headings.";
        findings: "核验发现", "Findings";
        defect: "问题", "Defect";
        count: "数量", "Count";
        how: "方式", "How";
        here: "本地", "here";
        privately: "隐私", "privately";
        details: "明细", "Details";
        among: "检查范围", "Of";
        kinds_title: "各类问题数量", "Defects by kind";
        coverage_title: "返还覆盖率", "Coverage";
        by_division: "按区划", "By division";
        by_band: "按年龄段（岁）", "By age band (years)";
        coverage_note: "本地居民中已返还的比例。", "Residents of the recipient's own table who were returned.";
        returned_note: "返还人员中属于本地居民的比例：", "Returned people who are residents of that table: ";
        suppressed: "人数不足，不予显示", "too few people to show";
        minimum: "最小统计人数", "Minimum group";
        agreement: "字段一致率", "Agreement by field";
        with_local: "与本地登记", "with the local table";
        with_source: "与源头现值（隐私）", "with the source (privately)";
        compared: "比对人数", "Compared";
        staleness: "数据新旧", "Staleness";
        age_note: "截至时段末日，距最近更新的天数", "Days since the last update, on the last day of the period";
        half: "半数不超过", "half within";
        most: "90% 不超过", "90% within";
        nearly: "99% 不超过", "99% within";
        oldest: "最久", "oldest";
        file: "文件", "File";
        rows: "行数", "Rows";
        newest: "最近更新", "Newest row";
        fresh: "按约更新", "as promised";
        stale: "已过期", "stale";
        cadence: "约定更新周期", "Promised cadence";
        delta: "与上批相比", "Since the last batch";
        inserted: "新增", "new";
        updated: "变更", "changed";
        deleted: "消失", "gone";
        unchanged: "未变", "the same";
        learnt: "双方各知道了什么", "What each side learnt";
        party: "一方", "Side";
        learns: "知道了", "Learnt";
        learnt_none: "未做隐私核验：双方除本报告外一无所知。", "The private half was not done: neither side learnt anything beside this report.";
        learnt_more:
            "除此之外，提供方不知道问的是谁，也不知道哪些行对上了；接收方不知道其他县的任何居民，也不知道任何自己没有的值：字段不一致时，只知道不一致，不知道源头是什么。",
            "Beyond that, the provider learns neither who was asked about nor which of its rows matched; the recipient learns of no other county's resident and no value that it does not hold: of a field that differs it knows only that it does.";
        guessing: "猜测的上限", "Bound on guessing";
        keys_asked: "询问的主键", "identifiers asked about";
        values_asked: "每个字段询问的值", "values asked about, of each field";
        quota: "额度", "quota";
        commitment: "询问内容承诺", "Commitment to what was asked";
        sizes: "规模与开销", "Sizes and cost";
        returned_rows: "返还行", "returned rows";
        returned_people: "返还人员", "returned people";
        local_people: "本地居民", "residents";
        shared_people: "两边都有", "in both";
        shown: "源头匹配标记", "source tokens";
        phase: "阶段", "Phase";
        sent: "发出", "Sent";
        received: "收到", "Received";
        rounds: "轮次", "Rounds";
        whole: "合计", "total";
        seconds: "秒", "seconds";
        provenance: "溯源", "Provenance";
        people: "业务相关人员", "People";
        system: "处理系统", "System";
        ip: "IP地址", "IP address";
        time: "处理时间", "Time";
        method: "处理方式", "Method";
        audit: "审计检查点", "Audit checkpoints";
        records: "记录数", "Records";
        root: "默克尔根", "Merkle root";
        verify: "如何核对本页", "How to check this page";
        verify_text:
            "本页由下列 JSON 报告生成。计算该文件的 SHA-256，应与下列摘要一致；再用公钥离线核对审计日志，日志中应有同一摘要的记录。",
            "This page shows the JSON report below. The SHA-256 of that file must be the digest below, and the audit log, checked offline with the public key, must hold a record of the same digest.";
        local_only:
            "本报告只含计数。逐条问题清单含完整证件号，只留在接收方，不随本页流转。",
            "This report holds counts only. The list of single defects holds full identifiers and stays with the recipient.";
    }

    /// How many objections, in a sentence.
    pub(super) fn headline(self, defects: u64, kinds: usize) -> String {
        let count = super::figures::grouped(defects);
        if self.zh {
            format!("共发现 {kinds} 类 {count} 项问题，建议逐项提出异议。")
        } else {
            format!("{count} defects of {kinds} kinds were found; an objection to each is advised.")
        }
    }

    pub(super) fn heading(self, heading: Heading) -> &'static str {
        let (zh, en) = match heading {
            Heading::Completeness => ("完整性", "Completeness"),
            Heading::Consistency => ("一致性", "Consistency"),
            Heading::Accuracy => ("准确性", "Accuracy"),
            Heading::Timeliness => ("时效性", "Timeliness"),
        };
        if self.zh { zh } else { en }
    }

    pub(super) fn question(self, heading: Heading) -> &'static str {
        let (zh, en) = match heading {
            Heading::Completeness => ("应返还的是否都已返还？", "Is everything there?"),
            Heading::Consistency => {
                ("是否与合同和清单相符，且不超范围？", "Is it what was agreed, and only that?")
            }
            Heading::Accuracy => ("内容是否正确？", "Is it right?"),
            Heading::Timeliness => ("是否仍然有效？", "Is it fresh?"),
        };
        if self.zh { zh } else { en }
    }

    pub(super) fn kind(self, kind: DefectKind) -> &'static str {
        let (zh, en) = match kind {
            DefectKind::CountMismatch => ("行数与清单不符", "count differs from the manifest"),
            DefectKind::MissingResident => ("应返未返的居民", "resident not returned"),
            DefectKind::MissingColumn => ("缺少约定的列", "column missing"),
            DefectKind::SurplusRow => ("超范围的行", "row of another county"),
            DefectKind::SurplusColumn => ("超范围的列", "column not agreed"),
            DefectKind::DuplicateRow => ("完全重复的行", "row repeated"),
            DefectKind::DuplicateKey => ("同一主键内容不同", "key repeated, other content"),
            DefectKind::BirthMismatch => ("出生日期与证件号不符", "birth date not that of the identifier"),
            DefectKind::InvalidKey => ("主键无效", "unusable key"),
            DefectKind::FieldDiffersLocal => ("与本地登记不一致", "differs from the local table"),
            DefectKind::FieldDiffersSource => ("与源头现值不一致", "differs from the source today"),
            DefectKind::StaleFile => ("文件过期", "stale file"),
            DefectKind::GoneFromSource => ("源头已删除", "gone from the source"),
        };
        if self.zh { zh } else { en }
    }

    pub(super) fn advice(self, kind: DefectKind) -> &'static str {
        let (zh, en) = match kind {
            DefectKind::CountMismatch => {
                ("核对清单与文件，重新签发", "check manifest against files; sign again")
            }
            DefectKind::MissingResident => {
                ("按新旧区划代码重新切分并补发", "cut again by old and new codes; send the rest")
            }
            DefectKind::MissingColumn => ("按合同补齐该列", "send the column, as agreed"),
            DefectKind::SurplusRow => {
                ("本地删除并留记录；修正切分条件", "delete here, with a record; correct the cut")
            }
            DefectKind::SurplusColumn => {
                ("本地删除该列；停止超范围提供", "delete the column here; stop sending it")
            }
            DefectKind::DuplicateRow => ("去重后重发", "remove repeats"),
            DefectKind::DuplicateKey => ("核实以哪一行为准", "say which row is right"),
            DefectKind::BirthMismatch => ("在源头核实更正", "check and correct at the source"),
            DefectKind::InvalidKey => ("以文本格式重新导出主键", "export keys as text, not as numbers"),
            DefectKind::FieldDiffersLocal => ("双方核实，以证件为准", "check both against the document"),
            DefectKind::FieldDiffersSource => ("下批更新；急用先人工核实", "update in the next batch"),
            DefectKind::StaleFile => ("重新导出该文件", "export the file again"),
            DefectKind::GoneFromSource => ("核实后在本地停用", "check, then retire here"),
        };
        if self.zh { zh } else { en }
    }

    /// What a side learnt, of how many.
    pub(super) fn what(self, what: What) -> &'static str {
        let (zh, en) = match what {
            What::OwnResidentsInSource => (
                "自己未获返还的居民中，哪些在源头有记录",
                "which of its own residents, not returned, the source holds",
            ),
            What::OwnRowsInSource => {
                ("返还人员中，哪些源头仍有记录", "which of the returned people the source still holds")
            }
            What::OwnValuesInSource => {
                ("返还的字段值中，哪些与源头一致", "which of the returned values the source has too")
            }
            What::ResidentInsuredElsewhere => {
                ("上述居民可能参保在外县", "that such a resident may belong to another county's rows")
            }
            What::SourceSize => {
                ("源头匹配标记总数（含填充）", "how many tokens the source makes, padding included")
            }
            What::PeopleAsked => ("被问及的人数", "how many people were asked about"),
            What::ValuesAsked => ("被问及的字段值个数", "how many values were asked about"),
        };
        if self.zh { zh } else { en }
    }

    pub(super) fn side(self, side: Side) -> &'static str {
        match side {
            Side::County => self.recipient(),
            Side::Provider => self.provider(),
        }
    }

    /// Days, with their unit.
    pub(super) fn in_days(self, days: u32) -> String {
        match (self.zh, days) {
            (true, _) => format!("{days} 天"),
            (false, 1) => "1 day".to_owned(),
            (false, _) => format!("{days} days"),
        }
    }

    /// What separates the items of a list.
    pub(super) fn comma(self) -> &'static str {
        if self.zh { "；" } else { "; " }
    }

    /// A cleaning rule that refused a key.
    pub(super) fn rule(self, rule: &str) -> String {
        let (zh, en) = match rule {
            "R04" => ("末位丢失", "digits lost"),
            "null" | "MISSING" | "R17" => return if self.zh { "空值" } else { "empty" }.to_owned(),
            "INVALID" => return if self.zh { "不合规则" } else { "malformed" }.to_owned(),
            _ => return rule.to_owned(),
        };
        format!("{rule} {}", if self.zh { zh } else { en })
    }

    /// Room for the names of defects before their bars, in pixels.
    pub(super) fn label_width(self) -> i32 {
        if self.zh { 150 } else { 230 }
    }

    /// A phase of the private half, by the name the channel's meter has it under.
    pub(super) fn phase_name(self, phase: &str) -> Option<&'static str> {
        let (zh, en) = match phase {
            "total" => ("合计", "total"),
            "open" => ("握手", "opening"),
            "points" => ("盲化点", "blinded points"),
            "tokens" => ("匹配标记", "match tokens"),
            "matches" => ("回传结果", "matches"),
            _ => return None,
        };
        Some(if self.zh { zh } else { en })
    }

    /// A timed step.
    pub(super) fn step_name(self, step: &str) -> Option<&'static str> {
        let (zh, en) = match step {
            "here" => ("本地核验", "here"),
            "there" => ("隐私核验", "privately"),
            _ => return None,
        };
        Some(if self.zh { zh } else { en })
    }
}
