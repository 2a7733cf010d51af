//! Arithmetic on values of which the bounds are known: nothing here can leave 64 bits.

use super::{Comparison, Meaning, Typed, Value};
use crate::error::SandboxError;

/// Values, and whatever is worked out on the way, stay within this.
const MOST: i128 = 1 << 62;

/// Digits after the point at most.
const DECIMALS: u32 = 9;

/// A number with its digits after the point and its bounds.
pub(super) struct Number {
    pub(super) value: Value,
    pub(super) decimals: u32,
    pub(super) min: i128,
    pub(super) max: i128,
}

pub(super) fn boxed(value: Value) -> Box<Value> {
    Box::new(value)
}

fn constants(left: &Number, right: &Number) -> bool {
    matches!((&left.value, &right.value), (Value::Number(_), Value::Number(_)))
}

impl Number {
    /// A constant.
    pub(super) fn constant(value: i64, decimals: u32) -> Self {
        Self { value: Value::Number(value), decimals, min: value.into(), max: value.into() }
    }

    /// Checks that all it can be fits.
    pub(super) fn fit(self, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        match self.min >= -MOST && self.max <= MOST && self.decimals <= DECIMALS {
            true => Ok(self),
            false => Err(SandboxError::TooLarge { text: text.to_string() }),
        }
    }

    pub(super) fn typed(self) -> Typed {
        let Self { value, decimals, min, max } = self;
        Typed { value, meaning: Meaning::Number { decimals, min, max } }
    }

    /// A number that was worked out of two constants is one.
    fn folded(self, constants: bool) -> Self {
        match i64::try_from(self.min) {
            Ok(value) if constants && self.min == self.max => Self::constant(value, self.decimals),
            _ => self,
        }
    }

    /// The same number with at least so many digits after the point.
    fn with(self, decimals: u32, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        let Some(more @ 1..) = decimals.checked_sub(self.decimals) else { return Ok(self) };
        let factor =
            10i64.checked_pow(more).ok_or_else(|| SandboxError::TooLarge { text: text.to_string() })?;
        let value = match self.value {
            Value::Number(number) => Value::Number(number.saturating_mul(factor)),
            value => Value::Multiply(boxed(value), boxed(Value::Number(factor))),
        };
        let wide = i128::from(factor);
        let (min, max) = (self.min.saturating_mul(wide), self.max.saturating_mul(wide));
        Self { value, decimals, min, max }.fit(text)
    }

    /// Both with the same digits after the point.
    pub(super) fn aligned(
        left: Self,
        right: Self,
        text: &dyn std::fmt::Display,
    ) -> Result<(Self, Self), SandboxError> {
        let decimals = left.decimals.max(right.decimals);
        Ok((left.with(decimals, text)?, right.with(decimals, text)?))
    }

    pub(super) fn add(self, other: Self, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        let (left, right) = Self::aligned(self, other, text)?;
        let constants = constants(&left, &right);
        let number = Self {
            value: Value::Add(boxed(left.value), boxed(right.value)),
            decimals: left.decimals,
            min: left.min + right.min,
            max: left.max + right.max,
        };
        Ok(number.fit(text)?.folded(constants))
    }

    pub(super) fn subtract(self, other: Self, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        let (left, right) = Self::aligned(self, other, text)?;
        let constants = constants(&left, &right);
        let number = Self {
            value: Value::Subtract(boxed(left.value), boxed(right.value)),
            decimals: left.decimals,
            min: left.min - right.max,
            max: left.max - right.min,
        };
        Ok(number.fit(text)?.folded(constants))
    }

    pub(super) fn multiply(self, other: Self, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        let corners = [self.min, self.max].into_iter();
        let corners = corners.flat_map(|a| [other.min, other.max].map(|b| a.saturating_mul(b)));
        let corners: Vec<i128> = corners.collect();
        let constants = constants(&self, &other);
        let number = Self {
            value: Value::Multiply(boxed(self.value), boxed(other.value)),
            decimals: self.decimals + other.decimals,
            min: corners.iter().copied().min().unwrap_or(0),
            max: corners.iter().copied().max().unwrap_or(0),
        };
        Ok(number.fit(text)?.folded(constants))
    }

    /// The quotient: of whole numbers a whole one, towards zero, as SQL has it; of others with four digits more.
    pub(super) fn divide(self, other: Self, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        let decimals = match (self.decimals, other.decimals) {
            (0, 0) => 0,
            (left, right) => (left.max(right) + 4).min(DECIMALS),
        };
        let divisor = other.value;
        let left = self.with(decimals + other.decimals, text)?;
        let most = left.min.abs().max(left.max.abs());
        let (min, max) = match divisor {
            Value::Number(0) => (0, 0),
            Value::Number(by) => {
                let (a, b) = (left.min / i128::from(by), left.max / i128::from(by));
                (a.min(b), a.max(b))
            }
            _ => (if left.min < 0 || other.min < 0 { -most } else { 0 }, most),
        };
        // A quotient by zero is missing, and no constant.
        let constants = matches!((&left.value, &divisor), (Value::Number(_), Value::Number(1.. | ..=-1)));
        let number = Self {
            decimals: left.decimals - other.decimals,
            min,
            max,
            value: Value::Divide(boxed(left.value), boxed(divisor)),
        };
        Ok(number.fit(text)?.folded(constants))
    }

    pub(super) fn negated(self, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        Self::constant(0, self.decimals).subtract(self, text)
    }

    /// The greatest multiple of 10^-decimals that is not greater.
    pub(super) fn floor(self, decimals: u32, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        let Some(less @ 1..) = self.decimals.checked_sub(decimals) else { return Ok(self) };
        let unit = 10i128.pow(less);
        // Moved so far that nothing is negative, division towards zero is towards less.
        let moved = self.min.div_euclid(unit);
        let start =
            i64::try_from(moved * unit).map_err(|_| SandboxError::TooLarge { text: text.to_string() })?;
        let (min, max) = (moved, self.max.div_euclid(unit));
        let ahead = self.subtract(Self::constant(start, decimals + less), text)?;
        let steps = Value::Divide(boxed(ahead.value), boxed(Value::Number(unit as i64)));
        let value = Value::Add(boxed(steps), boxed(Value::Number(moved as i64)));
        Self { value, decimals, min, max }.fit(text)
    }

    /// The nearest multiple of 10^-decimals, away from zero from the middle.
    pub(super) fn round(self, decimals: u32, text: &dyn std::fmt::Display) -> Result<Self, SandboxError> {
        let Some(less @ 1..) = self.decimals.checked_sub(decimals) else { return Ok(self) };
        let unit = 10i64.pow(less);
        let half = |value: Value, up: bool| {
            let half = boxed(Value::Number(unit / 2));
            let moved = if up { Value::Add(boxed(value), half) } else { Value::Subtract(boxed(value), half) };
            Value::Divide(boxed(moved), boxed(Value::Number(unit)))
        };
        let negative = Value::Compare(Comparison::Less, boxed(self.value.clone()), boxed(Value::Number(0)));
        let value =
            Value::Case(vec![(negative, half(self.value.clone(), false))], boxed(half(self.value, true)));
        let wide = i128::from(unit);
        let (min, max) = (self.min.div_euclid(wide), self.max.div_euclid(wide) + 1);
        Self { value, decimals, min, max }.fit(text)
    }
}
