//! `rulebook` turns a company's written regulation into software that runs, explains itself and can be tested.
#![allow(dead_code)] // while the floors are laid

mod analysis;
mod audit;
mod calendar;
mod compile;
mod diag;
mod engine;
mod error;
mod explain;
mod lang;
mod load;
mod model;
mod period;
mod quantity;
mod record;
mod runtime;
mod scalar;
mod scenario;
mod script;
mod source;
mod store;
mod syntax;
mod value;
mod zone;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use audit::{AuditHead, Finding, Hash};
pub use compile::{Limits, Options};
pub use diag::{Code, Diagnostic, Fix, Mark, Report, Severity};
pub use error::{Error, ErrorKind, Result};
pub use lang::{Label, Lang, Message};
pub use model::{HostFunction, Policy};
pub use runtime::{Advanced, Failed, Failure, RunOptions, Runtime, Summary};
pub use scenario::{Facts, Failure as ScenarioFailure, FailureKind, Place, Scenario, Verdict};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{
    Change, Delivery, Head, Kept, MemoryStore, Outgoing, Reading, Rejected, Review, Saved, Score, Store,
    Totals,
};
