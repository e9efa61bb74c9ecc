//! The command `rulebook`.
fn main() {}
