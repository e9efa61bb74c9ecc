//! Every diagnostic code, once, with one sentence in Chinese and English.

macro_rules! codes {
    ($($variant:ident = $name:literal, $zh:literal, $en:literal;)*) => {
        /// What kind of mistake a diagnostic reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $en] $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The code as it is shown: kebab-case.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// One sentence that says what the code stands for: Chinese, English.
            pub fn about(self) -> (&'static str, &'static str) {
                match self { $(Code::$variant => ($zh, $en),)* }
            }
        }
    };
}

codes! {
    // Reading YAML.
    UnreadableFile = "unreadable-file", "文件或文件夹读不了", "a file or folder that cannot be read";
    UnreadableYaml = "unreadable-yaml", "文件不是可读的 YAML", "the file is not readable YAML";
    NotUtf8 = "not-utf8", "文件不是 UTF-8 编码", "the file is not UTF-8";
    TooLarge = "too-large", "文件过大", "a file is too large";
    TooDeep = "too-deep", "嵌套过深", "nesting is too deep";
    TooManyNodes = "too-many-nodes", "内容过多(节点数超限)", "too many nodes, aliases included";
    AliasUnknown = "alias-unknown", "引用了不存在的锚点", "an alias names no anchor";
    DuplicateKey = "duplicate-key", "同一个键写了两次", "the same key stands twice";
    UnknownKey = "unknown-key", "不认识的键", "a key that is not known here";
    MissingKey = "missing-key", "缺少必须的键", "a required key is missing";
    WrongShape = "wrong-shape", "写法不对:应为文字、列表或键值", "a scalar, list or map where another was expected";
    LooksWrong = "looks-wrong", "全角标点等易错写法", "full-width signs and the like that YAML reads differently";
    SeveralDocuments = "several-documents", "一个文件里有多个 YAML 文档", "more than one document in a file";
    NoPolicy = "no-policy", "没有 policy: 段", "no `policy:` section";
    DuplicateName = "duplicate-name", "同名的定义有两个", "two definitions of one name";
    // Scalars.
    BadNumber = "bad-number", "数字写法不对", "not an exact number";
    BadQuantity = "bad-quantity", "数量写法不对", "not an amount with a unit";
    BadDuration = "bad-duration", "时长写法不对或没有说明时钟", "a duration that is unreadable or names no clock";
    BadDate = "bad-date", "日期或时刻写法不对", "not a date or an instant";
    BadRange = "bad-range", "范围写法不对", "a range that cannot be read";
    BadWord = "bad-word", "只能取规定的词", "a word that is not one of those allowed";
    BadType = "bad-type", "不认识的类型", "an unknown type";
    BadName = "bad-name", "名称不合规定", "a name that cannot be used";
    BadTemplate = "bad-template", "消息模板写法不对", "a message template that cannot be read";
    // Names.
    UnknownName = "unknown-name", "不认识的名称", "a name that nothing declares";
    UnknownField = "unknown-field", "没有这个字段", "a field that is not declared";
    UnknownParameter = "unknown-parameter", "没有这个参数", "a parameter that is not declared";
    UnknownState = "unknown-state", "没有这个状态", "a state that is not declared";
    UnknownEvent = "unknown-event", "没有这个事件", "an event that is not declared";
    UnknownRole = "unknown-role", "没有这个角色", "a role that is not declared";
    UnknownClause = "unknown-clause", "没有这个条款", "a clause that is not declared";
    UnknownCalendar = "unknown-calendar", "没有这个日历", "a calendar that is not declared";
    UnknownSubject = "unknown-subject", "没有这种对象", "a kind of subject that is not declared";
    UnknownZone = "unknown-zone", "没有这个时区", "a time zone that is not known";
    UnknownPack = "unknown-pack", "没有这个护栏包", "a guard pack that is not known";
    // Parameters.
    BlankParameter = "blank-parameter", "参数还是空白", "a parameter still blank";
    OutOfRange = "out-of-range", "参数超出允许范围", "a parameter outside its range";
    WeightsNotWhole = "weights-not-whole", "权重合计不是规定的总数", "weights that do not add up to their total";
    VersionsOverlap = "versions-overlap", "参数各版本的日期冲突", "dated versions that clash or are out of order";
    // Types and scripts.
    TypeMismatch = "type-mismatch", "类型不符", "a value of another type than expected";
    UnitMismatch = "unit-mismatch", "单位不同,不能比较或相加", "numbers of different units compared or added";
    ScriptSyntax = "script-syntax", "脚本语法错误", "a script that cannot be read";
    ScriptForbidden = "script-forbidden", "脚本用了不允许的东西", "something a script may not use";
    ScriptTooLarge = "script-too-large", "脚本过长或过深", "a script that is too long or too deep";
    ScriptArguments = "script-arguments", "函数参数不对", "a call with wrong arguments";
    RecursiveFunction = "recursive-function", "函数互相调用成环", "functions that call each other in a circle";
    // Workflows.
    NoInitialState = "no-initial-state", "没有初始状态", "a workflow without states to start in";
    UnreachableState = "unreachable-state", "到不了的状态", "a state that no transition reaches";
    DeadEnd = "dead-end", "走不出去的状态", "a state that nothing leaves and that is not done";
    ShadowedTransition = "shadowed-transition", "永远轮不到的转移", "a transition that an earlier one always precedes";
    UnhandledEvent = "unhandled-event", "声明了却没有状态处理的事件", "an event that no state handles";
    UndeclaredEvent = "undeclared-event", "没有声明就使用的事件", "an event used but not declared";
    EventConflict = "event-conflict", "同名事件的声明不一致", "one event declared in two ways";
    NoSender = "no-sender", "推动案件却没有写谁可以发的事件", "an event that moves a case and names no sender";
    RoleVacant = "role-vacant", "生效时没有人担任的角色", "a role that nobody holds when the policy takes effect";
    UnknownPerson = "unknown-person", "没有任何角色的人", "a person whom no role names";
    BadSubstitute = "bad-substitute", "代理不成立", "a substitution that cannot be";
    SubstituteChain = "substitute-chain", "代理人自己也不在", "a substitute who is away himself";
    SubstitutesOverlap = "substitutes-overlap", "同一时间有两个代理人", "two substitutes for one person at a time";
    FourEyesVoid = "four-eyes-void", "不起作用的双人要求", "a `four_eyes` that can never keep anybody out";
    FourEyesAlone = "four-eyes-alone", "只有一个人,做不到双人", "a `four_eyes` where only one person could act";
    FourEyesOneWay = "four-eyes-one-way", "只写了一边的双人要求", "a `four_eyes` between parallel acts that only one of them names";
    PermissionLeavesOut = "permission-leaves-out", "许可漏了相似的事件", "a permission that leaves out a similar event";
    ClockNeverStarts = "clock-never-starts", "永远不会开始的时钟", "a clock that nothing starts";
    // Tables, scorecards, calendars.
    RowsOverlap = "rows-overlap", "决策表两行同时命中", "two rows of a unique table that can match together";
    TableGap = "table-gap", "决策表有没覆盖到的情形", "inputs that no row of a table covers";
    RowNeverHit = "row-never-hit", "永远命中不了的行", "a row that can never be the one";
    BandsGap = "bands-gap", "档位之间有空隙或重叠", "bands that leave a gap or overlap";
    CalendarEmpty = "calendar-empty", "日历没有任何工作时间", "a calendar that is never open";
    CalendarConflict = "calendar-conflict", "日历的例外互相矛盾", "exceptions of a calendar that contradict each other";
    BadIcs = "bad-ics", "iCalendar 日历文件读不懂", "an iCalendar file that cannot be read";
    CoverageTooShort = "coverage-too-short", "日历覆盖期不够", "a calendar that does not cover the policy's time";
    CircularExtends = "circular-extends", "继承关系成环", "an `extends` chain that closes on itself";
    // Duties.
    BadRecurrence = "bad-recurrence", "重复规则写法不对", "a recurrence rule that cannot be read or followed";
    DutyNeverDue = "duty-never-due", "永远不会到期的职责", "a duty that is never due";
    DueOutsidePeriod = "due-outside-period", "期限不在它的时期里", "a due day that its period never has";
    // Coverage of the regulation.
    ClauseNotImplemented = "clause-not-implemented", "没有任何要素实现的条款", "a clause that nothing implements";
    NoClause = "no-clause", "没有注明条款的要素", "an element that cites no clause";
    PermissionCoversNothing = "permission-covers-nothing", "许可所列的事件没有声明", "a permission over an event nobody declares";
    // Revisions.
    OldGraph = "old-graph", "旧版流程无法继续办理", "the graph of an earlier revision that cannot be carried on";
    MigrationInvalid = "migration-invalid", "迁移方案不完整或不对", "a migration plan that lacks something or does not fit";
    // Policies laid over one another, and beside one another.
    UnknownBase = "unknown-base", "没有所继承的制度", "a policy to extend that is not there";
    BaseInvalid = "base-invalid", "所继承的制度自己有错", "a policy to extend that has mistakes of its own";
    BaseChanged = "base-changed", "没有声明就改了所继承的规定", "an overlay that changes what binds in its base and does not say so";
    UnknownElement = "unknown-element", "要去掉或替换的内容不存在", "something to remove or replace that is not there";
    PolicyTwice = "policy-twice", "两部制度编号相同", "two policies of one id";
    KindClaimedTwice = "kind-claimed-twice", "两部制度说的是同一种对象", "a kind of subject that two policies speak of";
    RoleHeldOtherwise = "role-held-otherwise", "两部制度里同名的角色由不同的人担任", "a role that two policies give to other persons";
    // Scenarios.
    ScenarioInvalid = "scenario-invalid", "场景文件写法不对", "a scenario that cannot be read";
}
