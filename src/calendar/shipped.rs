//! Calendars that ship with the crate, as the YAML that a policy could have written.

/// China mainland: office hours, statutory days off and make-up days of 2024 to 2026.
pub const CN_OFFICE: &str = include_str!("../../policies/calendars/cn-office.yaml");

/// Every calendar that ships: its name and its YAML text.
pub const SHIPPED: &[(&str, &str)] = &[("cn-office", CN_OFFICE)];
