//! stub
use crate::model::HostFunction;
use std::collections::BTreeMap;
use std::sync::Arc;
/// stub
#[derive(Clone, Default)]
pub struct Options {
    pub functions: BTreeMap<Arc<str>, HostFunction>,
    pub parameters: BTreeMap<Arc<str>, String>,
    pub overlays: Vec<(String, String)>,
}
impl crate::Policy {
    /// stub
    pub fn recompiled(&self, _o: &Options) -> Result<crate::Policy, crate::Report> {
        Err(crate::Report::default())
    }
}
