//! What a tester may write where.

use crate::syntax::shape::Expect::{self, Any, Many, Map, Names, Text, Word, Yes};
use crate::syntax::shape::{CALENDAR, Key, Shape, need, shape};

const TEXTS: Expect = Many(&Text);
const SUBJECTS: Expect = Names(&Names(&Text));

shape! { SCENARIO "scenario", "一个场景", "a scenario", [], None;
    req "scenario" Text, ["场景" "name" "title"], "一句话说清场景", "what the scenario shows, in one sentence";
    opt "clause" TEXTS, ["条款" "clauses"], "场景所验证的条款", "the clauses it tests";
    opt "set" Map(&SET), ["设定" "with"], "只在这个场景里改动的参数、角色、日历", "parameters, roles and calendars changed for this scenario";
    opt "given" Names(&Names(&Text)), ["前提" "已知"], "前提: 有哪些对象、谁有什么角色;`事件: all` 是按 lasts_at_least 数满的签到", "which subjects there are, and who holds which role; `event: all` is all that lasts_at_least counts";
    opt "happens" Many(&Map(&HAPPENING)), ["发生" "when" "events"], "依次发生的事", "what happens, in order";
    req "expect" Many(&Map(&EXPECTATION)), ["预期" "then" "expects"], "应有的结果", "what must come of it";
}

shape! { SET "set", "改动", "changes", [], None;
    opt "parameters" Names(&Any(&[Text, Names(&Text)])), ["参数" "params"], "参数 → 值;成组的参数再列一层", "parameter → value; a set lists its members";
    opt "roles" Names(&TEXTS), ["角色"], "角色 → 担任的人", "role → who holds it";
    opt "calendars" Names(&Map(&CALENDAR)), ["日历"], "换用的日历", "calendars used instead";
}

shape! { HAPPENING "happens", "一件事", "something that happens", [], Some(&Names(&Text));
    opt "at" Text, ["时间" "when" "time"], "发生的时刻", "when it happened";
    opt "to" Text, ["subject" "对象"], "哪个对象", "which subject";
    opt "by" Text, ["actor" "由" "who"], "谁做的: 角色/人", "who did it: role/person";
    opt "on_behalf_of" Text, ["代" "for"], "代谁做的: 人", "on whose behalf: a person";
    opt "known" Text, ["得知"], "得知的时刻,默认与发生时刻相同", "when it was learned; default: when it happened";
    opt "id" Text, [], "事件编号", "the event's id";
    opt "order" Text, [], "同一时刻的先后", "the order among events of one instant";
    opt "case" Text, [], "只给哪一个事项", "the one case it is for";
    opt "corrects" Text, ["更正"], "更正哪一条记录", "the record that it corrects";
    opt "void" Yes, [], "被更正的记录作废", "the corrected record is void";
    opt "reason" Text, ["理由"], "更正的理由", "why it is corrected";
    opt "advance" Text, ["推进"], "时间走到这一刻", "time passes until this instant";
}

shape! { EXPECTATION "expect", "一条预期", "an expectation", [], Some(&Names(&Text));
    opt "at" Text, ["时间" "when"], "在哪一刻检查,默认在最后", "when it is checked; default: at the end";
    opt "refused" Any(&[Word(&["none"]), Map(&REFUSED)]), ["拒绝" "rejected"], "被拒绝的事件,或 none", "the event refused, or none";
    opt "cites" TEXTS, ["引用" "cite"], "引用到的条款", "clauses that were cited";
    opt "clock" SUBJECTS, ["clocks" "时限"], "对象 → 时钟 → 状态、due", "subject → clock → status, due";
    opt "effect" Map(&EFFECT), ["effects" "结果"], "应有的通知、询问或调用", "a notice, question or call that is owed";
    opt "no_effect" Map(&EFFECT), ["no_effects"], "不应有的通知、询问或调用", "a notice, question or call that must not be owed";
    opt "score" Names(&Map(&SCORE)), ["scores" "成绩"], "对象 → 成绩", "subject → score";
    opt "streak" SUBJECTS, ["streaks" "连续"], "对象 → 连续期数", "subject → length of a streak";
    opt "due" Names(&Text), ["期限"], "对象 → 最早的、还没有了结的期限(与 rulebook due 相同),或 none", "subject → its earliest limit that is still open, as rulebook due lists it, or none";
    opt "next_due" Names(&Text), [], "对象 → 下一个会自动发生事情的时刻,或 none", "subject → the next instant at which anything happens by itself, or none";
    opt "explains" Names(&TEXTS), ["explain" "解释"], "对象 → 解释里应有的文字", "subject → texts that its story holds";
    opt "table" SUBJECTS, ["tables" "决策表"], "决策表 → 输入与应有的输出", "table → inputs and the outputs expected";
    opt "reviews" Text, ["复核"], "待复核的条数", "how many items wait for review";
    opt "rejudged" TEXTS, ["重判"], "重新判定过的记录编号", "ids of records that were judged anew";
    opt "ground_lost" TEXTS, ["失去依据"], "失去依据的决定编号,或 none", "ids of decisions whose ground is gone, or none";
}

shape! { REFUSED "refused", "被拒绝的事件", "a refused event", [], None;
    req "event" Text, ["事件"], "哪个事件", "which event";
    opt "reason" Text, ["原因"], "原因的代号", "the reason in one word";
    opt "subject" Text, ["to" "对象"], "哪个对象", "which subject";
    opt "message" Text, ["text"], "说明里应有的文字", "a text that the refusal holds";
}

shape! { EFFECT "effect", "一个通知、询问或调用", "a notice, a question or a call", ["notify" "ask" "call"], None;
    opt "notify" Text, ["通知" "tell"], "通知哪个角色", "the role that is told";
    opt "ask" Text, ["询问"], "请哪个角色决定", "the role that is asked";
    opt "call" Text, ["调用"], "请外部程序做什么", "what the host is asked to do";
    opt "subject" Text, ["of" "对象"], "关于哪个对象", "the subject it is about";
    opt "to" Text, ["person"], "给哪个人", "the person it goes to";
    opt "message" Text, ["text"], "消息里应有的文字", "a text that the message holds";
}

shape! { SCORE "score", "一期成绩", "the result of a period", [], None;
    req "period" Text, ["期"], "哪一期,如 2026-01", "the period, such as 2026-01";
    opt "card" Text, ["scorecard"], "哪张考核表;只有一张时可不写", "the scorecard, where there are several";
    opt "score" Text, ["分"], "分数", "the score";
    opt "band" Text, ["档"], "档位", "the band";
    opt "result" Word(&["scored", "undetermined", "exempt"]), [], "scored、undetermined 或 exempt", "scored, undetermined or exempt";
    opt "status" Word(&["published", "appealed", "final"]), [], "published、appealed 或 final", "published, appealed or final";
}
