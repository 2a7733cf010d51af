//! A disk that is full: a code, nothing half-written, and a log that still holds.

use super::world::{World, copy};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A file system of one mebibyte.
struct Small(PathBuf);

impl Small {
    /// None where this user may not mount one.
    fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(at))
    }

    /// Leaves so many bytes free.
    fn fill(&self, free: usize) {
        let filler = self.0.join("filler");
        let mut size = 1 << 20;
        // Whole pages: as many as go, then some given back.
        while fs::write(&filler, vec![0; size]).is_err() {
            size -= 4096;
        }
        fs::write(&filler, vec![0; size.saturating_sub(free)]).expect("a smaller file fits");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: a handle that is still open must not keep it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_everything_as_it_was() {
    let world = World::new();
    let Some(small) = Small::mount(world.path("small")) else {
        eprintln!("skipped: this user may not mount a file system");
        return;
    };
    copy(&world.path("county"), &small.0.join("county"));
    let verify = |out: &str| {
        let args = ["origin", "verify", "package", "--contract", "county/contracts/return.toml"];
        let rest = ["--local", "residents.csv", "--offline", "--out", out];
        world.of("small/county", &[&args[..], &rest].concat())
    };
    let before = fs::read(small.0.join("county/audit/log.jsonl")).expect("a log");
    for free in [0, 4096, 8192, 16384, 24576] {
        small.fill(free);
        let ran = verify("small/county/results/out");
        let error: serde_json::Value =
            serde_json::from_str(&ran.err).unwrap_or_else(|e| panic!("{e}: {}{}", ran.err, ran.out));
        assert_eq!(ran.code, 6, "{free} bytes free: {error}");
        let code = error["error"]["code"].as_u64().expect("a code");
        assert!([1063, 5121, 7002].contains(&code), "{free} bytes free: {error}");
        let results = fs::read_dir(small.0.join("county/results")).into_iter().flatten().flatten();
        assert_eq!(results.count(), 0, "{free} bytes free");
        world.log_holds("small/county");
        let log = fs::read(small.0.join("county/audit/log.jsonl")).expect("a log");
        assert!(log.starts_with(&before), "what was there stays");
    }
    // With room again, the same command goes through, and the log goes on where it was.
    fs::remove_file(small.0.join("filler")).expect("removed");
    verify("small/county/results/out").exits(0);
    world.log_holds("small/county");

    // A result elsewhere than the log: the disk of the result alone is full, and that is on record.
    small.fill(0);
    let args = ["origin", "verify", "package", "--contract", "county/contracts/return.toml"];
    let rest = ["--local", "residents.csv", "--offline", "--out", "small/out"];
    let ran = world.of("county", &[&args[..], &rest].concat()).exits(6);
    let error: serde_json::Value = serde_json::from_str(&ran.err).expect("an error");
    let code = error["error"]["code"].as_u64().expect("a code");
    world.recorded("county", "run.end", &format!("refused {code}"));
    assert!(!small.0.join("out").exists());
}
