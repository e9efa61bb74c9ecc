//! stub
use crate::diag::Report;
use crate::model::Policy;
use crate::scenario::written::Written;
use crate::source::Sources;
pub fn changed(_p: &Policy, _w: &Written, _s: &Sources) -> Result<Option<Policy>, Box<Report>> {
    Ok(None)
}
