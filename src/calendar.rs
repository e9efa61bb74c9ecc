//! Business time: calendars, durations, due dates.

/// A calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    name: std::sync::Arc<str>,
}

impl Calendar {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// How durations end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conventions;
