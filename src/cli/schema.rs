//! `rulebook schema`: the JSON Schema of a policy's YAML, or of a migration plan.

use clap::ValueEnum;

use super::{Done, Exit, Shell};
use crate::syntax::shape::schema::{json_schema, migration_schema};

#[derive(clap::Args, Debug)]
pub(super) struct Schema {
    /// 哪种文件 · of which kind of file
    #[arg(long, value_enum, default_value_t = Of::Policy)]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// 制度 · a policy
    Policy,
    /// 迁移方案 · a migration plan
    Migration,
}

impl Schema {
    /// Prints it, so that an editor completes and checks while the author writes.
    pub fn run(self, shell: &mut Shell) -> Done {
        shell.out.json(&match self.of {
            Of::Policy => json_schema(),
            Of::Migration => migration_schema(),
        })?;
        Ok(Exit::Well)
    }
}
