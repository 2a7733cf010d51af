//! `vectors.json`: made with other libraries, and agreed with a SecretFlow party on the wire.

use super::super::cipher::with_key;
use super::super::handshake::Cut;
use super::super::msg::{EcdhPsiCipherBatch, Stage};
use super::super::{Profile, Suite, key};
use prost::Message as _;
use serde_json::Value;
use yinshu_crypto::sm2::{self, Hash};

fn file() -> Value {
    serde_json::from_str(include_str!("vectors.json")).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("text")).expect("hex")
}

fn key_of(value: &Value) -> [u8; 32] {
    bytes(value).try_into().expect("32 bytes")
}

#[test]
fn curve25519() {
    let file = file();
    let suite = Suite::Curve25519Sha256;
    let (a, b) = (with_key(suite, key_of(&file["key_a"])), with_key(suite, key_of(&file["key_b"])));
    for item in file["items"].as_array().expect("a list") {
        let text = item["utf8"].as_str().expect("text").as_bytes();
        let (enc_a, enc_b) = (a.mask(&[text]), b.mask(&[text]));
        assert_eq!((&enc_a, &enc_b), (&bytes(&item["enc_a"]), &bytes(&item["enc_b"])));
        let dual = b.raise(&enc_a, 0).expect("points");
        assert_eq!((&dual, &dual), (&bytes(&item["dual"]), &a.raise(&enc_b, 0).expect("points")));
        assert_eq!(Cut::Last(12).of(suite, &dual), bytes(&item["dual_tail12"]));
        assert_eq!(Cut::Low(12).of(suite, &dual), bytes(&item["spec_low96"]));
    }
}

#[test]
fn sm2_points() {
    for item in file()["sm2"].as_array().expect("a list") {
        let text = item["utf8"].as_str().expect("text").as_bytes();
        for (hash, name) in [(Hash::Sha256, "sha256"), (Hash::Sm3, "sm3")] {
            let point = sm2::vartime_hash_to_point(hash, text);
            assert_eq!(point.encode().to_vec(), bytes(&item[name]["point_compressed"]), "{name}");
        }
    }
}

#[test]
fn batches() {
    let file = file();
    let first = bytes(&file["EcdhPsiCipherBatch_0"]);
    let batch = EcdhPsiCipherBatch::read(&first, Profile::SecretFlow, Stage::First, 0, 32).expect("a batch");
    assert_eq!((batch.count, batch.is_last_batch), (3, false));
    let enc: Vec<u8> =
        file["items"].as_array().expect("a list").iter().flat_map(|item| bytes(&item["enc_a"])).collect();
    assert_eq!(batch.ciphertext, enc);
    assert_eq!(batch.encode_to_vec(), first);
    let last = bytes(&file["EcdhPsiCipherBatch_last"]);
    let batch = EcdhPsiCipherBatch::read(&last, Profile::SecretFlow, Stage::First, 1, 32).expect("a batch");
    assert_eq!((batch.count, batch.is_last_batch), (0, true));
    assert_eq!(batch.encode_to_vec(), last);
}

#[test]
fn keys_are_trimmed_and_joined() {
    assert_eq!(key([" 张三\t", "\u{b}11010519491231002X \r\n"]), "张三,11010519491231002X".as_bytes());
    // Blanks that are not ASCII stay.
    assert_eq!(key(["\u{3000}a"]), "\u{3000}a".as_bytes());
    assert_eq!(key([""; 2]), b",");
}

#[test]
fn batches_of_spu() {
    // The start of what `spu` 0.9.3b0 sent as its first batch of 2,001 items, and what its end must be.
    let points = vec![7; 2001 * 32];
    let whole =
        [&hex::decode("08d10f12a0f403").expect("hex")[..], &points, &hex::decode("2a03656e63").expect("hex")]
            .concat();
    let batch = EcdhPsiCipherBatch::read(&whole, Profile::Spu, Stage::First, 0, 32).expect("a batch");
    assert_eq!((batch.count, &batch.ciphertext), (2001, &points));
    assert_eq!(batch.write(Profile::Spu), whole);
    let end = hex::decode("180120012a03656e63").expect("hex");
    let batch = EcdhPsiCipherBatch::read(&end, Profile::Spu, Stage::First, 1, 32).expect("a batch");
    assert_eq!((batch.count, batch.is_last_batch), (0, true));
    assert_eq!(batch.write(Profile::Spu), end);
    let negative = hex::decode("0800182020ffffffff0f2a03656e63").expect("hex");
    assert!(EcdhPsiCipherBatch::read(&negative, Profile::Spu, Stage::First, 1, 32).is_err());
}
