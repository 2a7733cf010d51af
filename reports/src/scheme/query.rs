//! The query of a proof (section 7.3.4): the same numbers as the crate's, in a third of the multiplications.
//!
//! The polynomial of a wire is given by its values at the P-th roots of unity, 0 where the circuit made no call, and is asked
//! for at one point t. Written out in the Lagrange basis at t, which all wires share, it is a sum over the inputs: nothing is
//! stored for each wire and call, and no input is multiplied by its power of joint randomness and again by the basis.
//!
//! The polynomial of the gadget, of degree 2P - 2, is given by 2P - 1 of its values at the 2P-th roots; the circuit's calls
//! are among these, and so nothing is interpolated before the point itself.
//!
//! That the numbers are the crate's is a test, with every published vector.

use prio::field::NttFriendlyFieldElement;
use prio::flp::Flp;

/// What follows from the circuit alone.
pub(crate) struct Plan<F> {
    calls: usize,
    arity: usize,
    /// The 2P-th roots of unity: those of order P are every second.
    roots: Vec<F>,
    /// 1/P and 1/2P.
    inverses: [F; 2],
    half: F,
}

impl<F: NttFriendlyFieldElement> Plan<F> {
    /// Of a circuit with one gadget, of degree 2.
    pub(crate) fn of(circuit: &impl Flp<Field = F>) -> Self {
        let gadgets = circuit.gadget();
        let [gadget] = gadgets.as_slice() else { panic!("every circuit of ours has one gadget") };
        assert_eq!(gadget.degree(), 2, "every gadget of ours is of degree 2");
        let calls = gadget.calls();
        let p = (1 + calls).next_power_of_two();
        let log = p.ilog2() as usize;
        let root = F::root(log + 1).expect("circuits are far smaller than the field's largest root");
        let roots = std::iter::successors(Some(F::one()), |last| Some(*last * root)).take(2 * p).collect();
        let half = F::half();
        let halves = |times| std::iter::repeat_n(half, times).fold(F::one(), |x, y| x * y);
        Self { calls, arity: gadget.arity(), roots, inverses: [halves(log), halves(log + 1)], half }
    }

    fn p(&self) -> usize {
        self.roots.len() / 2
    }

    /// Whether t may be asked: at a root of unity a wire's value would be an input.
    pub(crate) fn admits(&self, t: F) -> bool {
        let power = (0..self.p().ilog2()).fold(t, |x, _| x * x);
        power != F::one()
    }

    /// What the gadget is said to have returned, call by call.
    pub(crate) fn returned<'g>(&self, gadget: &'g [F]) -> impl Iterator<Item = F> + use<'g, F> {
        gadget.iter().skip(2).step_by(2).take(self.calls).copied()
    }

    /// The seeds of the wires, and the values of the gadget's polynomial.
    pub(crate) fn parts<'p>(&self, proof: &'p [F]) -> (&'p [F], &'p [F]) {
        proof.split_at(self.arity)
    }

    /// The Lagrange basis of the P-th roots at t: as many as there are calls, and that of the seeds before them.
    fn basis(&self, t: F) -> Vec<F> {
        let roots = self.roots.iter().step_by(2);
        let mut basis = Vec::with_capacity(self.p());
        let mut product = self.inverses[0];
        for root in roots.clone() {
            basis.push(product * *root);
            product *= t - *root;
        }
        product = F::one();
        for (value, root) in basis.iter_mut().zip(roots).rev() {
            *value *= product;
            product *= t - *root;
        }
        basis.truncate(1 + self.calls);
        basis
    }

    /// The gadget's polynomial at t.
    pub(crate) fn gadget_at(&self, gadget: &[F], t: F) -> F {
        // That there is no term of degree 2P - 1 says what the last value is: the sum of all values, each times its root,
        // is 0.
        let (mut sum, mut product, mut all) = (F::zero(), F::one(), F::zero());
        let (last, roots) = self.roots.split_last().expect("there are roots");
        for (value, root) in gadget.iter().zip(roots) {
            let (weighted, difference) = (*value * *root, t - *root);
            all += weighted;
            sum = sum * difference + weighted * product;
            product *= difference;
        }
        sum = sum * (t - *last) - all * product;
        sum * self.inverses[1]
    }

    /// The one wire of a gadget that takes the inputs one by one, at t.
    pub(crate) fn wire_at(&self, seed: F, inputs: &[F], t: F) -> F {
        let basis = self.basis(t);
        let terms = basis[1..].iter().zip(inputs);
        terms.fold(basis[0] * seed, |sum, (weight, input)| sum + *weight * *input)
    }

    /// The wires of a gadget that takes a chunk of inputs at a time, in pairs: each input times a power of the chunk's joint
    /// randomness, and the input less half of 1 (one of two shares), at t.
    pub(crate) fn pairs_at(&self, seeds: &[F], inputs: &[F], joint: &[F], t: F) -> Vec<F> {
        let basis = self.basis(t);
        let offset = self.half * basis[1..].iter().fold(F::zero(), |sum, weight| sum + *weight);
        let mut wires: Vec<F> = seeds.iter().map(|seed| *seed * basis[0]).collect();
        wires.iter_mut().skip(1).step_by(2).for_each(|wire| *wire -= offset);
        for ((inputs, joint), weight) in inputs.chunks(self.arity / 2).zip(joint).zip(&basis[1..]) {
            let mut power = *weight;
            for (pair, input) in wires.chunks_exact_mut(2).zip(inputs) {
                power *= *joint;
                pair[0] += power * *input;
                pair[1] += *weight * *input;
            }
        }
        wires
    }
}
