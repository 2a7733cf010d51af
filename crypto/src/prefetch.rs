//! Asking for memory before it is needed.

/// Asks the processor to bring `slice[at]` close: nothing waits for it and nothing changes. Nothing happens where there is
/// no such element, or no way to ask.
#[inline(always)]
pub fn prefetch<T>(slice: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(element) = slice.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        #[allow(unsafe_code)]
        // SAFETY: every x86-64 processor has the instruction, and the address is that of an element.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, at);
}

#[cfg(test)]
mod tests {
    use super::prefetch;

    #[test]
    fn nothing_changes() {
        let words = [1, 2, 3];
        (0..5).for_each(|at| prefetch(&words, at));
        prefetch::<u64>(&[], 0);
        assert_eq!(words, [1, 2, 3]);
    }
}
