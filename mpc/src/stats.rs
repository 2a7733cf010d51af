//! What a department asks for: figures over columns of the same rows.
//!
//! Whole numbers stay whole: counts, sums and sums of products are exact, whatever the number of rows, because a column says
//! how many bits its values have ([`Column`]) and whatever would not fit is computed in limbs or refused
//! ([`MpcError::TooLarge`]) before anything is sent. What is worked out from them is worked out in the clear, from
//! what is opened, in double precision.
//!
//! | figure | function | opened beside it |
//! |---|---|---|
//! | count, sum, mean, variance, standard deviation | [`moments()`] | sums and sums of squares: they follow from the figures |
//! | covariance, correlation | [`moments()`] | sums and sums of products |
//! | linear regression, R² | [`moments()`], [`regression::linear`] | the same |
//! | weighted mean | [`moments()`], [`Moments::weighted_mean`] | sums of products |
//! | t test | [`difference::between`] | count, sum and sum of squares of both groups |
//! | two-way table, chi-square | [`difference::two_way`] | the cells that the rule shows |
//! | median and quantiles | [`order::quantiles`] | values of one or two ranks for each |
//! | least and greatest | [`order::range`] | nothing |
//! | Gini coefficient, concentration | [`inequality`] | the sum, the sum weighted by rank, the sums of the greatest |
//! | logistic regression | [`logistic`] | see there |
//! | Kaplan–Meier curve | [`survival`] | events and exits of each step |
//!
//! Every function takes the least group that may be shown ([`Rule`]): whether there are enough rows is decided on shares
//! and opened as a single bit; without it nothing else opens, and the answer is `None`.

mod column;
pub mod difference;
pub mod distributions;
pub mod inequality;
pub mod logistic;
mod moments;
pub mod order;
pub mod regression;
pub mod survival;
pub(crate) mod wide;

pub(crate) use column::limb_bits;
pub use column::{Column, whole};
pub use moments::{Moments, moments};
pub use wide::Wide;

#[cfg(doc)]
use crate::MpcError;
#[cfg(doc)]
use crate::release::Rule;

#[cfg(test)]
mod tests;
