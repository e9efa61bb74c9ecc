//! The one integration binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

<<<<<<< HEAD
mod corpus;
mod examples;
mod properties;
=======
mod cli;
mod corpus;
mod examples;
>>>>>>> cli
mod scenarios;
mod tidy;
