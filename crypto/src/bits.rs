//! Bits of many words, put side by side.

/// Transposes a square of bits: bit j of word i becomes bit i of word j (H. Warren, "Hacker's Delight", 2nd edition,
/// section 7-3).
pub fn transpose(square: &mut [u64; 64]) {
    let mut mask = u64::MAX >> 32;
    let mut width = 32;
    while width > 0 {
        for rows in square.chunks_exact_mut(2 * width) {
            let (upper, lower) = rows.split_at_mut(width);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let swap = (*upper >> width ^ *lower) & mask;
                *upper ^= swap << width;
                *lower ^= swap;
            }
        }
        width /= 2;
        mask ^= mask << width;
    }
}

/// The lowest P bits of 64 bytes: bit i of word p is bit p of byte i.
pub fn planes<const P: usize>(bytes: &[u8; 64]) -> [u64; P] {
    let mut planes = [0; P];
    for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        for (p, plane) in planes.iter_mut().enumerate() {
            // Bit 8i of the masked word times bit 56 − 7i of the factor is bit 56 + i of the product.
            let gathered = (word >> p & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            *plane |= gathered << (8 * at);
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    #[test]
    fn a_square_is_transposed() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let before: [u64; 64] = std::array::from_fn(|_| rng.next_u64());
        let mut after = before;
        transpose(&mut after);
        for (i, word) in before.iter().enumerate() {
            for (j, column) in after.iter().enumerate() {
                assert_eq!(word >> j & 1, column >> i & 1);
            }
        }
    }

    #[test]
    fn planes_are_bits_of_bytes() {
        let mut bytes = [0; 64];
        ChaCha20Rng::seed_from_u64(2).fill_bytes(&mut bytes);
        for (p, plane) in planes::<8>(&bytes).into_iter().enumerate() {
            for (i, byte) in bytes.iter().enumerate() {
                assert_eq!(plane >> i & 1, u64::from(byte >> p & 1));
            }
        }
    }
}
