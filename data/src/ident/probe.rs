//! One value through every kind, for fuzzing and property tests.

use super::citizen::{Accept, Limits};
use super::date::Grain;
use super::name::PuaTable;
use super::{
    Marks, Verdict, citizen, code, credit_code, date, division, name, number, org_code, org_id, sex,
};

type Clean = fn(&str, &mut String, &mut Marks) -> Verdict;

const TEST: Limits = Limits { test_region: true, latest_birth: 20_991_231 };

/// Each kind's `clean`, by name.
const KINDS: [(&str, Clean); 16] = [
    ("citizen-id", |raw, out, marks| citizen::clean(raw, Accept::Citizens, &TEST, out, marks)),
    ("person-id", |raw, out, marks| citizen::clean(raw, Accept::Anyone, &TEST, out, marks)),
    ("credit-code", credit_code::clean),
    ("org-code", org_code::clean),
    ("org-id", org_id::clean),
    ("name", |raw, out, marks| name::clean(raw, &PuaTable::default(), out, marks)),
    ("company-name", |raw, out, marks| name::clean_company(raw, &PuaTable::default(), out, marks)),
    ("text", name::clean_text),
    ("sex", sex::clean),
    ("date", |raw, out, marks| date::clean(raw, Grain::Day, out, marks)),
    ("month", |raw, out, marks| date::clean(raw, Grain::Month, out, marks)),
    ("timestamp", |raw, out, marks| date::clean(raw, Grain::Second, out, marks)),
    ("division", |raw, out, marks| division::clean(raw, None, true, out, marks)),
    ("integer", number::clean_integer),
    ("decimal", number::clean_decimal),
    ("code", |raw, out, marks| code::clean(raw, None, out, marks)),
];

/// The name of the first kind whose canonical value of `bytes` (as lossy UTF-8) would be changed, or refused, by
/// cleaning it again. `None` is as it should be.
pub fn unstable_kind(bytes: &[u8]) -> Option<&'static str> {
    let raw = String::from_utf8_lossy(bytes);
    KINDS.iter().find(|(_, clean)| !is_stable(&raw, *clean)).map(|(name, _)| *name)
}

fn is_stable(raw: &str, clean: Clean) -> bool {
    let (mut once, mut twice, mut marks) = (String::new(), String::new(), Marks::default());
    match clean(raw, &mut once, &mut marks) {
        Verdict::Changed => {
            let mut marks = Marks::default();
            clean(&once, &mut twice, &mut marks) == Verdict::Same && marks.normalised.is_empty()
        }
        Verdict::Same => marks.normalised.is_empty(),
        Verdict::Null | Verdict::Invalid(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::unstable_kind;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn canonical_values_stay(raw in "[0-9XE.+-]{0,20}|[张三锟斤拷 .·（）()aＢ?*\u{200b}\u{3000}'年月日时:/-]{0,10}|\\PC{0,12}") {
            prop_assert_eq!(unstable_kind(raw.as_bytes()), None, "{:?}", raw);
        }
    }
}
