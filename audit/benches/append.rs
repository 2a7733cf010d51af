//! Durable appends a second, and records verified a second.

use std::hint::black_box;
use yinshu_audit::{Entry, Log, Stage, verify};
use yinshu_crypto::sign::SigningKey;

fn main() {
    divan::main();
}

fn key() -> SigningKey {
    format!("yinshu-secret-ed25519:{}", "07".repeat(32)).parse().expect("a key")
}

fn entry() -> Entry {
    Entry {
        user: "张三".into(),
        ip: "10.0.0.9".parse().expect("an address"),
        object: "sb_cbxx".into(),
        content: "属地返还核验 2026-11".into(),
        action: "verify".into(),
        result: "成功".into(),
        stage: Stage::Processing,
    }
}

fn log() -> (tempfile::TempDir, std::path::PathBuf) {
    // Beside the build products: a folder in memory would not show what a disk costs.
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).expect("a folder");
    let path = dir.path().join("audit.jsonl");
    (dir, path)
}

#[divan::bench(min_time = 2)]
fn durable_append(bencher: divan::Bencher<'_, '_>) {
    let (_dir, path) = log();
    let mut log = Log::open(&path, key()).expect("begins");
    let entry = entry();
    bencher
        .counter(1u64)
        .bench_local(move || log.append(&entry, jiff::Timestamp::UNIX_EPOCH).expect("appended"));
}

const RECORDS: u64 = 2000;

fn filled() -> (tempfile::TempDir, std::path::PathBuf) {
    let (dir, path) = log();
    let mut log = Log::open(&path, key()).expect("begins");
    for _ in 0..RECORDS {
        log.append(&entry(), jiff::Timestamp::UNIX_EPOCH).expect("appended");
    }
    log.checkpoint().expect("saved");
    (dir, path)
}

#[divan::bench]
fn verify_all(bencher: divan::Bencher<'_, '_>) {
    let (_dir, path) = filled();
    let public = key().public();
    bencher.counter(RECORDS).bench_local(|| black_box(verify(&path, &public, None).expect("sound")));
}

#[divan::bench]
fn open_under_a_checkpoint(bencher: divan::Bencher<'_, '_>) {
    let (_dir, path) = filled();
    bencher.counter(RECORDS).bench_local(|| black_box(Log::open(&path, key()).expect("opens").len()));
}
