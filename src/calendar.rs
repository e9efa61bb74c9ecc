//! Business time: calendars, durations, due dates.
