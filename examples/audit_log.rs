//! A log that cannot be changed unnoticed: `cargo run --example audit_log`.
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::net::{IpAddr, Ipv4Addr};
use yinshu_audit::{Entry, Log, Stage, verify};
use yinshu_crypto::sign::SigningKey;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("log.jsonl");
    let key = SigningKey::generate(&mut yinshu::node::randomness());
    let public = key.public();

    let mut log = Log::open(&path, key)?;
    for object in ["批次一", "批次二", "批次三"] {
        let entry = Entry {
            user: "孙磊".into(),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            object: object.into(),
            content: "核验返还数据".into(),
            action: "origin.verify".into(),
            result: "ok".into(),
            stage: Stage::Processing,
        };
        log.append(&entry, yinshu::node::now())?;
    }
    let checkpoint = log.checkpoint()?;
    drop(log);
    println!("{} records hold", verify(&path, &public, Some(&checkpoint))?.records);

    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, text.replace("批次二", "批次二二"))?;
    let broken = verify(&path, &public, Some(&checkpoint)).expect_err("a changed record is found");
    println!("after a change: {broken}");

    let first_two: Vec<&str> = text.lines().take(2).collect();
    std::fs::write(&path, first_two.join("\n") + "\n")?;
    let cut = verify(&path, &public, Some(&checkpoint)).expect_err("a cut-off tail is found");
    println!("after a cut:    {cut}");
    Ok(())
}
