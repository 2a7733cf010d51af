//! The proofs of all three parties about their claims, in step with each other.
//!
//! D. Boneh, E. Boyle, H. Corrigan-Gibbs, N. Gilboa, Y. Ishai, "Zero-Knowledge Proofs on Secret-Shared Data via Fully Linear
//! PCPs", CRYPTO 2019, section 5 (inner products, round by round) and 6.2; for three parties E. Boyle, N. Gilboa, Y. Ishai,
//! A. Nof, "Practical Fully Secure Three-Party Computation via Sublinear Distributed Zero-Knowledge Proofs", CCS 2019.

use super::field::{Binary, Field, challenge, random};
use super::fold::{self, Cube};
use super::integers::{self, Factors, SHARE, SUMS, TOTAL};
use super::prime::{Prime, Residue};
use super::record::{Record, Seat, Side};
use super::{Place, bits};
use crate::context::{Context, digest_of, words_of};
use crate::error::MpcError;
use crate::pool;
use crate::ring::B64;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::keystream::KeyStream;
use yinshu_crypto::secret::Secret;

/// Vectors so long, with the two random elements beside them, are left to the last round.
const LAST: usize = 62;

/// How many variables a round has for vectors of a length: few where work counts, many where rounds do.
fn variables(len: usize) -> u32 {
    match len {
        0x2_0000.. => 3,
        0x2000.. => 4,
        _ => 6,
    }
}

/// One challenge for each seat. It is drawn by a key that the two verifiers of a prover share and the prover does not have.
/// Each of them sends a half when it has got all that came before, so that the prover knows nothing of it until it has
/// said everything to both; and beside it a digest of the whole, which tells nothing about the 128 random bits of the half
/// that is missing. The prover says nothing more unless both digests are those of what it combined: one of the verifiers is
/// honest, and tells that of the challenge by which it checks. Were the two different, what verifiers show each other in
/// the end would tell one of them about the prover's factors.
fn challenges(context: &mut Context) -> Result<[KeyStream; 3], MpcError> {
    let role = context.role();
    let [left, right] = draw(context);
    let (to_next, to_previous) = (told(context, &left, 0), told(context, &right, 2));
    let of_left = context.exchange(role.next(), &to_next, role.previous())?;
    let of_right = context.exchange(role.previous(), &to_previous, role.next())?;
    let words = [of_left[0].0, of_left[1].0, of_right[0].0, of_right[1].0];
    let mine = Challenge { step: left.step, words };
    if [&of_left[2..], &of_right[2..]].into_iter().any(|told| told != mine.digest()) {
        return Err(context.suspect("halves of a challenge", role.previous(), role.next()));
    }
    Ok([mine, left, right].map(|challenge| challenge.stream()))
}

/// The words of which a challenge is made: two that its left verifier sends, and two that its right one sends.
struct Challenge {
    step: u32,
    words: [u64; 4],
}

impl Challenge {
    fn stream(&self) -> KeyStream {
        let [a, b, c, d] = self.words.map(u128::from);
        KeyStream::new(&Secret::new(((a ^ c) | (b ^ d) << 64).to_le_bytes()))
    }

    /// Of all words, so that no others have it.
    fn digest(&self) -> [B64; 4] {
        let words = self.words.map(u64::to_le_bytes);
        let parts = [&self.step.to_le_bytes()[..], words.as_flattened()];
        words_of(&Digest::of_parts("yinshu mpc challenge v1", &parts))
    }
}

/// The challenges of the next and of the previous party.
fn draw(context: &mut Context) -> [Challenge; 2] {
    let step = context.advance();
    let [mut left, mut right] = [[0; 4]; 2];
    context.prss().with_previous_words(step.into(), 0, &mut left);
    context.prss().with_next_words(step.into(), 0, &mut right);
    [left, right].map(|words| Challenge { step, words })
}

/// What a verifier sends: its half, which starts at a word, and the digest.
fn told(context: &mut Context, challenge: &Challenge, from: usize) -> Vec<B64> {
    let mut words = challenge.words.map(B64);
    context.twist(Place::Challenge, &mut words[from..from + 2]);
    // Who lies about its half lies about the whole, so that it fits.
    let mut digest = Challenge { step: challenge.step, words: words.map(|word| word.0) }.digest();
    context.twist(Place::Whole, &mut digest);
    [&words[from..from + 2], &digest].concat()
}

/// Gives a prover's message: the left verifier gets the words, of which the right one has a share already.
fn prove(context: &mut Context, mut words: Vec<B64>) -> Result<Vec<B64>, MpcError> {
    let role = context.role();
    context.twist(Place::Proof, &mut words);
    context.exchange(role.previous(), &words, role.next())
}

/// What a party has of one proof: the factors that it knows, and as verifier its share of the sum of their products.
struct Proof<F: Field> {
    field: F,
    left: Vec<F::Element>,
    right: Vec<F::Element>,
    claim: F::Element,
}

/// What both verifiers compare in the end.
struct Last {
    /// By seat: the left verifier's, and the right one's; each of two elements and a digest.
    left: Vec<B64>,
    right: Vec<B64>,
}

/// A prover's values, each shared among its verifiers: what the party gets of those of the two others.
fn share<F: Field>(
    context: &mut Context,
    proofs: &[Proof<F>; 3],
    values: &[F::Element],
) -> Result<[Vec<F::Element>; 2], MpcError> {
    let step = context.advance().into();
    let prss = context.prss();
    let ours = random(&proofs[0].field, values.len(), |out| prss.with_next_words(step, 0, out));
    let right = random(&proofs[2].field, values.len(), |out| prss.with_previous_words(step, 0, out));
    let field = &proofs[0].field;
    let words = values.iter().zip(ours).map(|(&value, ours)| B64(field.word(field.sub(value, ours))));
    let came = prove(context, words.collect())?;
    let left = came.into_iter().map(|word| proofs[1].field.read(word.0)).collect();
    Ok([left, right])
}

/// A round: the prover gives the sums of products at all points but one, which follows from the claim; at a random point
/// that is drawn then, vectors shrink to 2^-k of their length. The last point is not told to the prover, who has nothing to
/// say after it.
fn round<F: Field>(
    context: &mut Context,
    proofs: &mut [Proof<F>; 3],
    variables: u32,
    last: bool,
) -> Result<(), MpcError> {
    let cube = Cube { variables };
    for proof in &mut *proofs {
        for side in [&mut proof.left, &mut proof.right] {
            side.resize(side.len().next_multiple_of(cube.corners()), F::Element::default());
        }
    }
    let mine = &proofs[0];
    let mut products = fold::Products::new(mine.field, cube);
    products.add(&mine.left, &mine.right);
    let came = share(context, proofs, &products.sums()[1..])?;
    let streams = match last {
        true => {
            let [left, right] = draw(context).map(|challenge| challenge.stream());
            [None, Some(left), Some(right)]
        }
        false => challenges(context)?.map(Some),
    };
    let came = [None].into_iter().chain(came.map(Some));
    for ((proof, came), stream) in proofs.iter_mut().zip(came).zip(&streams) {
        let Some(stream) = stream else { continue };
        let field = proof.field;
        let point: Vec<_> =
            (0..variables).map(|variable| challenge(&field, stream, variable.into())).collect();
        if let Some(came) = came {
            proof.claim = cube.value(&field, &whole(&field, cube, proof.claim, came), &point);
        }
        let weights = cube.weights(&field, &point);
        for side in [&mut proof.left, &mut proof.right] {
            let folded = pool::zeros(side.len() / weights.len());
            let before = std::mem::replace(side, folded);
            fold::into_point(&field, &before, &weights, side);
            pool::give(before);
        }
    }
    Ok(())
}

/// A verifier's shares of the values at all points: that at the first follows from its share of the sum over the corners.
fn whole<F: Field>(field: &F, cube: Cube, claim: F::Element, came: Vec<F::Element>) -> Vec<F::Element> {
    let corners = (1..cube.points()).filter(|&point| cube.corner(point).is_some());
    let others = corners.fold(F::Element::default(), |sum, point| field.add(sum, came[point - 1]));
    let mut values = vec![field.sub(claim, others)];
    values.extend(came);
    values
}

/// All rounds. In the last, two random elements are beside the others, one on each side against a zero on the other: what
/// is left of a side is uniform, and may be shown to the other verifier.
fn rounds<F: Field>(context: &mut Context, mut proofs: [Proof<F>; 3]) -> Result<[Proof<F>; 3], MpcError> {
    let len = |proofs: &[Proof<F>; 3]| proofs[0].left.len();
    while len(&proofs) > LAST {
        let variables = variables(len(&proofs));
        round(context, &mut proofs, variables, false)?;
    }
    let (left_step, right_step) = (context.advance().into(), context.advance().into());
    let zero = F::Element::default();
    let prss = context.prss();
    let [mine, left, right] = &mut proofs;
    // Who shares what with whom: the left verifier is before the prover, the right one after it.
    let with_previous = |field: &F, step| random(field, 1, |out| prss.with_previous_words(step, 0, out))[0];
    let with_next = |field: &F, step| random(field, 1, |out| prss.with_next_words(step, 0, out))[0];
    mine.left.extend([with_previous(&mine.field, left_step), zero]);
    mine.right.extend([zero, with_next(&mine.field, right_step)]);
    left.left.extend([with_next(&left.field, left_step), zero]);
    right.right.extend([zero, with_previous(&right.field, right_step)]);
    let variables = len(&proofs).next_power_of_two().ilog2();
    round(context, &mut proofs, variables, true)?;
    Ok(proofs)
}

/// Shows the two verifiers of each prover what the other has, and whether it fits.
fn compare<F: Field>(
    context: &mut Context,
    proofs: &[Proof<F>; 3],
    extra: [[B64; 4]; 2],
) -> Result<(), MpcError> {
    let role = context.role();
    let words = |value: F::Element, proof: &Proof<F>, extra: [B64; 4]| {
        let own = [proof.field.word(value), proof.field.word(proof.claim)];
        own.into_iter().map(B64).chain(extra).collect::<Vec<_>>()
    };
    let [_, left, right] = proofs;
    let mut last =
        Last { left: words(left.left[0], left, extra[0]), right: words(right.right[0], right, extra[1]) };
    context.twist(Place::Verdict, &mut last.left);
    context.twist(Place::Verdict, &mut last.right);
    // The other verifier of the party after this one is the party before it.
    let of_left = context.exchange(role.previous(), &last.left, role.next())?;
    #[cfg(test)]
    if context.deviation.as_ref().is_some_and(|deviation| deviation.solves) {
        // Whatever it is asked, a cheater that speaks last has an answer that fits.
        let read = |word: B64| proofs[2].field.read(word.0);
        let product = proofs[2].field.mul(read(of_left[0]), read(last.right[0]));
        last.right[1] = B64(proofs[2].field.word(proofs[2].field.sub(product, read(of_left[1]))));
        last.right[2..].copy_from_slice(&of_left[2..]);
    }
    let of_right = context.exchange(role.next(), &last.right, role.previous())?;
    let fits = |field: &F, left: &[B64], right: &[B64]| {
        let read = |word: B64| field.read(word.0);
        field.mul(read(left[0]), read(right[0])) == field.add(read(left[1]), read(right[1]))
            && left[2..] == right[2..]
    };
    // As left verifier of the next party this one got what its right verifier, the previous party, has.
    if !fits(&left.field, &last.left, &of_right) {
        return Err(context.suspect("products", role.next(), role.previous()));
    }
    if !fits(&right.field, &of_left, &last.right) {
        return Err(context.suspect("products", role.previous(), role.next()));
    }
    Ok(())
}

/// What each seat knows before the first round that is on vectors.
fn empty<F: Field>(fields: [F; 3], claims: [F::Element; 3]) -> [Proof<F>; 3] {
    let mut all = fields.into_iter().zip(claims);
    std::array::from_fn(|_| {
        let (field, claim) = all.next().expect("one for each seat");
        Proof { field, left: Vec::new(), right: Vec::new(), claim }
    })
}

/// Records so large have a first round of their own, for which their factors are made piece by piece, and made again.
const PIECEMEAL: usize = 1 << 12;

/// Checks the claims about integers.
pub(super) fn integers(context: &mut Context, record: &Record) -> Result<(), MpcError> {
    let streams = challenges(context)?;
    let step = context.advance().into();
    let prss = context.prss();
    let [mut ours, mut right] = [[0; SUMS * SHARE]; 2];
    prss.with_next_words(step, 0, &mut ours);
    prss.with_previous_words(step, 0, &mut right);
    let totals = integers::differences(&integers::totals(record, &streams[0]), &ours);
    let came = prove(context, totals.into_iter().map(B64).collect())?;
    let left: Vec<u64> = came.into_iter().map(|word| word.0).collect();
    // Of every sum one verifier's share less what it knows, modulo 2^64, is what the other one knows less its own share.
    let known = [(Seat::Left, &streams[1]), (Seat::Right, &streams[2])];
    let [known_left, known_right] = known.map(|(seat, stream)| integers::known(record, seat, stream));
    let lowest = |shares: &[u64], words: usize| shares.iter().step_by(words).copied().collect::<Vec<_>>();
    let less = |a: &[u64], b: &[u64]| {
        let words: Vec<B64> = a.iter().zip(b).map(|(a, b)| B64(a.wrapping_sub(*b))).collect();
        words_of(&digest_of(&words))
    };
    let differences = [less(&lowest(&left, TOTAL), &known_left), less(&known_right, &lowest(&right, SHARE))];
    // Only now is it drawn modulo what the sums must be right.
    let primes = challenges(context)?;
    let fields = [0, 1, 2].map(|at| Prime::random(&primes[at], 0));
    let factors = [0, 1, 2].map(|at| Factors::random(&fields[at], &primes[at], 1));
    // A share without sign has a zero above.
    let right: Vec<u64> = right.chunks(SHARE).flat_map(|share| share.iter().copied().chain([0])).collect();
    let claims = [
        Residue::default(),
        factors[1].combine(&fields[1], &left, TOTAL),
        factors[2].combine(&fields[2], &right, SHARE + 1),
    ];
    let mut proofs = empty(fields, claims);
    first_round(context, &mut proofs, record, (&streams, &factors))?;
    let proofs = rounds(context, proofs)?;
    compare(context, &proofs, differences)
}

/// As [`round`], from the record itself; for few claims only what takes no round.
fn first_round(
    context: &mut Context,
    proofs: &mut [Proof<Prime>; 3],
    record: &Record,
    (streams, factors): (&[KeyStream; 3], &[Factors; 3]),
) -> Result<(), MpcError> {
    let cube = Cube { variables: if record.size() < PIECEMEAL { 0 } else { 3 } };
    let corners = cube.corners();
    let mut points = [(); 3].map(|()| Vec::new());
    if cube.variables > 0 {
        let mut products = fold::Products::new(proofs[0].field, cube);
        let field = proofs[0].field;
        integers::pieces(
            (record, Seat::Prover),
            corners,
            (&field, &streams[0], &factors[0]),
            |left, right| {
                products.add(left, right);
            },
        );
        let [left, right] = share(context, proofs, &products.sums()[1..])?;
        let drawn = challenges(context)?;
        for ((proof, point), drawn) in proofs.iter().zip(&mut points).zip(&drawn) {
            *point = (0..cube.variables).map(|at| challenge(&proof.field, drawn, at.into())).collect();
        }
        for ((proof, came), point) in proofs[1..].iter_mut().zip([left, right]).zip(&points[1..]) {
            let field = proof.field;
            proof.claim = cube.value(&field, &whole(&field, cube, proof.claim, came), point);
        }
    }
    for (at, proof) in proofs.iter_mut().enumerate() {
        let field = proof.field;
        let weights = cube.weights(&field, &points[at]);
        let len = 2 * record.size().div_ceil(corners) + 64;
        proof.left = pool::empty(if at == 2 { 0 } else { len });
        proof.right = pool::empty(if at == 1 { 0 } else { len });
        let drawn = (&field, &streams[at], &factors[at]);
        integers::pieces((record, Seat::ALL[at]), corners, drawn, |left, right| {
            fold::at_point(&field, left, &weights, &mut proof.left);
            fold::at_point(&field, right, &weights, &mut proof.right);
        });
    }
    Ok(())
}

/// Checks the claims about bits.
pub(super) fn bits(context: &mut Context, record: &Record) -> Result<(), MpcError> {
    let cube = bits::cube(record);
    let streams = challenges(context)?;
    let fields = [Binary; 3];
    let place = |point: &usize| cube.corner(*point).is_none();
    let values = bits::products(record, cube, &streams[0]);
    let values: Vec<_> = (0..cube.points()).filter(place).map(|point| values[point]).collect();
    let came = share(context, &empty(fields, Default::default()), &values)?;
    let points = challenges(context)?;
    let points = points.map(|stream| {
        (0..cube.variables).map(|at| challenge(&Binary, &stream, at.into())).collect::<Vec<_>>()
    });
    let claim = |seat: Seat, came: &[_], at: usize| {
        let known = bits::known(record, seat, cube, &streams[at]);
        let mut others = came.iter().copied();
        let all = (0..cube.points()).map(|point| match cube.corner(point) {
            Some(corner) => known[corner],
            None => others.next().unwrap_or_default(),
        });
        let value = cube.value(&Binary, &all.collect::<Vec<_>>(), &points[at]);
        value + bits::known_moved(record, seat, &streams[at])
    };
    let claims = [Default::default(), claim(Seat::Left, &came[0], 1), claim(Seat::Right, &came[1], 2)];
    let mut proofs = empty(fields, claims);
    for (at, proof) in proofs.iter_mut().enumerate() {
        let weights = cube.weights(&Binary, &points[at]);
        let side = |side| bits::side(record, Seat::ALL[at], side, (cube, &weights), &streams[at]);
        if at != 2 {
            proof.left = side(Side::Left);
        }
        if at != 1 {
            proof.right = side(Side::Right);
        }
    }
    let proofs = rounds(context, proofs)?;
    compare(context, &proofs, Default::default())
}
