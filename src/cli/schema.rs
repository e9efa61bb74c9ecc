//! `rulebook schema`: the JSON Schema of the YAML, for editors.

use super::{Done, Exit, Shell};

/// Prints the schema.
pub(super) fn run(shell: &mut Shell) -> Done {
    shell.out.json(&crate::syntax::shape::schema::json_schema())?;
    Ok(Exit::Well)
}
