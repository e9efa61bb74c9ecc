//! `rulebook` turns a company's written regulation into software that runs, explains itself and can be tested.
#![allow(dead_code)] // while the floors are laid

mod calendar;
mod diag;
mod engine;
mod error;
mod explain;
mod lang;
mod model;
mod period;
mod quantity;
mod record;
mod scalar;
mod script;
mod source;
mod syntax;
mod value;
mod zone;

#[cfg(any())]
#[doc(hidden)]
pub mod cli;

pub use error::{Error, ErrorKind, Result};
pub use model::Policy;
