use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

mod enumerate;
mod light;

const PLACES: usize = 2_000;

fn compress(code: &Code, vector: &[F128], n: usize) -> Vec<F128> {
    let mut state = code.begin();
    let (one, two) = vector.split_at(vector.len() / 3);
    code.take(&mut state, one);
    code.take(&mut state, two);
    let mut replayed = Vec::new();
    code.replay(&state, 100, |elements| replayed.extend_from_slice(elements));
    assert_eq!(replayed, vector);
    // The same once more in the same room.
    let mut first = code.finish(&mut state, n).clone();
    code.restart(&mut state);
    code.take(&mut state, vector);
    first.truncate(n);
    assert_eq!(first, code.finish(&mut state, n)[..n]);
    // And given away as they come.
    code.restart(&mut state);
    code.take(&mut state, vector);
    let mut given = vec![F128::ZERO; n];
    code.finish_each(&mut state, (1, &mut given), |entries, out| out.copy_from_slice(entries));
    assert_eq!(first, given);
    // And in the room of one vector.
    code.restart(&mut state);
    code.take(&mut state, vector);
    assert_eq!(first, code.finish_one(state, n));
    let mut last = code.begin();
    code.take(&mut last, vector);
    assert_eq!(first, Code::new(vector.len()).finish_last(last, n));
    first
}

#[test]
fn shuffles_are_permutations() {
    for places in [2, 100, PLACES, 40_000] {
        let buckets = Buckets::new(1, places);
        let locals = locals(2, &buckets);
        assert_eq!(buckets.starts[BUCKETS], places);
        for range in buckets.ranges() {
            let mut seen = locals[range].to_vec();
            seen.sort_unstable();
            assert!(seen.iter().copied().eq(0..seen.len() as u16), "{places}");
        }
    }
}

/// The same by matrices in the textbook's order.
#[test]
fn is_the_product_of_its_parts() {
    let code = Code::new(PLACES);
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let start: Vec<F128> = (0..PLACES).map(|_| F128::random(&mut rng)).collect();
    let mut vector = start.clone();
    for (buckets, locals) in code.buckets.iter().zip(&code.locals) {
        for i in 1..PLACES {
            let before = vector[i - 1];
            vector[i] += before;
        }
        let mut sorted: Vec<usize> = (0..PLACES).collect();
        sorted.sort_by_key(|&i| buckets.of[i]);
        let place = |range: Range<usize>| {
            locals[range.clone()].iter().map(move |&local| range.start + usize::from(local))
        };
        vector = buckets.ranges().flat_map(place).map(|at| vector[sorted[at]]).collect();
    }
    let half = PLACES / 2;
    let mut stream = Stream::new(5, PLACES);
    let mut expected = vector[..half].to_vec();
    for block in (0..half).step_by(SIGMA) {
        let mut rows = [F128::ZERO; SIGMA / 4];
        // The whole stream, in pieces of another size than the code takes.
        stream.fill(&mut rows);
        for (row, entry) in expected[block..].iter_mut().take(SIGMA).enumerate() {
            for (column, &input) in vector[half + block..].iter().take(SIGMA).enumerate() {
                if rows[row / 4].0 >> (row % 4 * 32 + column) & 1 == 1 {
                    *entry += input;
                }
            }
        }
    }
    assert_eq!(compress(&code, &start, half), expected);
    assert_eq!(compress(&code, &start, 77), expected[..77]);
}

/// Linear, and nothing goes in that does not come out: every place changes about half of the entries.
#[test]
fn every_place_counts() {
    let code = Code::new(PLACES);
    for place in (0..PLACES).step_by(97).chain([PLACES - 1]) {
        let mut unit = vec![F128::ZERO; PLACES];
        unit[place] = F128::ONE;
        let weight = compress(&code, &unit, PLACES / 2).iter().filter(|&&entry| entry != F128::ZERO).count();
        assert!(weight > 0, "place {place}");
    }
}

/// Entries made in pieces, several of each, are those made in one go.
#[test]
fn pieces_are_of_one_vector() {
    let (n, mut rng) = (2 * PIECE + 512, ChaCha20Rng::seed_from_u64(8));
    let code = Code::new(2 * n + 64);
    let vector: Vec<F128> = (0..code.places()).map(|_| F128::random(&mut rng)).collect();
    let mut state = code.begin();
    code.take(&mut state, &vector);
    let whole = code.finish(&mut state, n).clone();
    code.restart(&mut state);
    code.take(&mut state, &vector);
    let mut sums = vec![F128::ZERO; n / 16];
    code.finish_each(&mut state, (16, &mut sums), |entries, out| {
        for (sum, entries) in out.iter_mut().zip(entries.chunks(16)) {
            *sum = entries.iter().fold(F128::ZERO, |sum, &entry| sum + entry);
        }
    });
    let expected = whole[..n].chunks(16).map(|part| part.iter().fold(F128::ZERO, |sum, &entry| sum + entry));
    assert!(sums.into_iter().eq(expected));
}
