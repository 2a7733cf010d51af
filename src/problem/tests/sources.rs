//! Reads the error enums out of the workspace's own sources, so that an error added anywhere without
//! its texts fails a test here. It knows the shape rustfmt gives them, no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A code as some `fn code` gives it.
pub(super) struct Found {
    pub(super) code: u16,
    pub(super) variant: String,
    pub(super) file: String,
    /// Names of the fields of the variant, and of the variant around it where it is nested.
    pub(super) fields: BTreeSet<String>,
}

/// Every code of every crate.
pub(super) fn codes() -> Vec<Found> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for room in
        ["src", "crypto", "net", "data", "ot", "psi", "mpc", "audit", "origin", "joint", "reports", "sandbox"]
    {
        let mut files = Vec::new();
        rust_files(&root.join(room), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("a source file");
            if text.contains("fn code(&self) -> u16") {
                let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
                // Where the codes of `error.rs` stand in `error/codes.rs`, its variants stand in the former.
                let above = file.parent().map(|folder| folder.with_extension("rs"));
                let above = above.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
                found.extend(of_file(&text, &name, &fields_of_variants(&(above + &text))));
            }
        }
    }
    assert!(found.len() > 100, "the sources have another shape now: {} codes", found.len());
    found
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && !["tests", "target", "benches", "examples"].iter().any(|n| name == *n) {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

fn of_file(text: &str, file: &str, fields: &BTreeMap<String, BTreeSet<String>>) -> Vec<Found> {
    let mut found = Vec::new();
    for start in text.match_indices("fn code(&self) -> u16").map(|(at, _)| at) {
        let body = &text[start..start + text[start..].find("\n    }").unwrap_or(0)];
        let mut outer = String::new();
        for line in body.lines() {
            let Some((pattern, value)) = line.split_once("=>") else { continue };
            let Some((enumeration, rest)) = pattern.trim().trim_start_matches("| ").split_once("::") else {
                continue;
            };
            let variant: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            if enumeration == "Self" {
                outer.clone_from(&variant);
            }
            let Ok(code) = value.trim().trim_end_matches(',').parse::<u16>() else { continue };
            let mut own = fields.get(&variant).cloned().unwrap_or_default();
            own.extend(fields.get(&outer).cloned().unwrap_or_default());
            if text.contains("misstep: Misstep") || file.ends_with("misstep.rs") {
                own.insert("peer".to_owned());
            }
            found.push(Found { code, variant, file: file.to_owned(), fields: own });
        }
    }
    found
}

/// The field names of every variant written in this file. Variants of one name in two enums of the
/// file are taken together.
fn fields_of_variants(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut variant = None;
    for line in text.lines() {
        let code = line.trim();
        let indent = line.len() - line.trim_start().len();
        if code.starts_with("//") || code.starts_with('#') {
            continue;
        }
        if indent == 4 {
            let name: String = code.chars().take_while(|c| c.is_alphanumeric()).collect();
            let is_variant = name.starts_with(|c: char| c.is_uppercase());
            variant = is_variant.then_some(name);
            if let (Some(name), Some((_, inside))) = (&variant, code.split_once('{')) {
                let names = inside.split(',').filter_map(|field| field.split_once(':'));
                all.entry(name.clone()).or_default().extend(names.map(|(n, _)| n.trim().to_owned()));
            }
        } else if indent == 8
            && let (Some(name), Some((field, _))) = (&variant, code.split_once(':'))
        {
            all.entry(name.clone()).or_default().insert(field.trim_start_matches("pub ").to_owned());
        }
    }
    all
}
