//! stub
use crate::diag::Report;
use crate::model::Policy;
use std::path::Path;
impl Policy {
    /// stub
    pub fn load(_path: impl AsRef<Path>) -> Result<Policy, Report> {
        Err(Report::default())
    }
    /// stub
    pub fn report(_path: impl AsRef<Path>) -> (Option<Policy>, Report) {
        (None, Report::default())
    }
    /// stub
    pub fn recompiled(&self, _options: &crate::compile::Options) -> Result<Policy, Report> {
        Err(Report::default())
    }
}
