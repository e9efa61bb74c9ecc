//! stub
use crate::lang::Message;
use crate::value::Duration;
use chrono::{DateTime, NaiveDate, Utc};
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    name: std::sync::Arc<str>,
}
pub struct TimeError;
impl TimeError {
    pub fn message(&self) -> Message {
        Message::plain("x")
    }
}
type R<T> = Result<T, TimeError>;
impl Calendar {
    pub fn name(&self) -> &str {
        &self.name
    }
    pub fn add(&self, s: DateTime<Utc>, _d: Duration, _c: &Conventions) -> R<DateTime<Utc>> {
        Ok(s)
    }
    pub fn at_share(
        &self,
        s: DateTime<Utc>,
        _d: Duration,
        _x: rust_decimal::Decimal,
        _c: &Conventions,
    ) -> R<DateTime<Utc>> {
        Ok(s)
    }
    pub fn nth_working_day(&self, s: NaiveDate, _n: u32) -> R<NaiveDate> {
        Ok(s)
    }
    pub fn last_working_day(&self, s: NaiveDate) -> R<NaiveDate> {
        Ok(s)
    }
    pub fn close_of(&self, _s: NaiveDate) -> R<Option<DateTime<Utc>>> {
        Ok(None)
    }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conventions;
