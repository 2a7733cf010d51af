use super::*;
use jiff::Timestamp;
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::fs;
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::{Digest, FileDigests};
use yinshu_crypto::sign::SigningKey;
use yinshu_data::Source;

pub(crate) fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

pub(crate) fn party(name: &str) -> PartyId {
    PartyId::new(name).expect("a good name")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-21T08:00:00Z")
}

pub(crate) fn providers() -> Keys {
    Keys::from([
        (party("hr-province"), vec![key(9).public(), key(1).public()]),
        (party("tax-province"), vec![key(2).public()]),
    ])
}

fn terms() -> PackTerms {
    PackTerms {
        catalogue: "SB-CBXX".into(),
        source_system: "省社保业务系统".into(),
        provider: party("hr-province"),
        recipient: party("county"),
        contract: Some(Digest::sha256(b"contract")),
        batch: "2026-11".into(),
        previous: None,
        period: Period {
            from: "2026-10-01".parse().expect("a day"),
            to: "2026-10-31".parse().expect("a day"),
        },
        expires: at("2026-12-21T08:00:00Z"),
        divisions: ["990101".to_owned(), "990102".to_owned()].into(),
        roles: Roles {
            division: "aab301".into(),
            key: vec!["aac002".into()],
            update_time: Some("gxsj".into()),
        },
        counting: Counting::Raw,
    }
}

const ONE: &str =
    "aac002,aab301,gxsj\n1,990101,2026-10-01 08:00:00\n2,990101,2026-10-01\n3,990102,2026/10/2\n";
const TWO: &str = "aac002,aab301,gxsj,phone\n4,990101,20261003\n5, 990102 ,无,1\n";

fn sources(dir: &Path) -> Vec<PackFile> {
    fs::write(dir.join("one.csv"), ONE).expect("written");
    fs::write(dir.join("two.csv"), TWO).expect("written");
    let file =
        |n: &str| PackFile { source: Source { path: Some(dir.join(n)), ..Source::default() }, name: None };
    vec![file("one.csv"), file("two.csv")]
}

fn pack_with(terms: &PackTerms) -> (tempfile::TempDir, Result<Manifest, PackageError>) {
    let dir = tempfile::tempdir().expect("a folder");
    let files = sources(dir.path());
    let manifest = pack(&files, terms, &mut count_raw, &key(1), now(), &dir.path().join("batch"));
    (dir, manifest)
}

pub(crate) fn sample() -> (tempfile::TempDir, PathBuf) {
    let (dir, manifest) = pack_with(&terms());
    manifest.expect("packed");
    let path = dir.path().join("batch");
    (dir, path)
}

pub(crate) fn opened() -> (tempfile::TempDir, OpenedPackage) {
    let (dir, path) = sample();
    let opened = open(&path, &party("county"), &providers(), now()).expect("sound");
    (dir, opened)
}

fn refused(dir: &Path) -> PackageError {
    open(dir, &party("county"), &providers(), now()).expect_err("refused")
}

/// Edits the manifest, signs it again, and says why it is refused.
fn refused_when(edit: impl FnOnce(&mut Manifest)) -> PackageError {
    let (_dir, path) = sample();
    let mut manifest = Manifest::from_bytes(&fs::read(path.join(MANIFEST)).expect("read")).expect("own form");
    edit(&mut manifest);
    sign_bytes(&path, &manifest.to_bytes());
    refused(&path)
}

/// Signs whatever bytes are given: a provider that writes bad manifests.
fn sign_bytes(path: &Path, bytes: &[u8]) {
    let signature = key(1).sign(DOMAIN, &Digest::sha256(bytes).0);
    fs::write(path.join(MANIFEST), bytes).expect("written");
    fs::write(path.join(SIGNATURE), format!("{}\n{signature}\n", key(1).public())).expect("written");
}

#[test]
fn packs_and_opens() {
    let (dir, path) = sample();
    let opened = open(&path, &party("county"), &providers(), now()).expect("sound");
    let manifest = opened.manifest();
    assert_eq!(manifest.columns, ["aac002", "aab301", "gxsj", "phone"]);
    assert_eq!(manifest.files.iter().map(|f| f.rows).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(manifest.files[0].newest.map(|d| d.to_string()).as_deref(), Some("2026-10-02"));
    assert_eq!(manifest.counts["990101"]["2026-10-01"], 2);
    assert_eq!(manifest.counted(), 5);
    assert_eq!(manifest.digest(), opened.digest());
    for file in opened.files() {
        let digests = FileDigests::of(fs::File::open(&file.path).expect("there")).expect("read");
        assert_eq!((digests.sha256, digests.sm3), (file.entry.sha256, file.entry.sm3));
    }
    assert_eq!(opened.recheck(), Ok(()));
    assert_eq!(opened.recount(&Source::default()), Ok(manifest.counts.clone()));
    fs::write(path.join(FILES).join("one.csv"), b"x").expect("written");
    assert!(opened.recheck().is_err());
    // Nothing is left beside the package.
    let left: Vec<_> =
        fs::read_dir(dir.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

/// Every byte of every file of the package, changed.
#[test]
fn every_changed_byte_is_refused() {
    let (_dir, path) = sample();
    for name in [MANIFEST, SIGNATURE, "files/one.csv", "files/two.csv"] {
        let file = path.join(name);
        let whole = fs::read(&file).expect("read");
        for at in 0..whole.len() {
            for flip in [1u8, 0x20] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                fs::write(&file, &bytes).expect("written");
                let error = refused(&path);
                let expected: &[u16] = match name {
                    MANIFEST => &[5007],
                    SIGNATURE => &[5007, 5008, 5017],
                    _ => &[5001],
                };
                assert!(expected.contains(&error.code()), "{name} byte {at} ^ {flip}: {error}");
            }
        }
        for shorter in [&whole[..whole.len() - 1], &[]] {
            fs::write(&file, shorter).expect("written");
            refused(&path);
        }
        fs::write(&file, [&whole[..], b"\n"].concat()).expect("written");
        refused(&path);
        fs::write(&file, &whole).expect("written");
    }
    open(&path, &party("county"), &providers(), now()).expect("sound again");
}

#[test]
fn a_change_names_the_file_and_both_digests() {
    let (_dir, path) = sample();
    let changed = TWO.replace("990102", "990109");
    fs::write(path.join("files/two.csv"), &changed).expect("written");
    let (expected, actual) = (Digest::sha256(TWO.as_bytes()), Digest::sha256(changed.as_bytes()));
    assert_eq!(refused(&path), PackageError::ChangedFile { file: "files/two.csv".into(), expected, actual });
    fs::write(path.join("files/two.csv"), TWO.repeat(100)).expect("written");
    assert_eq!(refused(&path).code(), 5018);
}

#[test]
fn missing_and_extra_files() {
    for (name, code) in [(MANIFEST, 5002), (SIGNATURE, 5002), ("files/one.csv", 5002)] {
        let (_dir, path) = sample();
        fs::remove_file(path.join(name)).expect("removed");
        let error = refused(&path);
        assert_eq!((error.code(), error), (code, PackageError::MissingFile { file: name.into() }));
    }
    for name in ["extra", "files/three.csv", "files/.hidden", ".DS_Store"] {
        let (_dir, path) = sample();
        fs::write(path.join(name), "x").expect("written");
        assert_eq!(refused(&path), PackageError::ExtraFile { file: name.into() });
    }
    let (_dir, path) = sample();
    fs::create_dir(path.join("files/folder")).expect("made");
    assert_eq!(refused(&path).code(), 5003);
    fs::remove_dir_all(path.join(FILES)).expect("removed");
    assert_eq!(refused(&path).code(), 5002);
    assert_eq!(refused(&path.join("none")).code(), 5016);
    assert_eq!(refused(&path.join(MANIFEST)).code(), 5016);
}

#[test]
fn recipient_dates_and_keys() {
    let (_dir, path) = sample();
    let county = party("county");
    let code =
        |me: &PartyId, keys: &Keys, time: &str| open(&path, me, keys, at(time)).map_err(|e| e.code()).err();
    let good = "2026-11-21T08:00:00Z";
    assert_eq!(code(&county, &providers(), good), None);
    assert_eq!(code(&party("other"), &providers(), good), Some(5004));
    assert_eq!(code(&county, &providers(), "2026-12-21T07:59:59Z"), None);
    assert_eq!(code(&county, &providers(), "2026-12-21T08:00:00Z"), Some(5005));
    assert_eq!(code(&county, &providers(), "2026-11-21T07:55:00Z"), None);
    assert_eq!(code(&county, &providers(), "2026-11-21T07:54:59Z"), Some(5006));
    assert_eq!(code(&county, &Keys::new(), good), Some(5008));
    let swapped = Keys::from([(party("tax-province"), vec![key(1).public()])]);
    assert_eq!(code(&county, &swapped, good), Some(5009));
    // A known provider's key, and not the one that signed.
    let text = fs::read_to_string(path.join(SIGNATURE)).expect("read");
    let other = text.replace(&key(1).public().to_string(), &key(2).public().to_string());
    fs::write(path.join(SIGNATURE), other).expect("written");
    assert_eq!(code(&county, &providers(), good), Some(5007));
}

#[test]
fn a_signed_manifest_that_contradicts_itself() {
    assert_eq!(refused_when(|m| m.format = 2).code(), 5011);
    assert_eq!(refused_when(|m| m.provider = party("tax-province")).code(), 5009);
    for name in ["../one.csv", "/etc/passwd", "a/b.csv", "a\0b", "..", "", "files\\one.csv"] {
        assert_eq!(refused_when(|m| m.files[0].name = name.into()).code(), 5012, "{name:?}");
    }
    for name in ["two.csv", "TWO.csv"] {
        assert_eq!(refused_when(|m| m.files[0].name = name.into()).code(), 5013, "{name:?}");
    }
    assert_eq!(refused_when(|m| m.files[0].rows = u64::MAX).code(), 5014);
    assert_eq!(refused_when(|m| m.files[0].bytes = u64::MAX).code(), 5014);
    assert_eq!(
        refused_when(|m| _ = m.counts.insert("x".into(), [(String::new(), u64::MAX)].into())).code(),
        5014
    );
    assert_eq!(refused_when(|m| m.catalogue = "长".repeat(200)).code(), 5014);
    assert_eq!(refused_when(|m| m.columns = (0..5000).map(|i| i.to_string()).collect()).code(), 5014);
    assert_eq!(refused_when(|m| m.files.clear()).code(), 5010);
    assert_eq!(refused_when(|m| m.columns.clear()).code(), 5010);
    assert_eq!(refused_when(|m| m.columns.push("gxsj".into())).code(), 5010);
    assert_eq!(refused_when(|m| m.roles.key.clear()).code(), 5010);
    assert_eq!(refused_when(|m| m.expires = m.issued).code(), 5010);
    assert_eq!(refused_when(|m| std::mem::swap(&mut m.period.from, &mut m.period.to)).code(), 5010);
    assert_eq!(
        refused_when(|m| _ = m.counts.insert("x".into(), [("2026-2-1".into(), 1)].into())).code(),
        5010
    );
    assert_eq!(refused_when(|m| m.files[0].sm3 = Digest::ZERO).code(), 5001);
}

#[test]
fn a_signed_manifest_with_another_spelling() {
    let (_dir, path) = sample();
    let text = fs::read_to_string(path.join(MANIFEST)).expect("read");
    for other in [
        text.trim_end().to_owned(),
        text.replace(": ", ":"),
        text.replace("\"catalogue\"", "\"surprise\": 1,\n  \"catalogue\""),
        text.replace("\"batch\"", "\"batch\": \"x\",\n  \"batch\""),
        // A count given twice: the readers of some languages take the first, of others the last.
        text.replace("\"2026-10-01\": 2", "\"2026-10-01\": 1,\n      \"2026-10-01\": 2"),
        text.replace("省", "\\u7701"),
        "{}".into(),
        "[".repeat(100_000),
        String::new(),
    ] {
        assert_ne!(other, text);
        sign_bytes(&path, other.as_bytes());
        assert_eq!(refused(&path).code(), 5010, "{other:.200}");
    }
    sign_bytes(&path, &vec![b' '; (16 << 20) + 1]);
    assert_eq!(refused(&path).code(), 5014);
    fs::write(path.join(SIGNATURE), vec![b'a'; 5000]).expect("written");
    fs::write(path.join(MANIFEST), &text).expect("written");
    assert_eq!(refused(&path).code(), 5014);
}

#[cfg(unix)]
#[test]
fn links_are_refused_even_to_the_right_bytes() {
    use std::os::unix::fs::symlink;
    for name in [MANIFEST, SIGNATURE, "files/one.csv"] {
        let (dir, path) = sample();
        let aside = dir.path().join("aside");
        fs::rename(path.join(name), &aside).expect("moved");
        symlink(&aside, path.join(name)).expect("linked");
        assert_eq!(refused(&path).code(), 5015, "{name}");
    }
    let (dir, path) = sample();
    let aside = dir.path().join("aside");
    fs::rename(path.join(FILES), &aside).expect("moved");
    symlink(&aside, path.join(FILES)).expect("linked");
    assert_eq!(refused(&path).code(), 5015);
}

#[test]
fn packing_refuses_and_leaves_nothing() {
    let code = |edit: &dyn Fn(&mut PackTerms)| {
        let mut terms = terms();
        edit(&mut terms);
        let (dir, packed) = pack_with(&terms);
        assert!(!dir.path().join("batch").exists());
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 2, "only the two sources");
        packed.expect_err("refused").code()
    };
    assert_eq!(code(&|t| t.expires = now()), 5032);
    assert_eq!(code(&|t| t.roles.division = "none".into()), 5033);
    assert_eq!(code(&|t| t.roles.key = vec!["none".into()]), 5033);
    assert_eq!(code(&|t| t.roles.key.clear()), 5032);
    assert_eq!(code(&|t| std::mem::swap(&mut t.period.from, &mut t.period.to)), 5032);
    assert_eq!(code(&|t| t.batch = "x".repeat(300)), 5014);

    let (dir, path) = sample();
    let mut files = sources(dir.path());
    let again = |files: &[PackFile], out: &Path| {
        pack(files, &terms(), &mut count_raw, &key(1), now(), out).expect_err("refused").code()
    };
    assert_eq!(again(&files, &path), 5031);
    assert_eq!(again(&[], &dir.path().join("b")), 5032);
    files[1].name = Some("one.csv".into());
    assert_eq!(again(&files, &dir.path().join("b")), 5013);
    files[1].name = Some("../x".into());
    assert_eq!(again(&files, &dir.path().join("b")), 5012);
    files[1].name = None;
    fs::write(dir.path().join("two.csv"), b"").expect("emptied");
    assert_eq!(again(&files, &dir.path().join("b")), 5034);
    files[1].source.path = Some(dir.path().join("none"));
    assert_eq!(again(&files, &dir.path().join("b")), 5030);
    files[1].source.path = None;
    assert_eq!(again(&files, &dir.path().join("b")), 5032);
    assert!(!dir.path().join("b").exists());
}

/// A provider may claim what is not so: that is for the verification to find, not for the opening.
#[test]
fn a_false_count_opens() {
    let (_dir, path) = sample();
    let mut manifest = Manifest::from_bytes(&fs::read(path.join(MANIFEST)).expect("read")).expect("own form");
    *manifest.counts.get_mut("990101").expect("counted").get_mut("2026-10-01").expect("counted") += 37;
    manifest.sign_into(&path, &key(1)).expect("signed");
    let opened = open(&path, &party("county"), &providers(), now()).expect("sound");
    assert_eq!(opened.manifest().counted(), 42);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_packed_opens_with_exact_counts(
        rows in proptest::collection::vec((0u8..4, 1i8..29), 1..60), split in 0usize..60, name in "[a-z\u{4e00}-\u{4fff}]{1,20}",
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let split = split.min(rows.len() - 1);
        let mut files = Vec::new();
        for (part, rows) in [&rows[..split], &rows[split..]].into_iter().enumerate().filter(|(_, r)| !r.is_empty()) {
            let mut text = "aac002,aab301,gxsj\n".to_owned();
            for (i, (division, day)) in rows.iter().enumerate() {
                text += &format!("k{i},99010{division},2026-10-{day:02} 12:00:00\n");
            }
            let path = dir.path().join(format!("{part}.csv"));
            fs::write(&path, text).expect("written");
            let source = Source { path: Some(path), ..Source::default() };
            files.push(PackFile { source, name: Some(format!("{name}{part}.csv")) });
        }
        let out = dir.path().join("out");
        let manifest = pack(&files, &terms(), &mut count_raw, &key(1), now(), &out).expect("packed");
        prop_assert_eq!(&Manifest::from_bytes(&manifest.to_bytes()).expect("own form"), &manifest);
        let opened = open(&out, &party("county"), &providers(), now()).expect("sound");
        prop_assert_eq!(opened.manifest(), &manifest);
        let mut expected = DivisionCounts::new();
        for (division, day) in &rows {
            *expected.entry(format!("99010{division}")).or_default().entry(format!("2026-10-{day:02}")).or_default() += 1;
        }
        prop_assert_eq!(&manifest.counts, &expected);
    }

    #[test]
    fn no_manifest_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Manifest::from_bytes(&bytes).is_err());
    }
}
