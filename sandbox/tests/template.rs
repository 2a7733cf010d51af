//! The template of a program, compiled for wasm32 as its README says and run. Where the compiler has no such target nothing is
//! tested, and that is said.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use yinshu_sandbox::dataset::Domain;
use yinshu_sandbox::program::score::Score;
use yinshu_sandbox::program::{Limits, Machine, Output, Rows, component};

const TARGET: &str = "wasm32-unknown-unknown";

fn compiles_for_wasm() -> bool {
    let root = Command::new("rustc").args(["--print", "sysroot"]).output();
    let root = root.map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim().to_owned()));
    root.is_ok_and(|root| root.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

/// Compiles what `program new` writes, over the SDK of these sources.
fn compiled(folder: &Path) -> Vec<u8> {
    let program = folder.join("moves");
    let wrote = Command::new(env!("CARGO_BIN_EXE_yinshu-sandbox"))
        .args(["program", "new"])
        .arg(&program)
        .status()
        .unwrap();
    assert!(wrote.success());
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest");
    let manifest = std::fs::read_to_string(program.join("Cargo.toml")).unwrap();
    let here = manifest.replace("../yinshu/guest", guest.to_str().unwrap());
    assert_ne!(manifest, here);
    std::fs::write(program.join("Cargo.toml"), here).unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--offline", "--quiet", "--target", TARGET])
        .current_dir(&program)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .status()
        .unwrap();
    assert!(built.success());
    std::fs::read(folder.join("target").join(TARGET).join("release/moves.wasm")).unwrap()
}

#[test]
fn the_template_compiles_and_scores_quickly() {
    if !compiles_for_wasm() {
        eprintln!("not tested: rustup target add {TARGET}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bytes = component(compiled(folder.path())).unwrap();
    let (ages, wages) = ([20, 80, 20, i64::MIN], [500_000, 500_000, 3_000_000, 100]);
    let rows = Rows::of(&[1, 2, 3, 4], &[&ages, &wages]).unwrap();
    let output = Output::of(&Domain::Number { decimals: 0, min: 0, max: 9 });
    let machine = Machine::new().unwrap();
    let score = Score::new(&machine, &bytes, &[output], true, &Limits::default()).unwrap();
    assert!(score.is_quick(), "the compiler put in something that is written to");
    let values = score.running().values(&rows, Instant::now() + Duration::from_secs(60)).unwrap();
    assert_eq!(values, [vec![Some(6), Some(0), Some(9), None]]);
}
