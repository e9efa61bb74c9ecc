//! `rulebook` turns a company's written regulation into software that runs, explains itself and can be tested.
#![allow(dead_code)] // while the floors are laid

mod calendar;
mod diag;
mod error;
mod lang;
mod period;
mod quantity;
mod scalar;
mod script;
mod source;
mod syntax;
mod value;
mod zone;

pub use error::{Error, ErrorKind, Result};
