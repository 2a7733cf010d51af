//! Numbers as the text a clerk would type.

/// A spreadsheet or Parquet number: integers up to 2^53 exactly, without point or exponent; all others with the 15
/// significant digits that spreadsheets keep, so `0.1 + 0.2` is `0.3`, and an identifier of 18 digits comes out as
/// `110105194912310000`, which R04 recognises. From 10^21 on, with an exponent.
pub(super) fn number_text(n: f64) -> String {
    if !n.is_finite() {
        return n.to_string();
    }
    if n.abs() >= 1e21 {
        return format!("{n:E}");
    }
    if n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0 {
        return if n == 0.0 { "0".to_owned() } else { format!("{n}") };
    }
    let rounded: f64 = format!("{n:.14e}").parse().unwrap_or(n);
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::number_text;

    #[test]
    fn numbers_read_as_typed() {
        for (number, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (20_240_101.0, "20240101"),
            (110_105_194_912_310_000.0, "110105194912310000"),
            (990_101_199_003_070_023.0, "990101199003070000"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (1.101_05E17, "110105000000000000"),
            (-12.5, "-12.5"),
            (1e300, "1E300"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
