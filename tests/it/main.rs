//! The one integration binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

mod chart_reference;
mod cli;
mod clocks;
#[cfg(feature = "sqlite")]
mod closing;
mod compose;
mod corpus;
mod crash;
mod differential;
#[cfg(feature = "sqlite")]
mod due;
mod duties;
mod examples;
mod graph;
mod hostile;
mod load;
mod migrations;
mod pauses;
mod peers;
mod people;
mod properties;
mod relays;
mod revisions;
mod scenarios;
mod statecharts;
mod tidy;
mod time;
