//! A report for tests: figures such as the small scenario gives.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use yinshu_audit::Provenance;
use yinshu_crypto::hash::Digest;
use yinshu_origin::Report;

/// Divisions, residents and those of them who were returned.
const TOWNS: [(&str, u64, u64); 5] = [
    ("990101", 1_232, 1_086),
    ("990102", 1_100, 868),
    ("990104", 826, 730),
    ("990105", 629, 553),
    ("990106", 505, 446),
];
const BANDS: [&str; 21] = [
    "0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59",
    "60-64", "65-69", "70-74", "75-79", "80-84", "85-89", "90-94", "95-99", "100+",
];
/// Residents of each band and those of them who were returned; the oldest are too few to show.
const PEOPLE: [(u64, u64); 19] = [
    (229, 108),
    (217, 171),
    (208, 179),
    (200, 159),
    (243, 200),
    (271, 235),
    (339, 310),
    (291, 255),
    (301, 274),
    (355, 324),
    (393, 359),
    (312, 284),
    (280, 252),
    (259, 237),
    (153, 136),
    (104, 88),
    (80, 69),
    (36, 26),
    (13, 13),
];

fn findings(kinds: &[(&str, Option<u64>, u64)]) -> Value {
    kinds.iter().map(|(kind, count, of)| json!({ "kind": kind, "count": count, "of": of })).collect()
}

fn grid(towns: &[(&str, u64, u64)], minimum: u64) -> Value {
    let lines = |count: fn(&(&str, u64, u64)) -> u64, band: fn(&(u64, u64)) -> u64| {
        let mut lines: Vec<Vec<Option<u64>>> = Vec::new();
        for town in towns {
            lines.push(BANDS.iter().map(|_| None).chain([Some(count(town))]).collect());
        }
        let bands = PEOPLE.iter().map(|people| Some(band(people))).chain([None, None]);
        lines.push(bands.chain([Some(towns.iter().map(count).sum())]).collect());
        lines
    };
    json!({ "divisions": towns.iter().map(|town| town.0).collect::<Vec<_>>(), "bands": BANDS,
        "whole": lines(|town| town.1, |band| band.0), "part": lines(|town| town.2, |band| band.1),
        "minimum_group": minimum, "suppressed": 4 })
}

fn rate(column: &str, compared: u64, differ: u64) -> Value {
    json!({ "column": column, "compared": compared, "same": compared - differ, "lacking": 0 })
}

/// The report; without the private half if it is not `private`.
pub(super) fn report(private: bool) -> Report {
    let seen = |count: u64| private.then_some(count);
    let digest = |text: &str| Digest::sha256(text.as_bytes());
    let source = [("aac003", 8), ("aac004", 3), ("aac006", 4), ("aab301", 14), ("aac008", 33)];
    let file = |at: usize, rows: u64, newest: &str, stale: bool| json!({ "file": format!("sb_cbxx_{at}.csv"), "rows": rows, "newest": newest, "stale": stale });
    let value = json!({
        "format": 1,
        "about": { "contract": digest("contract"), "manifest": digest("manifest"), "catalogue": "990000-sb-cbxx",
            "provider": "hr-province", "recipient": "county-9901",
            "period": { "from": "2025-11-20", "to": "2026-11-19" }, "made": "2026-11-21T08:30:00Z" },
        "sizes": { "files": 3, "returned_rows": 4800, "kept_rows": 4763, "returned_people": 4633, "local_rows": 4300,
            "local_people": 4292, "local_unusable": 8, "local_repeated": 0, "shared_people": 3683 },
        "completeness": {
            "findings": findings(&[("count-mismatch", Some(1), 1409), ("missing-resident", seen(173), 4292),
                ("missing-column", Some(0), 30)]),
            "counts": { "promised": 4837, "found": 4800, "cells": 1409, "wrong": [
                { "division": "990101", "day": "2026-11-19", "promised": 184, "found": 147 }] },
            "coverage_of_local": grid(&TOWNS, 10), "coverage_of_returned": grid(&[("990101", 4633, 3683)], 10),
            "missing": private.then(|| grid(&[("990101", 1_232, 13), ("990102", 1_100, 136), ("990104", 826, 11), ("990105", 629, 9), ("990106", 505, 4)], 10)) },
        "consistency": {
            "findings": findings(&[("surplus-row", Some(72), 4763), ("surplus-column", Some(6), 36),
                ("duplicate-row", Some(29), 4763), ("duplicate-key", Some(29), 4763), ("birth-mismatch", Some(24), 4633)]),
            "columns": { "surplus": ["手机号", "银行账号"], "missing": [] },
            "surplus": grid(&[("990201", 20, 0), ("990204", 15, 0), ("990206", 11, 0), ("990203", 10, 0), ("990202", 9, 0), ("990205", 7, 0)], 10) },
        "accuracy": {
            "findings": findings(&[("invalid-key", Some(37), 4800), ("field-differs-local", Some(57), 11049),
                ("field-differs-source", seen(62), 22975)]),
            "invalid_keys": { "R04": 14, "MISSING": 19, "INVALID": 4 }, "unusable_rows": {},
            "with_local": [rate("aac003", 3683, 22), rate("aac004", 3683, 7), rate("aac006", 3683, 28)],
            "with_source": private.then(|| source.map(|(column, differ)| rate(column, 4595, differ))) },
        "timeliness": {
            "findings": findings(&[("stale-file", Some(1), 3), ("gone-from-source", seen(38), 4633)]),
            "ages": { "rows": 4763, "without": 0, "after_period": 0, "p50": 44, "p90": 282, "p99": 354, "max": 363 },
            "cadence_days": 1,
            "files": [file(1, 1413, "2026-11-19", false), file(2, 1074, "2026-11-18", true), file(3, 2276, "2026-11-19", false)],
            "delta": null, "gone": private.then(|| grid(&[("990101", 4633, 38)], 10)) },
        "private": private.then(|| json!({ "scope": "whole-table", "asked_keys": 5242, "keys_quota": 10000, "asked_per_field": 4633,
            "per_field_quota": 5000, "fields": source.map(|(column, _)| column), "still_held": 4595, "shown": 288_000,
            "commitment": digest("asked") })),
        "learnt": if private { json!([
            { "side": "county", "what": "own-residents-in-source", "count": 609 },
            { "side": "county", "what": "resident-insured-elsewhere", "count": 609 },
            { "side": "county", "what": "own-rows-in-source", "count": 4633 },
            { "side": "county", "what": "own-values-in-source", "count": 23165 },
            { "side": "county", "what": "source-size", "count": 288_000 },
            { "side": "provider", "what": "people-asked", "count": 5242 },
            { "side": "provider", "what": "values-asked", "count": 23165 }]) } else { json!([]) },
        "cost": if private { json!({
            "traffic": [{ "phase": "total", "sent": 919_552, "received": 11_132_416, "rounds": 6 },
                { "phase": "points", "sent": 171_008, "received": 1_713_152, "rounds": 2 },
                { "phase": "tokens", "sent": 748_544, "received": 9_419_264, "rounds": 4 }],
            "timings": [{ "step": "here", "seconds": 0.2 }, { "step": "there", "seconds": 9.4 }] }) }
            else { json!({ "traffic": [], "timings": [] }) },
    });
    serde_json::from_value(value).expect("the form of a report")
}

/// Names for the codes in it.
pub(super) fn captions() -> BTreeMap<String, String> {
    [
        ("hr-province", "省人力资源和社会保障厅"),
        ("county-9901", "青石县大数据中心"),
        ("990101", "青石街道"),
        ("990102", "柳河镇"),
        ("990104", "白塔镇"),
        ("990105", "云岭民族乡"),
        ("990106", "东湖镇"),
        ("aac003", "姓名"),
        ("aac004", "性别"),
        ("aac006", "出生日期"),
        ("aab301", "参保地区划"),
        ("aac008", "参保状态"),
        ("here", "本地核验"),
        ("there", "隐私核验"),
    ]
    .map(|(code, name)| (code.to_owned(), name.to_owned()))
    .into()
}

/// Where it came from.
pub(super) fn provenance() -> Provenance {
    Provenance {
        people: vec!["操作员 林一".to_owned(), "管理员 周二".to_owned()],
        system: "yinshu 0.1.0 (county-9901)".to_owned(),
        ip: "127.0.0.1".parse().expect("an address"),
        time: "2026-11-21T08:30:00Z".parse().expect("a time"),
        method: "origin verify; ecdh-psi ristretto255".to_owned(),
    }
}
