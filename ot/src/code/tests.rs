use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const PLACES: usize = 2_000;

#[test]
fn shuffles_are_permutations() {
    for places in [2, 100, PLACES, 40_000] {
        let shuffle = Shuffle::new(1, places);
        let mut seen = vec![false; places];
        shuffle.source.iter().for_each(|&at| seen[at as usize] = true);
        assert!(seen.iter().all(|&seen| seen), "{places}");
    }
}

/// The same by matrices in the textbook's order.
#[test]
fn is_the_product_of_its_parts() {
    let code = Code::new(PLACES);
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let start: Vec<F128> = (0..PLACES).map(|_| F128::random(&mut rng)).collect();
    let mut vector = start.clone();
    for shuffle in &code.shuffles {
        for i in 1..PLACES {
            let before = vector[i - 1];
            vector[i] += before;
        }
        let mut free = shuffle.starts;
        let mut moved = vec![F128::ZERO; PLACES];
        for (i, &bucket) in shuffle.bucket.iter().enumerate() {
            moved[free[usize::from(bucket)] as usize] = vector[i];
            free[usize::from(bucket)] += 1;
        }
        vector = shuffle.source.iter().map(|&at| moved[at as usize]).collect();
    }
    let half = PLACES / 2;
    let mut stream = Stream::new(3, PLACES);
    let mut expected = vector[..half].to_vec();
    for block in (0..half).step_by(SIGMA) {
        let mut rows = [F128::ZERO; SIGMA / 4];
        stream.fill(&mut rows);
        for i in block..(block + SIGMA).min(half) {
            for j in block..(block + SIGMA).min(half) {
                let (row, column) = (i - block, j - block);
                if rows[row / 4].0 >> (row % 4 * 32 + column) & 1 == 1 {
                    expected[i] += vector[half + j];
                }
            }
        }
    }
    assert_eq!(code.compress(start.clone(), half), expected);
    assert_eq!(code.compress(start, 77), expected[..77]);
}

/// Linear, and nothing goes in that does not come out: every place changes about half of the entries.
#[test]
fn every_place_counts() {
    let code = Code::new(PLACES);
    for place in (0..PLACES).step_by(97).chain([PLACES - 1]) {
        let mut unit = vec![F128::ZERO; PLACES];
        unit[place] = F128::ONE;
        let weight = code.compress(unit, PLACES / 2).iter().filter(|&&entry| entry != F128::ZERO).count();
        assert!(weight > 0, "place {place}");
    }
}
