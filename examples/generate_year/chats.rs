//! The online desk: every day from 08:00 to 22:00, holidays too; and the hotline's few outages.

use chrono::{Days, NaiveDate, NaiveDateTime};

use crate::cast::Person;
use crate::days::{at, day, last_day, later, on};
use crate::ledger::{Data, Ledger};
use crate::random::Random;

/// The first message may come until twenty minutes before the desk closes.
const DESK: (u32, i64) = (8, 13 * 3_600 + 2_400);
/// On New Year's Eve of the old calendar the desk closes at 18:00.
const EVE: (u32, u32, i64) = (2, 16, 9 * 3_600 + 2_400);

/// How a chat goes.
enum Course {
    /// Answered in time, perhaps with a second question.
    InTime,
    /// Answered too late.
    Late,
    /// The robot answers first, a person in time.
    RobotFirst,
    /// Only the robot ever answers.
    RobotOnly,
    /// The customer leaves before anybody had to answer.
    CustomerLeft,
    /// The customer writes twice, one answer serves both.
    Twice,
}

/// So many chats, spread over the year.
pub fn chats(cast: &[Person], count: usize, ledger: &mut Ledger, random: &mut Random) {
    let (first, last) = (day(1, 1), last_day());
    let days = (last - first).num_days();
    let mut starts: Vec<NaiveDateTime> = (0..count)
        .map(|_| {
            let day = first + Days::new(random.between(0, days) as u64);
            later(on(day, DESK.0, 0), random.between(0, open_seconds(day)))
        })
        .collect();
    starts.sort();
    let mut today: Option<(NaiveDate, Vec<&Person>)> = None;
    for (idx, start) in starts.into_iter().enumerate() {
        let day = start.date();
        if today.as_ref().is_none_or(|(of, _)| *of != day) {
            today = Some((day, desk_of(cast, day)));
        }
        let Some((_, desk)) = &today else { continue };
        let Some(who) = random.pick(desk) else { continue };
        chat(who, idx + 1, start, ledger, random);
    }
}

fn open_seconds(of: NaiveDate) -> i64 {
    if of == day(EVE.0, EVE.1) { EVE.2 } else { DESK.1 }
}

/// Who answers on a day: everybody certified who sells or serves; who serves only has half the turns of two.
fn desk_of(cast: &[Person], day: NaiveDate) -> Vec<&Person> {
    cast.iter().filter(|person| person.position != "technician" && person.serves(day)).collect()
}

fn chat(who: &Person, number: usize, start: NaiveDateTime, ledger: &mut Ledger, random: &mut Random) {
    let subject = format!("chat/{number}");
    let customer = format!("customer/{}", random.between(1, 900));
    let data = Data::new().text("customer", customer.replace("customer/", "客户"));
    if random.per_mille(80) {
        ledger.happened(start, &subject, "opened", None, data);
        let to = Data::new().text("to", &who.id);
        ledger.happened(later(start, 4), &subject, "assigned", Some("chat_lead/feng"), to);
    } else {
        ledger.happened(start, &subject, "opened", None, data.text("assigned_to", &who.id));
    }
    let mut chat = Chat { subject, customer, staff: who.subject(), ledger };
    let weak = who.month(start.date()).is_some_and(|month| month.weak);
    let asked = later(start, 10);
    let last = match course(weak, random) {
        Course::InTime => chat.in_time(asked, random),
        Course::Late => {
            chat.asks(asked);
            chat.answers(later(asked, random.between(310, 1_500)))
        }
        Course::RobotFirst => {
            chat.asks(asked);
            chat.robot(later(asked, 2));
            chat.answers(later(asked, random.between(30, 290)))
        }
        Course::RobotOnly => {
            chat.asks(asked);
            chat.robot(later(asked, 2));
            chat.leaves(later(asked, random.between(900, 1_800)));
            return;
        }
        Course::CustomerLeft => {
            chat.asks(asked);
            chat.leaves(later(asked, random.between(60, 280)));
            return;
        }
        Course::Twice => {
            chat.asks(asked);
            chat.asks(later(asked, random.between(20, 100)));
            chat.answers(later(asked, random.between(110, 280)))
        }
    };
    if random.per_mille(850) {
        chat.closes(later(last, random.between(60, 900)));
    }
}

fn course(weak: bool, random: &mut Random) -> Course {
    let late = if weak { 200 } else { 40 };
    match random.between(0, 999) {
        n if n < late => Course::Late,
        n if n < late + 25 => Course::CustomerLeft,
        n if n < late + 35 => Course::RobotOnly,
        n if n < late + 60 => Course::RobotFirst,
        n if n < late + 110 => Course::Twice,
        _ => Course::InTime,
    }
}

struct Chat<'a> {
    subject: String,
    customer: String,
    staff: String,
    ledger: &'a mut Ledger,
}

impl Chat<'_> {
    fn in_time(&mut self, asked: NaiveDateTime, random: &mut Random) -> NaiveDateTime {
        self.asks(asked);
        let mut last = self.answers(later(asked, random.between(15, 290)));
        if random.per_mille(350) {
            let again = later(last, random.between(30, 400));
            self.asks(again);
            last = self.answers(later(again, random.between(15, 290)));
        }
        last
    }

    fn asks(&mut self, at: NaiveDateTime) {
        self.ledger.happened(at, &self.subject, "customer_message", Some(&self.customer), Data::new());
    }

    fn answers(&mut self, at: NaiveDateTime) -> NaiveDateTime {
        self.ledger.happened(at, &self.subject, "staff_reply", Some(&self.staff), Data::new());
        at
    }

    fn robot(&mut self, at: NaiveDateTime) {
        self.ledger.happened(at, &self.subject, "bot_reply", Some("robot/robot"), Data::new());
    }

    fn leaves(&mut self, at: NaiveDateTime) {
        self.ledger.happened(at, &self.subject, "customer_left", Some(&self.customer), Data::new());
    }

    fn closes(&mut self, at: NaiveDateTime) {
        self.ledger.happened(at, &self.subject, "closed", Some(&self.staff), Data::new());
    }
}

/// The hotline fails now and then; once for longer than half an hour of working time.
pub fn hotline(ledger: &mut Ledger) {
    let subject = "hotline/main";
    ledger.happened(at(1, 1, 0, 0), subject, "opened", None, Data::new().text("number", "400-000-0000"));
    let outages = [
        (at(1, 20, 10, 5), at(1, 20, 10, 22), "线路故障"),
        (at(4, 16, 11, 50), at(4, 16, 13, 15), "机房断电"),
        (at(6, 13, 14, 0), at(6, 15, 9, 20), "周末割接"),
        (at(8, 5, 15, 0), at(8, 5, 16, 10), "光缆被挖断"),
        (at(11, 11, 9, 30), at(11, 11, 9, 41), "话务过载"),
    ];
    for (from, to, cause) in outages {
        let data = Data::new().text("cause", cause);
        ledger.happened(from, subject, "outage_started", Some("hotline_desk/chen"), data);
        ledger.happened(to, subject, "outage_ended", Some("hotline_desk/chu"), Data::new());
    }
}
