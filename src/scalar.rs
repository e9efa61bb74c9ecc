//! stub
use crate::value::*;
use rust_decimal::Decimal;
/// stub
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRange {
    pub min: Option<(Decimal, bool)>,
    pub max: Option<(Decimal, bool)>,
    pub unit: Option<Unit>,
}
impl NumberRange {
    pub fn contains(&self, _x: Decimal) -> bool {
        false
    }
}
#[derive(Debug)]
pub struct ScalarProblem;
pub fn decimal(text: &str) -> Result<Decimal, ScalarProblem> {
    Decimal::from_str_exact(text).map_err(|_| ScalarProblem)
}
pub fn quantity(_t: &str) -> Result<Value, ScalarProblem> {
    Err(ScalarProblem)
}
pub fn yes_no(_t: &str) -> Result<bool, ScalarProblem> {
    Err(ScalarProblem)
}
pub fn date(_t: &str) -> Result<chrono::NaiveDate, ScalarProblem> {
    Err(ScalarProblem)
}
pub fn instant(_t: &str, _z: chrono_tz::Tz) -> Result<chrono::DateTime<chrono::Utc>, ScalarProblem> {
    Err(ScalarProblem)
}
pub fn duration(_t: &str) -> Result<Duration, ScalarProblem> {
    Err(ScalarProblem)
}
