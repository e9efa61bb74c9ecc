//! stub
use crate::lang::Message;
use crate::source::Span;
use crate::value::Value;
use std::sync::Arc;
#[derive(Debug, Default)]
pub struct Library;
#[derive(Debug)]
pub struct Compiled;
pub trait Host {
    fn input(&mut self, idx: usize) -> Result<Value, ScriptError>;
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, ScriptError>;
}
pub enum ScriptError {
    Absent { path: Arc<str> },
    Limit { what: Message, line: u32, column: u32, span: Span },
    Failed { message: Message, line: u32, column: u32, span: Span },
    Host(Message),
}
impl Compiled {
    pub fn eval(&self, _h: &mut dyn Host) -> Result<Value, ScriptError> {
        Ok(Value::Absent)
    }
}
