//! Scalars as authors write them.

use rust_decimal::Decimal;

use crate::value::Unit;

/// A range of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRange {
    /// Lower bound and whether it is included.
    pub min: Option<(Decimal, bool)>,
    /// Upper bound and whether it is included.
    pub max: Option<(Decimal, bool)>,
    /// The unit, if one was written.
    pub unit: Option<Unit>,
}

/// What is wrong with a scalar.
#[derive(Debug)]
pub struct ScalarProblem;

/// An exact decimal.
pub fn decimal(text: &str) -> Result<Decimal, ScalarProblem> {
    Decimal::from_str_exact(text).map_err(|_| ScalarProblem)
}
