//! Who works in the department, and what the year has in store for each.
//!
//! | who | story |
//! |---|---|
//! | tang | fails January to March, is coached in February, reviewed in April, retained |
//! | qin | fails May to July, is coached in June, reviewed in August, ending proposed |
//! | lu | fails March, is coached in April, recovers |
//! | cao | fails April, appeals, the director overturns it |
//! | jin | fails June, appeals, the result is upheld; is coached and recovers |
//! | tao | fails August; the manager starts the coaching too late |
//! | shi | on leave in September: exempt |
//! | bai, fu, pan | a target set too late, one acknowledged too late, one never acknowledged: undetermined |
//! | xie | around the line of 60 all year |
//! | zhong, xia | hired in March and October, pass at once |
//! | ding | passes at the resit |
//! | luo | sits the exam too early, is refused, passes later |
//! | mao | fails twice: not qualified, moved to another post |
//! | qiu | misses the resit: not qualified, trained again, passes |
//! | gu | the seventh day of attendance is registered late; the exam that was refused then counts |

use chrono::{Days, NaiveDate, NaiveDateTime};

use crate::days::{day, on, working_from};
use crate::random::Random;

/// How many people the stories need.
pub const PLANNED: usize = 30;

const SALES: [&str; 14] =
    ["li", "wang", "tang", "qin", "lu", "cao", "jin", "shi", "bai", "fu", "tao", "xie", "pan", "liu"];
/// The last three hold roles besides: after-sales and the desk's lead.
const SERVICE: [&str; 7] = ["ma", "hu", "ge", "fan", "shen", "han", "feng"];
const TECHNICIANS: [&str; 2] = ["lei", "fang"];
const NEW: [(&str, &str, u32, u32); 7] = [
    ("zhong", "sales", 3, 2),
    ("ding", "service", 3, 9),
    ("luo", "sales", 4, 7),
    ("mao", "service", 5, 11),
    ("qiu", "sales", 7, 6),
    ("gu", "service", 9, 1),
    ("xia", "sales", 10, 12),
];
const SURNAMES: [&str; 40] = [
    "zhang", "zhu", "you", "lv", "kong", "yan", "hua", "qi", "zou", "yu", "dou", "yun", "su", "peng", "lang",
    "chang", "miao", "ren", "yuan", "bao", "shui", "tian", "guo", "gao", "lin", "liang", "song", "deng",
    "cheng", "cai", "jia", "dai", "fei", "cen", "xue", "ni", "teng", "yin", "luan", "hao",
];
const GIVEN: [&str; 30] = [
    "an", "bo", "chao", "dan", "fei", "gang", "hai", "hong", "jie", "jun", "kai", "lan", "lei", "min", "na",
    "ning", "ping", "qiang", "rong", "rui", "shan", "tao", "ting", "wei", "xin", "yan", "yi", "ying", "yun",
    "zhi",
];

/// How the targets of a month are dealt with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Set and acknowledged in time.
    InTime,
    /// Set after the month began.
    SetLate,
    /// Acknowledged after the month began.
    AcknowledgedLate,
    /// Never acknowledged.
    NeverAcknowledged,
}

/// What a month brings.
#[derive(Clone, Copy)]
pub struct Month {
    /// Sales in percent of the target.
    pub achieved: i64,
    /// Low survey scores and many late replies.
    pub weak: bool,
    /// On leave.
    pub leave: bool,
    /// How the target is dealt with.
    pub target: Target,
}

/// A member of the staff.
pub struct Person {
    /// The name.
    pub id: String,
    /// The post.
    pub position: &'static str,
    /// Whom they answer to.
    pub manager: &'static str,
    /// When they were hired.
    pub hired: NaiveDate,
    /// When they were entered into the system.
    pub opened: NaiveDateTime,
    /// Whether the year's own onboarding is a planned one.
    pub new: bool,
    /// From this day on they may serve customers; set by the onboarding.
    pub certified: Option<NaiveDate>,
    /// From this day on they serve no more.
    pub gone: Option<NaiveDate>,
    /// The monthly target in yuan.
    pub target: i64,
    /// January to December.
    pub months: [Month; 12],
}

impl Person {
    /// The subject: `staff/li`.
    pub fn subject(&self) -> String {
        format!("staff/{}", self.id)
    }

    /// Whether they may serve customers on a day and are there.
    pub fn serves(&self, day: NaiveDate) -> bool {
        self.certified.is_some_and(|from| from <= day)
            && self.gone.is_none_or(|gone| day < gone)
            && !self.month(day).is_some_and(|month| month.leave)
    }

    /// What the month of a day brings.
    pub fn month(&self, day: NaiveDate) -> Option<&Month> {
        use chrono::Datelike;
        self.months.get(day.month0() as usize)
    }
}

/// Everybody, the planned ones first.
pub fn cast(people: usize, random: &mut Random) -> Vec<Person> {
    let mut cast = Vec::with_capacity(people);
    for (names, position) in
        [(&SALES[..], "sales"), (&SERVICE[..], "service"), (&TECHNICIANS[..], "technician")]
    {
        for (idx, name) in names.iter().enumerate() {
            cast.push(veteran((*name).to_owned(), position, idx, random));
        }
    }
    for (idx, (name, position, month, of_month)) in NEW.iter().enumerate() {
        let hired = day(*month, *of_month);
        cast.push(person((*name).to_owned(), position, idx, hired, on(hired, 9, 0), random));
    }
    for idx in 0..people.saturating_sub(PLANNED) {
        cast.push(further(idx, random));
    }
    for person in &mut cast {
        plan(person);
    }
    cast
}

/// One of the many without a story: six in ten sell, some are hired during the year.
fn further(idx: usize, random: &mut Random) -> Person {
    let name = |idx: usize| {
        let surname = SURNAMES.get(idx % SURNAMES.len()).copied().unwrap_or_default();
        let given = GIVEN.get(idx / SURNAMES.len() % GIVEN.len()).copied().unwrap_or_default();
        match idx / (SURNAMES.len() * GIVEN.len()) {
            0 => format!("{surname}-{given}"),
            round => format!("{surname}-{given}-{}", round + 1),
        }
    };
    let position = match idx % 10 {
        0..=5 => "sales",
        6..=8 => "service",
        _ => "technician",
    };
    if idx % 15 == 14 {
        let hired = working_from(day(random.between(1, 10) as u32, random.between(5, 25) as u32));
        return person(name(idx), position, idx, hired, on(hired, 9, 0), random);
    }
    veteran(name(idx), position, idx, random)
}

/// Hired before 2026; trained and examined in the last days of 2025, before the regulation takes force.
fn veteran(id: String, position: &'static str, idx: usize, random: &mut Random) -> Person {
    let hired = day(1, 5) - Days::new(random.between(200, 2_000) as u64);
    let opened = on(day(1, 1) - Days::new(10), 9, (idx % 60) as u32);
    Person { new: false, ..person(id, position, idx, hired, opened, random) }
}

fn person(
    id: String,
    position: &'static str,
    idx: usize,
    hired: NaiveDate,
    opened: NaiveDateTime,
    random: &mut Random,
) -> Person {
    let manager = match (position, idx % 2) {
        ("sales", 0) => "zhou",
        ("sales", _) => "zheng",
        ("service", _) => "he",
        _ => "xu",
    };
    let skill = random.between(84, 112);
    let mut month = || Month {
        achieved: (skill + random.between(-14, 14)).max(78),
        weak: false,
        leave: false,
        target: Target::InTime,
    };
    let months = std::array::from_fn(|_| month());
    let target = random.between(8, 16) * 10_000;
    Person { id, position, manager, hired, opened, new: true, certified: None, gone: None, target, months }
}

/// The stories.
fn plan(person: &mut Person) {
    let fails: &[usize] = match person.id.as_str() {
        "tang" => &[1, 2, 3],
        "qin" => &[5, 6, 7, 8],
        "lu" => &[3],
        "cao" => &[4],
        "jin" => &[6],
        "tao" => &[8],
        _ => &[],
    };
    for (idx, month) in person.months.iter_mut().enumerate() {
        let number = idx + 1;
        if fails.contains(&number) {
            // At most 35 % of the target, poor surveys: below 60 whatever the chats are.
            (month.achieved, month.weak) = (16 + 3 * (number as i64 % 5), true);
        }
        match (person.id.as_str(), number) {
            ("shi", 9) => month.leave = true,
            ("bai", 2) => month.target = Target::SetLate,
            ("fu", 6) => month.target = Target::AcknowledgedLate,
            ("pan", 10) => month.target = Target::NeverAcknowledged,
            ("xie", _) => month.achieved = 62 + 4 * (number as i64 % 4),
            _ => {}
        }
    }
    if person.id == "qin" {
        person.gone = Some(day(8, 24));
    }
}
