//! Orders, their delivery, and the visits after it.

use chrono::{Days, NaiveDate, NaiveDateTime};

use crate::cast::Person;
use crate::days::{day, last_day, later, on, working_after, working_days, working_from};
use crate::ledger::{Data, Ledger};
use crate::people::target_of;
use crate::random::Random;

const PRODUCTS: [&str; 4] = ["A 型", "B 型", "C 型", "D 型"];
/// The last delivery that is followed by a visit: seven calendar days later lies well within the year.
const LAST_DELIVERY: (u32, u32) = (12, 14);

/// Each month everybody who sells gets orders approved that add up to what the month brings.
pub fn orders_and_visits(cast: &[Person], ledger: &mut Ledger, random: &mut Random) {
    let mut number = 1_000;
    for month in 1..=12 {
        let days = working_days(month);
        for person in cast.iter().filter(|person| person.position == "sales") {
            // The approval follows within two working days and shall lie in the same month.
            let usable: Vec<NaiveDate> = days
                .iter()
                .take(days.len().saturating_sub(3))
                .copied()
                .filter(|day| person.serves(*day) && working_after(*day, 2) <= last_day())
                .collect();
            let Some(plan) = usable.first().and_then(|first| person.month(*first)) else { continue };
            let mut left = target_of(person, month) * plan.achieved / 100;
            let count = random.between(4, 6);
            for idx in 0..count {
                let amount = if idx + 1 == count {
                    left
                } else {
                    left / (count - idx) * random.between(70, 130) / 100 / 100 * 100
                };
                left -= amount;
                number += 1;
                let Some(first) = random.pick(&usable).copied() else { continue };
                order(cast, person, number, amount, first, ledger, random);
            }
            if random.per_mille(200) {
                number += 1;
                let Some(first) = random.pick(&usable).copied() else { continue };
                rejected(person, number, first, ledger, random);
            }
        }
    }
}

fn order(
    cast: &[Person],
    person: &Person,
    number: i64,
    amount: i64,
    first: NaiveDate,
    ledger: &mut Ledger,
    random: &mut Random,
) {
    let delivered = working_after(first, 2) + Days::new(random.between(3, 9) as u64);
    let quantity = taken(person, number, amount, first, delivered, ledger, random);
    // One in thirty is audited a day late.
    let audited = working_after(first, if random.per_mille(33) { 2 } else { 1 });
    let at = later(on(audited, 10, 0), random.between(0, 5_400));
    ledger.happened(at, &format!("order/{number}"), "approved", Some("order_desk/jiang"), Data::new());
    let soon = later(at, 1_800 + number % 5 * 1_200);
    let source = if number % 3 == 0 { "purchasing" } else { "production" };
    let data = Data::new().text("source", source);
    ledger.happened(soon, &format!("order/{number}"), "allocated", Some("order_desk/jiang"), data);
    if delivered <= day(LAST_DELIVERY.0, LAST_DELIVERY.1) {
        let arrives = on(delivered, 17, random.between(0, 59) as u32);
        let shipped = on(delivered - Days::new(1), 15, 0);
        // The customer hears of it every four working days; one in twenty does not.
        let mut told = working_after(soon.date(), 4);
        while number % 20 != 0 && on(told, 10, 0) < shipped {
            let by = person.subject();
            ledger.happened(
                on(told, 10, 0),
                &format!("order/{number}"),
                "progress_reported",
                Some(&by),
                Data::new(),
            );
            told = working_after(told, 4);
        }
        brought(number, shipped, arrives, quantity, ledger);
        visit(cast, person, number, delivered, ledger, random);
    }
}

fn rejected(person: &Person, number: i64, first: NaiveDate, ledger: &mut Ledger, random: &mut Random) {
    let amount = random.between(20, 60) * 1_000;
    taken(person, number, amount, first, working_after(first, 8), ledger, random);
    let at = later(on(working_after(first, 1), 14, 0), random.between(0, 5_400));
    let reason = random.pick(&["超出信用额度", "客户资料不全", "交期无法满足"]).copied().unwrap_or_default();
    let data = Data::new().text("reason", reason);
    ledger.happened(at, &format!("order/{number}"), "rejected", Some("order_desk/jiang"), data);
    let told = later(at, 3_600);
    ledger.happened(told, &format!("order/{number}"), "customer_told", Some(&person.subject()), Data::new());
}

/// Is shipped the day before, arrives whole as agreed, is accepted the next working day. The visit comes of that by itself.
fn brought(number: i64, shipped: NaiveDateTime, arrives: NaiveDateTime, quantity: i64, ledger: &mut Ledger) {
    let (order, delivery) = (format!("order/{number}"), format!("delivery/{number}"));
    let place = "客户仓库";
    let data = Data::new().text("place", place).text("installation", "no");
    ledger.happened(shipped, &order, "shipped", Some("logistics/meng"), data);
    let data = Data::new().number("quantity", quantity).text("packing_intact", "yes").text("place", place);
    ledger.happened(arrives, &delivery, "delivered", Some("logistics/meng"), data);
    let accepted = on(working_after(arrives.date(), 1), 11, 0);
    ledger.happened(accepted, &delivery, "accepted", Some("logistics/meng"), Data::new());
}

/// Comes in, is confirmed with the customer, is entered; how many pieces it is.
fn taken(
    person: &Person,
    number: i64,
    amount: i64,
    first: NaiveDate,
    delivery: NaiveDate,
    ledger: &mut Ledger,
    random: &mut Random,
) -> i64 {
    let (subject, owner) = (format!("order/{number}"), person.subject());
    let opened = later(on(first, 9, 0), random.between(0, 5_400));
    let data = Data::new()
        .text("owner", &person.id)
        .text("customer", format!("客户{}", random.between(100, 999)))
        .text("amount", format!("{amount} yuan"));
    ledger.happened(opened, &subject, "opened", None, data);
    // Four business hours are allowed; one in twenty takes until late in the afternoon.
    let confirmed = match random.per_mille(50) {
        true => later(on(first, 15, 45), random.between(0, 1_800)),
        false => later(opened, random.between(900, 5_400)),
    };
    let product = random.pick(&PRODUCTS).copied().unwrap_or_default();
    let quantity = random.between(1, 12);
    let data = Data::new()
        .text("specification", product)
        .number("quantity", quantity)
        .text("price", format!("{amount} yuan"))
        .text("delivery", delivery);
    ledger.happened(confirmed, &subject, "confirmed", Some(&owner), data);
    let entered = later(confirmed, random.between(600, 4_200));
    ledger.happened(entered, &subject, "entered", Some(&owner), Data::new());
    quantity
}

fn visit(
    cast: &[Person],
    person: &Person,
    number: i64,
    delivered: NaiveDate,
    ledger: &mut Ledger,
    random: &mut Random,
) {
    let subject = format!("visit/{number}");
    let who = if random.per_mille(550) { "shen" } else { "han" };
    let there = cast.iter().any(|person| person.id == who && person.serves(delivered));
    let by = format!("after_sales/{who}");
    // Seven calendar days are allowed; one in twenty-five is late.
    let days = if random.per_mille(40) { 9 } else { random.between(1, 5) as u64 };
    let on_day = working_from(delivered + Days::new(days));
    let tries = match random.between(0, 999) {
        0..20 => 3,
        20..150 => 1,
        _ => 0,
    };
    for attempt in 0..tries {
        let at = later(on(on_day, 9, 10 + attempt * 15), random.between(0, 600));
        ledger.happened(at, &subject, "not_reached", Some(&by), Data::new());
    }
    if tries == 3 || !there {
        return;
    }
    let weak = person.month(on_day).is_some_and(|month| month.weak);
    let steady = person.id == "xie";
    let score = match random.between(0, 9) {
        _ if steady => 4,
        0..6 if weak => 2,
        _ if weak => 3,
        0 => 3,
        1..5 => 4,
        _ => 5,
    };
    let at = later(on(on_day, 14, 0), random.between(0, 10_800));
    ledger.happened(at, &subject, "visited", Some(&by), Data::new().number("score", score));
}
