//! The one integration binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

mod cli;
mod corpus;
mod crash;
mod duties;
mod examples;
mod hostile;
mod load;
mod properties;
mod scenarios;
mod tidy;
mod time;
