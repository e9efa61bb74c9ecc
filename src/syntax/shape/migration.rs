//! The shapes of a migration plan.

use super::Expect::{Many, Map, Names, Text, Word};
use super::{Expect, Key, Shape, need, shape};

const TEXTS: Expect = Many(&Text);
const CHOICE: Expect = Word(&["keep", "recompute", "restart", "end"]);

shape! { MIGRATION_FILE "migration_file", "迁移方案文件", "a migration plan", [], None;
    req "migrate" Map(&MIGRATION), ["迁移" "migration"], "在途事项怎样转到新版流程", "how running cases go over to the new graph of their workflow";
}

shape! { MIGRATION "migrate", "迁移方案", "a migration", [], None;
    req "workflow" Text, ["流程"], "哪个流程", "the workflow";
    opt "from" TEXTS, ["revision" "从"], "从哪个版本(哈希至少 8 位);默认是所有还有在途事项的旧版", "from which revision, at least 8 digits of its hash; default: every earlier one with live cases";
    req "states" Names(&Text), ["状态"], "旧状态 → 新状态;旧流程每个未结束的状态都要写", "the new state for each state of the old graph that is not done";
    opt "clocks" Names(&CHOICE), ["时钟"], "旧时钟 → keep 原期限不变、recompute 按新时限重算、restart 从现在重新计、end 结束;旧流程每个时钟都要写", "what becomes of each clock of the old graph: keep, recompute, restart or end";
    req "because" Text, ["理由" "reason"], "为什么迁移", "why";
}
