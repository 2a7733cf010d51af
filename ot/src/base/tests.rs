use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn context() -> Digest {
    Digest::sha256(b"contract")
}

#[test]
fn the_chosen_key_and_no_other() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let choices = F128::random(&mut rng);
    let (choosing, message) = Choosing::new(&context(), choices, &mut rng);
    assert_eq!(message.len(), CHOICES_BYTES);
    let (pairs, answers) = deal(&context(), &message, &mut rng).unwrap();
    assert_eq!(answers.len(), ANSWERS_BYTES);
    let keys = choosing.finish(&answers).unwrap();
    for (i, (pair, &key)) in pairs.iter().zip(&*keys).enumerate() {
        let choice = (choices.0 >> i & 1) as usize;
        assert_eq!(pair[choice], key, "transfer {i}");
        assert_ne!(pair[1 - choice], key, "transfer {i}");
    }
}

#[test]
fn what_is_no_point_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let (choosing, mut message) = Choosing::new(&context(), F128(0), &mut rng);
    let (_, mut answers) = deal(&context(), &message, &mut rng).unwrap();
    message[3 * ELEMENT_BYTES..4 * ELEMENT_BYTES].fill(0xff);
    assert!(matches!(deal(&context(), &message, &mut rng), Err(Misstep::BadPoint { index: 3, .. })));
    answers[..ELEMENT_BYTES].fill(0);
    assert!(matches!(choosing.finish(&answers), Err(Misstep::BadPoint { index: 0, .. })));
}

#[test]
fn keys_of_another_context_are_others() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let (choosing, message) = Choosing::new(&context(), F128(0), &mut rng);
    let (pairs, answers) = deal(&Digest::sha256(b"another"), &message, &mut rng).unwrap();
    let keys = choosing.finish(&answers).unwrap();
    assert!(pairs.iter().zip(&*keys).all(|(pair, key)| !pair.contains(key)));
}
