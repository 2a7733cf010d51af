//! Registration numbers of enterprises before the credit code: 15 digits by GS 15-2006 (工商注册号).
//!
//! Six digits of registering office, eight of sequence, one check digit by ISO 7064 MOD 11,10. It is another
//! kind of identifier than a credit code, and there is no computing the one from the other.

/// The check digit over the first 14 digits.
pub fn check_digit(first_14: &[u8]) -> Option<u8> {
    if first_14.len() != 14 || !first_14.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let product = first_14.iter().fold(10u32, |product, digit| {
        let sum = (product + u32::from(digit - b'0')) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    Some(b'0' + ((11 - product) % 10) as u8)
}

/// Is the text 15 digits with the right check?
pub fn is_valid(number: &[u8]) -> bool {
    matches!(number, [first @ .., check] if check_digit(first) == Some(*check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample() {
        // The sample number of GS 15-2006.
        assert!(is_valid(b"110108000000016"));
        assert!(
            !is_valid(b"110108000000017") && !is_valid(b"11010800000001") && !is_valid(b"11010800000001X")
        );
    }

    /// ISO/IEC 7064: MOD 11,10 finds every single substitution.
    #[test]
    fn every_changed_digit_is_caught() {
        for at in 0..15 {
            for digit in b'0'..=b'9' {
                let mut number = *b"110108000000016";
                number[at] = digit;
                assert_eq!(is_valid(&number), number == *b"110108000000016");
            }
        }
    }
}
