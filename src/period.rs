//! stub
use chrono::NaiveDate;
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    Month,
    Quarter,
    HalfYear,
    Year,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    kind: PeriodKind,
    first: NaiveDate,
}
impl Period {
    pub fn of(kind: PeriodKind, first: NaiveDate) -> Period {
        Period { kind, first }
    }
    pub fn parse(_t: &str) -> Option<Period> {
        None
    }
    pub fn kind(&self) -> PeriodKind {
        self.kind
    }
    pub fn first_day(&self) -> NaiveDate {
        self.first
    }
    pub fn last_day(&self) -> NaiveDate {
        self.first
    }
    pub fn next(&self) -> Period {
        *self
    }
}
impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.first)
    }
}
