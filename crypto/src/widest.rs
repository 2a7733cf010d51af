//! Compiling a loop for the widest registers that the processor has, without a line of special instructions: the
//! compiler gets to use them for moves and exclusive-ors of whole lines of the cache.

/// A loop, or several. Everything that is to be compiled for wide registers must be inlined into [`Self::run`], which
/// must be `#[inline(always)]` itself.
pub trait Work {
    /// What comes out.
    type Output;
    /// Does it.
    fn run(self) -> Self::Output;
}

/// Runs work as it was compiled for this processor: with AVX-512 where it is, else as for every processor.
pub fn run<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
        {
            #[allow(unsafe_code)]
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { wide(work) };
        }
    }
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn wide<W: Work>(work: W) -> W::Output {
    work.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sum<'a>(&'a [u64]);

    impl Work for Sum<'_> {
        type Output = u64;
        #[inline(always)]
        fn run(self) -> u64 {
            self.0.iter().fold(0, |sum, word| sum ^ word)
        }
    }

    #[test]
    fn work_is_done() {
        let words: Vec<u64> = (0..1000).map(|i| i * i).collect();
        assert_eq!(run(Sum(&words)), Sum(&words).run());
    }
}
