//! Quantiles: `MEDIAN(x)`, `PERCENTILE_CONT(q) WITHIN GROUP (ORDER BY x)`, `PERCENTILE_DISC`, `APPROX_PERCENTILE_CONT(x, q)`.
//!
//! All are one figure: none of them shows the value of one row, so that it is of no matter between which two it lies.

use super::read::unsupported;
use crate::error::SandboxError;
use datafusion::sql::sqlparser::ast::{Expr, OrderByExpr, OrderByOptions, Value as Literal};

/// The whole, in the parts that are told apart.
pub(crate) const WHOLE: u32 = 1_000_000;

/// Whether a function is a quantile.
pub(super) fn is_quantile(name: &str) -> bool {
    matches!(name, "median" | "percentile_cont" | "percentile_disc" | "approx_percentile_cont")
}

/// What stands after `WITHIN GROUP`, in rising order; nothing where it is something else.
pub(super) fn ordered(within_group: &[OrderByExpr]) -> Option<Option<&Expr>> {
    match within_group {
        [] => Some(None),
        [
            OrderByExpr {
                expr,
                options: OrderByOptions { asc: None | Some(true), nulls_first: None },
                with_fill: None,
            },
        ] => Some(Some(expr)),
        _ => None,
    }
}

/// Which part of the rows is below, in millionths.
pub(super) fn part(name: &str, part: Option<&Expr>, expr: &Expr) -> Result<u32, SandboxError> {
    let wrong = || unsupported("quantile", expr);
    match (name, part) {
        ("median", None) => Ok(WHOLE / 2),
        ("median", Some(_)) | (_, None) => Err(wrong()),
        (_, Some(Expr::Value(literal))) => match &literal.value {
            Literal::Number(digits, false) => millionths(digits).ok_or_else(wrong),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// A number from 0 to 1 with at most six digits behind the point.
fn millionths(digits: &str) -> Option<u32> {
    let (whole, point) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if point.len() > 6 || whole.len() > 1 || !plain(whole) || !plain(point) {
        return None;
    }
    let part: u32 = format!("0{whole}{point:0<6}").parse().ok()?;
    (part <= WHOLE).then_some(part)
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_are_read_exactly() {
        for (text, part) in [
            ("0.5", 500_000),
            (".25", 250_000),
            ("1", 1_000_000),
            ("0", 0),
            ("0.000001", 1),
            ("1.0", 1_000_000),
        ] {
            assert_eq!(super::millionths(text), Some(part), "{text}");
        }
        for text in ["1.1", "2", "50", "0.0000001", "1e-1", "0.5x", "99999999999999"] {
            assert_eq!(super::millionths(text), None, "{text}");
        }
    }
}
