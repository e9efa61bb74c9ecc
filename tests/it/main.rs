//! The one integration binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

mod cli;
mod clocks;
mod compose;
mod corpus;
mod crash;
mod differential;
#[cfg(feature = "sqlite")]
mod due;
mod duties;
mod examples;
mod hostile;
mod load;
mod pauses;
mod peers;
mod properties;
mod relays;
mod scenarios;
mod statecharts;
mod tidy;
mod time;
