//! `rulebook` turns a company's written regulation into software that runs, explains itself and can be tested.
#![allow(dead_code)] // while the floors are laid

mod analysis;
mod calendar;
mod compile;
mod diag;
mod engine;
mod error;
mod lang;
mod load;
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

pub use compile::{Limits, Options};
pub use diag::{Code, Diagnostic, Fix, Mark, Report, Severity};
pub use error::{Error, ErrorKind, Result};
pub use lang::{Label, Lang, Message};
pub use model::{HostFunction, Policy};
