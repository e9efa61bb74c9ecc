//! The shapes of a policy, one after another, as `raw.rs` holds them.

use super::Expect::{Any, Blank, Many, Map, Names, Text, Word, Yes};
use super::{Expect, Key, Shape};

/// `req` or `opt`, key, what stands there, words that authors try instead, Chinese, English.
macro_rules! shape {
    ($id:ident $name:literal, $zh:literal, $en:literal, [$($one:literal)*], $rest:expr;
     $($need:ident $key:literal $expect:expr, [$($also:literal)*], $kzh:literal, $ken:literal;)*) => {
        #[doc = $en]
        pub static $id: Shape = Shape {
            name: $name,
            about: ($zh, $en),
            keys: &[$(Key {
                name: $key,
                required: need!($need),
                expect: $expect,
                also: &[$($also),*],
                about: ($kzh, $ken),
            },)*],
            rest: $rest,
            one_of: &[$($one),*],
        };
    };
}
macro_rules! need {
    (req) => {
        true
    };
    (opt) => {
        false
    };
}

// The shapes of a scenario are written the same way.
pub(crate) use {need, shape};

const TEXTS: Expect = Many(&Text);
const PERIODS: Expect = Word(&["month", "quarter", "half_year", "year"]);
const AS_OF: Expect = Word(&["period_start", "event", "decision"]);
const IN_FLIGHT: Expect = Word(&["keep", "recompute"]);
const TYPE: Expect = Any(&[Text, TEXTS, Map(&TYPE_FULL)]);
const EFFECTS: Expect = Many(&Map(&EFFECT));
const ON_EVENT: Expect = Names(&Many(&Any(&[Text, Map(&TRANSITION)])));
const DATES: Expect = Names(&TEXTS);
const MAKE_UPS: Expect = Names(&Many(&Any(&[Text, DATES])));

shape! { FILE "file", "制度文件", "a file of a policy", [], None;
    opt "policy" Map(&HEADER), ["制度" "header"], "制度本身: 编号、标题、版本、生效日", "the policy itself: id, title, version, date of effect";
    opt "clauses" Names(&Map(&CLAUSE)), ["条款" "clause"], "制度的条款,用自己的话写", "the clauses of the regulation, in own words";
    opt "parameters" Names(&Map(&PARAMETER)), ["参数" "params"], "参数: 制度里的每个数", "parameters: every number of the regulation";
    opt "parameter_sets" Names(&Map(&PARAMETER_SET)), ["参数组"], "要一起修改的参数", "parameters that change together";
    opt "subjects" Names(&Map(&SUBJECT)), ["对象" "entities"], "制度所说的对象: 员工、订单、会话", "what the policy speaks of: staff, orders, chats";
    opt "roles" Names(&Map(&ROLE)), ["角色"], "角色: 谁可以做什么", "roles: who may do what";
    opt "substitutes" Many(&Map(&SUBSTITUTE)), ["代理" "代理人" "deputies" "delegations"], "代理: 谁在什么时候代谁", "substitutes: who stands in for whom, and when";
    opt "accounts" Names(&Map(&ACCOUNT)), ["账号" "logins"], "公用账号: 不代表某一个人的登录名", "accounts: logins that are no single person";
    opt "calendars" Names(&Map(&CALENDAR)), ["日历"], "日历: 工作时间、节假日、调休", "calendars: hours, holidays, make-up days";
    opt "functions" Names(&Map(&FUNCTION)), ["函数" "scripts"], "有名字的脚本函数", "named script functions";
    opt "workflows" Names(&Map(&WORKFLOW)), ["流程"], "流程: 状态、事件、时限", "workflows: states, events, deadlines";
    opt "permissions" Names(&Map(&PERMISSION)), ["许可" "权限" "prohibitions"], "许可: 谁才可以做", "permissions: who alone may do something";
    opt "measures" Names(&Map(&MEASURE)), ["指标来源"], "度量: 从事件里取样", "measures: samples taken from events";
    opt "scorecards" Names(&Map(&SCORECARD)), ["考核" "考核表" "kpis"], "考核表: 指标、权重、档位", "scorecards: indicators, weights, bands";
    opt "tables" Names(&Map(&TABLE)), ["决策表" "表"], "决策表", "decision tables";
    opt "duties" Names(&Map(&DUTY)), ["义务" "职责" "obligations"], "定期要做的事", "what is owed each period";
    opt "translations" Names(&Names(&Text)), ["翻译" "i18n"], "译文: 语言 → 原文 → 译文", "translations: language, original, translation";
}

shape! { HEADER "policy", "制度的编号、标题等", "id, title and so on of the policy", [], None;
    req "id" Text, ["编号" "name"], "编号: 小写字母和连字符", "a short name: lower-case letters and hyphens";
    opt "extend" TEXTS, ["extends" "继承" "base"], "在哪部制度的基础上: 它的文件夹", "the policy it is laid over: its folder";
    opt "removes" Many(&Map(&CHANGE)), ["去掉"], "去掉所继承制度的哪些内容,为什么", "what it takes out of that policy, and why";
    opt "replaces" Many(&Map(&CHANGE)), ["替换" "overrides"], "替换所继承制度的哪些规定,为什么", "what it says otherwise although it binds there, and why";
    opt "title" Text, ["标题" "名称"], "标题", "the title";
    opt "version" Text, ["版本"], "版本", "the version";
    req "effective" Text, ["生效" "生效日" "from"], "生效日期", "the date of effect";
    req "timezone" Text, ["时区"], "时区,如 Asia/Shanghai", "the time zone, such as Asia/Shanghai";
    opt "calendar" Text, ["日历"], "默认日历", "the default calendar";
    opt "horizon" Text, [], "事件的日期最多可以在多远的将来", "how far in the future an event may be dated";
    opt "durations" Map(&DURATIONS), ["时长"], "按日计算的时限怎样顺延和截止", "how deadlines in days roll and end";
    opt "guard_packs" TEXTS, ["护栏包" "护栏"], "启用的护栏包", "the guard packs that hold";
    opt "adopted" Names(&Names(&Text)), ["通过"], "讨论、协商、公示的日期和凭据", "when it was discussed, consulted and published, with proof";
}

shape! { CHANGE "change", "{what: 哪一处, because: 理由}", "{what: a path, because: the reason}", [], None;
    req "what" TEXTS, ["path" "哪里"], "哪一处,如 workflows.onboarding.states.resit", "a path of keys, such as workflows.onboarding.states.resit";
    req "because" Text, ["reason" "理由"], "为什么", "the reason";
}

shape! { DURATIONS "durations", "时限的顺延与截止", "how deadlines in days roll and end", [], None;
    opt "start_day" Word(&["not_counted", "counted"]), ["first_day"], "起算的当天算不算第一天", "whether the day on which a deadline starts is its first";
    opt "month_end" Word(&["last_day", "next_day"]), [], "到期的月份没有那一天时", "where a month ends that has no such day";
    opt "days_roll" Word(&["next_working_day", "none"]), ["roll"], "到期日不是工作日时", "what happens when the due day is no working day";
    opt "days_end" Word(&["close_of_business", "midnight"]), ["end"], "到期日的什么时刻截止", "at which moment of the due day";
}

shape! { CLAUSE "clause", "一个条款", "one clause", [], None;
    opt "title" Text, ["标题" "名称"], "标题", "the title";
    opt "text" Text, ["内容" "正文"], "用自己的话写的内容", "what it says, in own words";
    opt "force" Word(&["must", "may", "must_not"]), ["强制"], "必须、可以、不得", "must, may or must not";
    opt "who" Text, ["谁" "主体"], "约束谁", "who is bound";
    opt "origin" Word(&["supplement"]), ["来源"], "supplement: 原文没有、补充的条款", "supplement: added to the regulation";
    opt "executable" Yes, ["可执行"], "no: 不能执行,并写原因", "no: cannot be executed, with a reason";
    opt "reason" Text, ["原因" "理由" "because"], "为什么不能执行", "why it cannot be executed";
    opt "deviates" Map(&DEVIATES), ["偏离"], "与原文不同之处和依据", "where it parts from the regulation, and why";
}

shape! { DEVIATES "deviates", "与原文不同之处", "where it parts from the regulation", [], None;
    req "here" Text, [], "这里怎么做", "what is done here";
    opt "because" TEXTS, ["reason"], "依据", "the grounds";
}

shape! { PARAMETER "parameter", "一个参数", "one parameter", ["value" "versions"], None;
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "value" Blank, ["值" "数值"], "值: 数量带单位,时长写明时钟", "the value: amounts with unit, durations with clock";
    opt "versions" Many(&Map(&PARAMETER_VERSION)), ["版本" "version"], "按日期的多个版本,代替 value", "dated versions instead of `value`";
    opt "range" Text, ["范围"], "允许的范围", "the values allowed";
    opt "calendar" Text, ["日历"], "时长用哪个日历", "the calendar of a duration";
    opt "start_day" Word(&["not_counted", "counted"]), [], "起算的当天算不算第一天", "whether the day on which a deadline starts is its first";
    opt "month_end" Word(&["last_day", "next_day"]), [], "到期的月份没有那一天时", "where a month ends that has no such day";
    opt "days_roll" Word(&["next_working_day", "none"]), [], "到期日不是工作日时", "what happens when the due day is no working day";
    opt "days_end" Word(&["close_of_business", "midnight"]), [], "到期日的什么时刻截止", "at which moment of the due day";
    opt "as_of" AS_OF, [], "以哪个日期的版本为准", "which date chooses the version";
    opt "in_flight" IN_FLIGHT, [], "修改后,正在走的时限保留还是重算", "whether running deadlines are kept or computed anew";
}

shape! { PARAMETER_VERSION "version", "一个版本: 起始日和值", "a version: a date and a value", [], None;
    req "from" Text, ["自" "起"], "从哪天起", "the first day";
    opt "to" Text, ["至" "until"], "到哪天为止(含)", "the last day";
    req "value" Blank, ["值"], "值", "the value";
}

shape! { PARAMETER_SET "parameter_set", "一组一起修改的参数", "parameters that change together", ["versions" "rows"], None;
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "total" Text, ["合计"], "各项合计必须等于", "what the members must add up to";
    opt "as_of" AS_OF, [], "以哪个日期的版本为准", "which date chooses the version";
    opt "in_flight" IN_FLIGHT, [], "修改后,正在走的时限保留还是重算", "whether running deadlines are kept or computed anew";
    opt "calendar" Text, ["日历"], "时长用哪个日历", "the calendar of durations";
    opt "start_day" Word(&["not_counted", "counted"]), [], "起算的当天算不算第一天", "whether the day on which a deadline starts is its first";
    opt "month_end" Word(&["last_day", "next_day"]), [], "到期的月份没有那一天时", "where a month ends that has no such day";
    opt "days_roll" Word(&["next_working_day", "none"]), [], "到期日不是工作日时", "what happens when the due day is no working day";
    opt "days_end" Word(&["close_of_business", "midnight"]), [], "到期日的什么时刻截止", "at which moment of the due day";
    opt "versions" Many(&Map(&SET_VERSION)), ["版本" "version"], "按日期的多个版本", "dated versions";
    opt "by" Text, ["按"], "按哪个值选行", "the value that chooses the row";
    opt "rows" Names(&Names(&Blank)), ["行"], "每个值一行", "one row for each value";
}

shape! { SET_VERSION "set_version", "一个版本: 起始日和各成员", "a version: a date and the members", [], Some(&Blank);
    req "from" Text, ["自" "起"], "从哪天起", "the first day";
    opt "to" Text, ["至" "until"], "到哪天为止(含)", "the last day";
}

shape! { SUBJECT "subject", "一种对象", "a kind of subject", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "person" Yes, ["人"], "yes: 这种对象就是人", "yes: such a subject is a person";
    opt "fields" Names(&Any(&[Text, TEXTS, Map(&FIELD)])), ["字段"], "字段和类型", "fields and their types";
    opt "opened_by" TEXTS, [], "谁可以登记", "roles that may open one";
    opt "changed_by" TEXTS, [], "谁可以修改字段", "roles that may change its fields";
    opt "may_delegate" TEXTS, ["可以委托"], "本人可以用 delegated 事件暂时交给别人代的角色", "roles that such a person may hand to another for a time, by the event delegated";
}

shape! { TYPE_FULL "type", "类型,可注明可选", "a type, optional or labelled", [], None;
    req "type" Any(&[Text, TEXTS]), ["类型"], "类型", "the type";
    opt "optional" Yes, ["可选"], "yes: 可以没有", "yes: may be absent";
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "labels" Names(&Text), ["选项名称"], "各选项给人看的名称", "names of the options for people";
}

shape! { FIELD "field", "字段的类型,可注明谁可以修改", "the type of a field, and who may change it", [], None;
    req "type" Any(&[Text, TEXTS]), ["类型"], "类型", "the type";
    opt "optional" Yes, ["可选"], "yes: 可以没有", "yes: may be absent";
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "labels" Names(&Text), ["选项名称"], "各选项给人看的名称", "names of the options for people";
    opt "changed_by" TEXTS, ["由"], "谁可以修改这个字段,代替对象的 changed_by", "roles that may change this field, instead of those of the subject";
}

shape! { ROLE "role", "一个角色", "a role", ["held_by" "of" "every" "anyone"], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "held_by" Any(&[Names(&Map(&HOLDER)), TEXTS]), ["由" "holders"], "由谁担任,何时起止", "who holds it, from and to when";
    opt "of" Text, [], "对象的哪个字段所写的人,可以再往上: staff.manager.manager", "the person named by a field of the subject, or on from there: staff.manager.manager";
    opt "every" Text, [], "某种对象中的每个人", "every person of a kind of subject";
    opt "anyone" Yes, ["任何人"], "yes: 任何人,包括外部的人", "yes: anyone, outsiders too";
}

shape! { HOLDER "holder", "任职的起止日期", "from and to when the role is held", [], None;
    opt "from" Text, ["自" "起"], "从哪天起", "the first day";
    opt "to" Text, ["至" "until"], "到哪天为止(含)", "the last day";
}

shape! { SUBSTITUTE "substitute", "一次代理", "somebody stands in for somebody", [], None;
    req "for" Text, ["代" "absent"], "代谁", "for whom";
    req "by" Text, ["由" "代理人"], "由谁代", "who stands in";
    opt "from" Text, ["自" "起"], "从哪天起", "the first day";
    opt "to" Text, ["至" "until"], "到哪天为止(含)", "the last day";
    opt "roles" TEXTS, ["角色"], "代哪些角色;不写就是他的全部角色", "the roles; absent: all that the person holds";
    opt "because" Text, ["原因" "reason"], "为什么", "why";
}

shape! { ACCOUNT "account", "一个账号", "an account", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    req "shared" Yes, ["公用" "共用"], "yes: 几个人共用", "yes: several people use it";
}

shape! { CALENDAR "calendar", "一个日历", "a calendar", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "extends" Text, ["继承"], "以哪个日历为基础", "the calendar it builds on";
    opt "timezone" Text, ["时区"], "时区", "the time zone";
    opt "hours" Many(&Map(&HOURS)), ["工作时间" "时间"], "每周各天的工作时段,可以按日期分几个版本", "open windows by weekday; several dated versions if need be";
    opt "holidays_from" TEXTS, ["ics"], "从 iCalendar 文件读节假日", "iCalendar files (.ics) to read holidays from";
    opt "holidays" DATES, ["节假日" "假日"], "节假日: 名称 → 日期", "holidays: name and dates";
    opt "make_up_days" MAKE_UPS, ["调休" "调休上班" "make_up"], "调休上班的日子,可以写当天的时段", "weekend days that are worked, with windows of their own if need be";
    opt "days" DATES, ["例外"], "个别日子的时段,closed 为不上班", "windows of single days; closed for none";
    opt "coverage" Text, ["覆盖" "覆盖期"], "日历有效的起止日期", "from and to when the calendar is known";
    opt "beyond_coverage" Word(&["error", "provisional"]), ["provisional"], "覆盖期以外: 报错,或暂按每周的安排推算", "other dates: an error, or provisionally as the week has it";
}

shape! { HOURS "hours", "各星期几的工作时段", "open windows by weekday", [], Some(&TEXTS);
    opt "from" Text, ["自" "起"], "从哪天起", "the first day";
    opt "to" Text, ["至" "until"], "到哪天为止(含)", "the last day";
}

shape! { FUNCTION "function", "一个脚本函数", "a script function", ["body" "host"], None;
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "params" Names(&TYPE), ["参数" "parameters" "arguments"], "参数和类型", "parameters and their types";
    req "returns" TYPE, ["返回"], "返回值的类型", "the type of the result";
    opt "body" Text, ["正文" "脚本" "script"], "脚本", "the script";
    opt "host" Yes, [], "yes: 由接入的系统实现", "yes: given by the app around it";
}

shape! { WORKFLOW "workflow", "一个流程", "a workflow", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" TEXTS, ["条款" "clauses"], "实现哪些条款", "the clauses it carries out";
    req "subject" Text, ["对象"], "关于哪种对象", "the kind of subject";
    opt "opens" Map(&OPENS), ["开始" "starts"], "何时开始一个案件", "when a case begins";
    opt "events" Names(&Map(&EVENT)), ["事件"], "事件: 谁发、带什么", "events: who sends them, with what";
    opt "states" Names(&Map(&STATE)), ["状态"], "状态;第一个是初始状态", "states; the first is where it begins";
    opt "clocks" Names(&Map(&CLOCK)), ["时钟" "时限"], "与状态无关的时限", "deadlines that do not depend on states";
    opt "on_event" ON_EVENT, ["on" "transitions"], "在每个未完成的状态里都处理的事件", "events handled in every state that is not done";
}

shape! { OPENS "opens", "何时开始: {for_every, at} 或 {on}", "when a case begins: {for_every, at} or {on}", ["for_every" "on"], None;
    opt "for_every" Text, [], "每个这种对象各一个案件", "one case for each subject of this kind";
    opt "at" Text, [], "什么时候", "when";
    opt "on" Text, [], "每次这个事件开始一个案件", "each such event begins a case";
    opt "if" Text, ["when" "如果"], "条件", "a condition";
}

shape! { EVENT "event", "一个事件", "an event", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "by" TEXTS, ["由"], "谁可以发;不写就是任何人", "roles that may send it; absent: anybody";
    opt "four_eyes" TEXTS, ["双人" "四眼" "不同人"], "经手人不能是本案这些事件的经手人", "events of the case that other persons must be behind";
    opt "not" TEXTS, ["回避" "not_by"], "经手人不能是这些字段里写的人", "fields whose person must not be behind it";
    opt "data" Names(&TYPE), ["数据" "fields"], "带什么数据", "what it carries";
    opt "decision" Yes, ["决定"], "yes: 这是一个人的决定", "yes: a person's decision that settles something";
}

shape! { STATE "state", "一个状态", "a state", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" TEXTS, ["条款" "clauses"], "实现哪些条款", "the clauses it carries out";
    opt "done" Yes, ["完成" "final"], "yes: 到此结束", "yes: the case ends here";
    opt "lasts_at_least" Map(&LOWER_BOUND), ["至少"], "至少停留多久", "how long it lasts at least";
    opt "waits_for" Map(&WAITS_FOR), ["join" "等待"], "等列表里的每一个都回应;都到齐就算完成(completed)", "waits until each of a list has answered; then it is completed";
    opt "allowed" Text, ["次数"], "最多进入几次", "how often it may be entered";
    opt "when_used_up" Text, [], "次数用完后去哪个状态", "the state to go to when that is used up";
    opt "clocks" Names(&Map(&CLOCK)), ["时钟" "时限"], "进入时开始的时限", "deadlines that start on entering";
    opt "on_event" ON_EVENT, ["on" "transitions"], "收到事件时怎么办", "what to do on an event";
    opt "effects" EFFECTS, ["effect" "on_enter"], "进入时做的事", "what happens on entering";
    opt "on_leave" EFFECTS, ["on_exit"], "离开时做的事", "what happens on leaving";
    opt "compensation" EFFECTS, ["补偿"], "离开这里以后案件取消时,怎样补偿在这里做完的事", "what makes good for what was done here when the case is called off after this was left";
    opt "states" Names(&Map(&STATE)), ["子状态"], "里面的状态;第一个是初始状态", "states inside it; the first is where it begins";
    opt "initial" Text, ["初始"], "从里面的哪个状态开始", "the state inside that is entered first";
    opt "parallel" Yes, ["并行"], "yes: 里面的状态同时进行", "yes: all the states inside are active at once";
    opt "completed" Many(&Any(&[Text, Map(&TRANSITION)])), ["on_completed"], "里面的都完成后怎么办", "what to do when everything inside is done";
}

shape! { WAITS_FOR "waits_for", "{each: 列表, answered_by: 事件.数据}", "{each: a list, answered_by: event.data}", [], None;
    req "each" Text, ["all"], "等哪些: 一个列表", "who is waited for: a list";
    req "answered_by" Text, ["by"], "哪个事件的哪项数据说明是谁回应了", "the data of an event that says who has answered";
}

shape! { LOWER_BOUND "lasts_at_least", "{amount: 至少多久}", "{amount: how long at least}", [], None;
    req "amount" Text, ["数量"], "时长、次数或 $参数", "a duration, a count or a $parameter";
    opt "counted_by" Text, [], "数什么,如 distinct attended.day", "what is counted, such as distinct attended.day";
    opt "message" Text, ["消息"], "未满时的说明", "what a refusal says";
}

shape! { TRANSITION "transition", "一条转移", "a transition", [], None;
    opt "if" Text, ["when" "如果" "guard"], "条件", "the condition";
    opt "to" Text, ["至" "goto" "target"], "去哪个状态", "the state to go to";
    opt "otherwise" Text, ["否则" "else"], "以上都不成立时去哪个状态", "where to go when nothing above holds";
    opt "refuse" Text, ["拒绝"], "拒绝,并说明原因", "refuse, with this reason";
    opt "effects" EFFECTS, ["effect"], "转移时做的事", "what happens on the way";
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "history" Word(&["shallow", "deep"]), ["历史"], "回到离开时所在的里层状态", "back to where the case was inside the state";
    opt "reenter" Yes, ["reenters"], "yes: 已在其中也重新进入", "yes: left and entered again, even where it is active";
    opt "compensate" Yes, ["compensates"], "yes: 补偿此前各状态做过的事,从最近的开始", "yes: what states left before have done is made good, the latest first";
    opt "insert" Text, ["插入"], "只在继承另一制度时: 放在原有各条的哪里,如 first、last、before 2", "in an overlay only: where it stands among those of the base, such as first, last, before 2";
}

shape! { CLOCK "clock", "一个时限", "a deadline", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    req "within" Text, ["之内" "due"], "多久之内", "how long";
    opt "calendar" Text, ["日历"], "用哪个日历", "the calendar";
    opt "start_day" Word(&["not_counted", "counted"]), [], "起算的当天算不算第一天", "whether the day on which a deadline starts is its first";
    opt "month_end" Word(&["last_day", "next_day"]), [], "到期的月份没有那一天时", "where a month ends that has no such day";
    opt "days_roll" Word(&["next_working_day", "none"]), [], "到期日不是工作日时", "what happens when the due day is no working day";
    opt "days_end" Word(&["close_of_business", "midnight"]), [], "到期日的什么时刻截止", "at which moment of the due day";
    opt "starts" TEXTS, ["开始" "start"], "哪个事件开始一轮", "the event that starts a round";
    opt "stops" TEXTS, ["停止" "stop"], "哪个事件结束", "the event that ends it";
    opt "not_stopped_by" TEXTS, [], "哪些事件不算", "events that do not end it";
    opt "cancelled_by" TEXTS, ["canceled_by"], "哪些事件使它作废", "events that end it without verdict";
    opt "pauses" TEXTS, ["pause" "暂停"], "哪些事件使它暂停", "events at which it stands still";
    opt "resumes" TEXTS, ["resume" "恢复"], "哪些事件使它继续", "events at which it goes on";
    opt "paused_in" TEXTS, ["pause_in"], "在哪些状态里暂停", "states in which it stands still";
    opt "on_reenter" Word(&["restart", "resume"]), [], "再次进入状态时重新计时还是接着计时", "whether entering the state again starts anew or goes on";
    opt "reclassified" Word(&["from_start", "from_now", "keep"]), [], "对象改归另一类时,新时限从开始算、从现在算,还是不变", "whether another limit counts from the start, from now, or not at all";
    opt "escalate" Many(&Map(&ESCALATE)), ["升级"], "超时后仍未办结,再告诉谁", "who is told when it goes on after it was missed";
    opt "notify_in" Text, [], "提醒和升级只在这个日历的工作时间发出", "warnings and escalations wait until this calendar is open";
    opt "warn" Many(&Map(&WARN)), ["提醒" "预警"], "到期前的提醒", "a warning before it is due";
    opt "breached" Map(&BREACHED), ["超时" "late"], "超时后怎么办", "what happens when it is missed";
    opt "sample" Map(&SAMPLE), ["取样"], "把每一轮记作考核样本", "makes each round a sample";
}

shape! { WARN "warn", "到期前的提醒 {at: 80%, notify: 角色}", "a warning before it is due", [], None;
    opt "at" Text, [], "用掉多少时,如 80%", "after which share, such as 80%";
    opt "before" Text, ["提前"], "到期前多久,如 1 business hours", "how long before it is due, such as 1 business hours";
    opt "notify" TEXTS, ["tell" "通知"], "通知谁", "who is told";
    opt "message" Text, ["消息"], "消息", "the message";
    opt "effects" EFFECTS, ["effect"], "做的事", "what happens";
}

shape! { ESCALATE "escalate", "超时后的升级 {after: 时长, notify: 角色}", "a step after it was missed", [], None;
    req "after" Text, ["超过"], "超时多久后,如 2 business hours", "how long after it was due, such as 2 business hours";
    opt "notify" TEXTS, ["tell" "通知"], "通知谁", "who is told";
    opt "message" Text, ["消息"], "消息", "the message";
    opt "effects" EFFECTS, ["effect"], "做的事", "what happens";
}

shape! { BREACHED "breached", "超时后的处理 {to: 状态, notify: 角色}", "what happens when it is missed", [], None;
    opt "to" Text, ["goto"], "去哪个状态", "the state to go to";
    opt "history" Word(&["shallow", "deep"]), ["历史"], "回到离开时所在的里层状态", "back to where the case was inside the state";
    opt "reenter" Yes, ["reenters"], "yes: 已在其中也重新进入", "yes: left and entered again, even where it is active";
    opt "compensate" Yes, ["compensates"], "yes: 补偿此前各状态做过的事,从最近的开始", "yes: what states left before have done is made good, the latest first";
    opt "notify" TEXTS, ["tell" "通知"], "通知谁", "who is told";
    opt "message" Text, ["消息"], "消息", "the message";
    opt "effects" EFFECTS, ["effect"], "做的事", "what happens";
}

shape! { LATE "late", "逾期的处理 {notify: 角色}", "what happens when it is late", [], None;
    opt "notify" TEXTS, ["tell" "通知"], "通知谁", "who is told";
    opt "message" Text, ["消息"], "消息", "the message";
    opt "effects" EFFECTS, ["effect"], "做的事", "what happens";
}

shape! { SAMPLE "sample", "记作样本 {credited_to: 谁}", "a sample of a measure", [], None;
    req "credited_to" TEXTS, ["归属" "归于"], "算在谁头上", "who it counts for";
    opt "dated_by" Word(&["due", "started", "stopped"]), [], "算在哪一天", "which instant dates it";
}

shape! { EFFECT "effect", "一件要做的事", "something to do", ["notify" "ask" "assign" "open_case" "raise" "open" "call"], None;
    opt "notify" TEXTS, ["tell" "通知"], "通知谁", "who is told";
    opt "ask" TEXTS, ["请"], "请谁决定", "who is asked to decide";
    opt "decide" TEXTS, ["决定"], "可选的决定", "what can be decided";
    opt "within" Text, ["之内"], "多久之内", "how long they have";
    opt "message" Text, ["消息"], "消息", "the message";
    opt "assign" Names(&Text), ["赋值" "set"], "给字段赋值", "fields and their new values";
    opt "open_case" Text, ["start"], "给同一对象开始另一流程", "begins another workflow of the subject";
    opt "raise" Text, ["emit" "send"], "向同一对象(或 to 所指的对象)发事件", "sends an event to the subject, or to the one that `to` names";
    opt "to" Text, ["至"], "向哪个对象: 指出对象或人的表达式", "which subject: an expression that names a subject or a person";
    opt "open" Text, ["create"], "产生一个新的对象,如一件投诉", "a new subject comes into being, such as a complaint";
    opt "named" Text, ["as"], "新对象的名称: 文字,或与之同名的对象、人;不写就由原对象的名称组成", "the name of the new subject: a text, or a subject or person to be named like; absent: made of this one's";
    opt "for_each" Text, ["each"], "对列表里的每一项(item)各做一次", "once for each item of a list";
    opt "call" Text, ["调用"], "请接入的系统做", "asks the app around it";
    opt "with" Names(&Text), ["args" "data"], "带的值", "the values that go with it";
    opt "if" Text, ["when" "如果"], "只在成立时做", "only when this holds";
}

shape! { PERMISSION "permission", "一项许可", "a permission", [], None;
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    req "covers" TEXTS, ["范围"], "管哪些事件: 对象.事件", "the events it covers: subject.event";
    req "only_if" Text, ["if" "条件"], "只有这样才可以", "the condition without which nobody may";
    opt "log_against" Text, [], "违反记在谁名下", "who a violation is logged against";
    opt "message" Text, ["消息"], "拒绝时的说明", "what the refusal says";
    opt "refused" EFFECTS, ["on_refused"], "被拒绝后做的事;against 是记在谁名下", "what happens on a refusal; `against` is whom it is logged against";
}

shape! { MEASURE "measure", "一个度量", "a measure", [], None;
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    req "subject" Text, ["对象"], "从哪种对象取样", "the kind of subject";
    req "on" TEXTS, ["event"], "哪个事件产生样本", "the event that yields a sample";
    opt "if" Text, ["when" "如果"], "条件", "a condition";
    opt "value" Text, ["值"], "样本的值", "the value of the sample";
    opt "credited_to" TEXTS, ["归属" "归于"], "算在谁头上", "who it counts for";
    opt "dated_by" Text, [], "算在哪一天", "which instant dates it";
}

shape! { SCORECARD "scorecard", "一张考核表", "a scorecard", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" TEXTS, ["条款" "clauses"], "实现哪些条款", "the clauses it carries out";
    req "subject" Text, ["对象"], "考核谁", "who is scored";
    opt "applies_to" Text, ["适用"], "适用条件", "whom it applies to";
    req "period" PERIODS, ["周期"], "考核周期", "the period";
    opt "weights" Text, ["权重" "权种"], "权重,如 $kpi_weights", "the weights, such as $kpi_weights";
    req "indicators" Names(&Map(&INDICATOR)), ["指标"], "指标", "the indicators";
    opt "round" Map(&ROUND), ["舍入"], "舍入", "how it is rounded";
    opt "bands" Names(&Text), ["档位"], "档位,最好的在前", "bands, best first";
    opt "meets_standard" TEXTS, ["达标"], "哪些档位算达标", "the bands that meet the standard";
    opt "finality" Map(&FINALITY), ["终局"], "公布、申诉、定论的时限", "when it is published, appealed and decided";
    opt "exempted_by" TEXTS, [], "谁可以免除考核", "who may exempt a person";
    opt "streaks" Names(&Map(&STREAK)), ["连续"], "连续几期", "runs of periods";
}

shape! { INDICATOR "indicator", "一个指标", "an indicator", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    req "of" Text, [], "怎样汇总,如 sum x、mean x、share_met a.b", "how it is gathered: sum x, mean x, share_met a.b";
    opt "target" Map(&TARGET), ["目标"], "目标由谁定", "who sets the target";
    opt "cap" Text, ["上限" "max"], "最高分", "the most it gives";
    opt "floor" Text, ["下限" "min"], "最低分", "the least it gives";
    opt "map" Map(&MAPPING), ["换算"], "怎样换算成分", "how it becomes points";
    opt "min_samples" Text, ["最少样本"], "至少几份样本", "how many samples it needs";
    opt "missing" Word(&["redistribute", "zero", "block"]), ["缺失"], "没有数据时", "what to do without data";
}

shape! { MAPPING "map", "换算 {linear: {…}}", "a mapping to points", [], None;
    req "linear" Names(&Text), ["线性"], "逐段线性: 值 → 分", "linear between points: value and points";
}

shape! { TARGET "target", "目标 {set_by: 角色}", "a target", [], None;
    req "set_by" TEXTS, [], "由谁定", "who sets it";
    opt "acknowledged_by" TEXTS, ["confirmed_by"], "由谁确认", "who acknowledges it";
    opt "before" Word(&["period_start", "period_end"]), [], "最迟什么时候", "until when";
}

shape! { ROUND "round", "舍入 {places: 2}", "how it is rounded", [], None;
    req "places" Text, ["位数"], "小数位数", "decimal places";
    opt "mode" Word(&["half_up", "half_even", "down", "up"]), ["方式"], "方式", "the mode";
    opt "at" Word(&["total", "indicator"]), [], "在合计还是每个指标", "at the total or each indicator";
}

shape! { FINALITY "finality", "公布与申诉的时限", "when a score becomes final", [], None;
    opt "published_by" Text, ["公布"], "最迟哪天公布", "until when it is published";
    opt "appeal" Text, ["申诉"], "申诉期", "how long one may appeal";
    opt "decided" Text, ["决定"], "多久内答复", "how long a decision may take";
    opt "appealed_by" TEXTS, [], "谁可以申诉", "who may appeal";
    opt "decided_by" TEXTS, [], "谁决定", "who decides";
}

shape! { STREAK "streak", "连续几期", "a run of periods", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    req "of" TEXTS, [], "哪些档位,或 not meets_standard", "the bands, or not meets_standard";
    opt "count_when" Word(&["final", "published"]), [], "何时计入", "when a period counts";
    opt "month_of_leave" Word(&["skip", "break"]), [], "免除考核的一期", "an exempted period";
    opt "no_score" Word(&["undecided", "break"]), [], "没有成绩的一期", "a period without score";
    opt "largest_gap" Text, [], "最多间隔多久", "the longest gap";
    opt "restarts_after" TEXTS, [], "哪些事件之后重新算", "events after which it starts anew";
}

shape! { TABLE "table", "一张决策表", "a decision table", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" TEXTS, ["条款" "clauses"], "实现哪些条款", "the clauses it carries out";
    opt "hit" Text, ["命中"], "unique、first、any 或 collect …", "unique, first, any or collect …";
    req "inputs" Names(&Any(&[Text, TEXTS, Map(&INPUT)])), ["输入"], "输入列", "input columns";
    req "outputs" Names(&TYPE), ["输出"], "输出列", "output columns";
    req "rows" Many(&Names(&TEXTS)), ["行"], "各行", "the rows";
    opt "otherwise" Any(&[Names(&TEXTS), Text]), ["否则" "default" "else"], "都不命中时: error 或一行输出", "when none matches: error or a row of outputs";
}

shape! { INPUT "input", "输入列 {type, from}", "an input column", [], None;
    opt "type" Any(&[Text, TEXTS]), ["类型"], "类型", "the type";
    opt "from" Text, ["来自"], "值从哪里来", "where the value comes from";
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
}

shape! { DUTY "duty", "一件要做的事", "what is owed each period or after an event", [], None;
    opt "label" Text, ["名称" "title"], "给人看的名称", "a name for people";
    opt "clause" Text, ["条款"], "出自哪一条", "the clause it comes from";
    opt "subject" Text, ["对象"], "哪种对象负有", "the kind of subject that owes it";
    opt "only_if" Text, ["if" "条件"], "只在成立时;不再成立,没做的就免了", "only while this holds; what is open is waived when it no longer does";
    opt "from" Text, ["起" "since"], "从哪天起负有,如 staff.hired", "from which day on it is owed, such as staff.hired";
    opt "until" Text, ["止"], "负有到哪天为止,如 staff.left", "the last day on which it is owed, such as staff.left";
    opt "owed_by" TEXTS, ["由"], "由谁做: 角色、self 或写明人的字段", "who does it: a role, self, or a field that names a person";
    opt "every" Any(&[Text, PERIODS]), ["每" "period"], "多久一次: month、quarter、half_year、year、week、10 working days 或 RRULE:…", "how often: month, quarter, half_year, year, week, 10 working days or RRULE:…";
    opt "counted_from" Text, ["起算日" "starting"], "从哪天起数", "the day from which is counted";
    opt "calendar" Text, ["日历"], "按哪个日历的工作日", "whose working days";
    opt "start_day" Word(&["not_counted", "counted"]), [], "起算的当天算不算第一天", "whether the day on which a deadline starts is its first";
    opt "month_end" Word(&["last_day", "next_day"]), [], "到期的月份没有那一天时", "where a month ends that has no such day";
    opt "days_roll" Word(&["next_working_day", "none"]), [], "到期日不是工作日时", "what happens when the due day is no working day";
    opt "days_end" Word(&["close_of_business", "midnight"]), [], "到期日的什么时刻截止", "at which moment of the due day";
    opt "after" TEXTS, ["triggered_by" "事件之后"], "由哪些事件引起", "the events that bring one about";
    opt "within" Text, ["内"], "事件之后多久以内", "how long after the event";
    opt "due" Text, ["截止" "deadline"], "最迟什么时候", "until when";
    opt "grace" Text, ["宽限"], "过了期限再宽限多久", "how long after it is due it is not late yet";
    req "done_by" TEXTS, [], "哪个事件算做完", "the event that fulfils it";
    opt "done_if" Text, [], "那个事件还要满足什么", "what must hold of that event";
    opt "matched_by" Text, [], "凭事件的哪项数据认是哪一件", "the data by which an event says which one it means";
    opt "late" Map(&LATE), ["逾期" "breached"], "逾期后怎么办", "what happens when it is late";
    opt "done_late" Map(&LATE), ["met_late"], "逾期后补做了怎么办", "what happens when it is done late";
}
