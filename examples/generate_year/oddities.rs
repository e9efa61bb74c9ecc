//! What every real stream holds: events that the rules refuse, that come late, twice, or with a mistake.

use chrono::NaiveDateTime;

use crate::days::{at, day, later, on, working_from};
use crate::ledger::{Data, Ledger, Place};

/// One of each.
pub fn oddities(ledger: &mut Ledger) {
    refused_by_rules(ledger);
    refused_at_the_door(ledger);
    late(ledger);
    twice(ledger);
    corrected(ledger);
}

fn refused_by_rules(ledger: &mut Ledger) {
    // Not certified yet: the reply does not count, the customer waits on.
    chat(ledger, "odd-1", at(5, 14, 10, 0), "li");
    let by_lead = Data::new().text("assigned_by", "feng");
    ledger.happened(at(5, 14, 10, 3), "chat/odd-1", "staff_reply", Some("staff/mao"), by_lead);
    ledger.happened(at(5, 14, 10, 12), "chat/odd-1", "staff_reply", Some("staff/li"), Data::new());
    // A customer answers a customer; the chat is closed while somebody waits.
    chat(ledger, "odd-2", at(3, 17, 15, 0), "wang");
    ledger.happened(at(3, 17, 15, 1), "chat/odd-2", "staff_reply", Some("customer/9"), Data::new());
    ledger.happened(at(3, 17, 15, 2), "chat/odd-2", "closed", Some("staff/wang"), Data::new());
    ledger.happened(at(3, 17, 15, 4), "chat/odd-2", "staff_reply", Some("staff/wang"), Data::new());
    ledger.happened(at(3, 17, 15, 10), "chat/odd-2", "closed", Some("staff/wang"), Data::new());
    // After the end.
    ledger.happened(at(3, 17, 15, 30), "chat/odd-2", "customer_message", Some("customer/20"), Data::new());
    // The role of `wu` ended in February.
    let score = Data::new().number("score", 88);
    ledger.happened(at(3, 12, 10, 0), "staff/ding", "exam_taken", Some("hr/wu"), score);
    // An order is entered before it was confirmed; a survey score that does not exist; a day of attendance to come.
    order(ledger, "odd-1", at(9, 9, 9, 0));
    ledger.happened(at(9, 9, 9, 30), "order/odd-1", "entered", Some("staff/li"), Data::new());
    let six = Data::new().number("score", 6);
    let visit = Data::new().text("order", "order/odd-1").text("delivered", day(9, 14));
    ledger.happened(at(9, 14, 17, 0), "visit/odd-1", "opened", None, visit);
    ledger.happened(at(9, 16, 10, 0), "visit/odd-1", "visited", Some("after_sales/shen"), six);
    let five = Data::new().number("score", 5);
    ledger.happened(at(9, 16, 10, 5), "visit/odd-1", "visited", Some("after_sales/shen"), five);
    let tomorrow = Data::new().text("day", day(10, 14)).text("topic", "skill");
    ledger.happened(at(10, 13, 16, 0), "staff/xia", "attended", Some("trainer/sun"), tomorrow);
    // A manager acknowledges in the employee's place.
    let data = Data::new().text("indicator", "sales").text("period", "2026-05");
    let by = Some("manager/zhou");
    ledger.happened(at(4, 30, 17, 0), "staff/li", "monthly_kpi.target_acknowledged", by, data);
}

fn refused_at_the_door(ledger: &mut Ledger) {
    // Without the delivery date; then with everything.
    let incomplete =
        Data::new().text("specification", "A 型").number("quantity", 2).text("price", "20000 yuan");
    ledger.happened(at(9, 9, 9, 40), "order/odd-1", "confirmed", Some("staff/li"), incomplete.clone());
    let complete = incomplete.text("delivery", day(9, 14));
    ledger.happened(at(9, 9, 10, 0), "order/odd-1", "confirmed", Some("staff/li"), complete);
    ledger.happened(at(9, 9, 10, 30), "order/odd-1", "entered", Some("staff/li"), Data::new());
    ledger.happened(at(9, 10, 10, 0), "order/odd-1", "approved", Some("order_desk/jiang"), Data::new());
    // A misspelt event, a kind that does not exist, a chat that was never opened.
    ledger.happened(
        at(7, 7, 11, 0),
        "staff/li",
        "exam_take",
        Some("hr/zhao"),
        Data::new().number("score", 90),
    );
    ledger.happened(at(7, 7, 11, 1), "ticket/7", "opened", Some("hr/zhao"), Data::new());
    ledger.happened(at(7, 7, 11, 2), "chat/nobody", "customer_message", Some("customer/3"), Data::new());
    // The id of an earlier event with other content.
    if let Some(first) = ledger.find("staff/ding", "exam_taken") {
        let other = Data::new().number("score", 99);
        let place = ledger.happened(at(3, 25, 9, 0), "staff/ding", "exam_taken", Some("hr/zhao"), other);
        ledger.takes_id_of(place, first);
    }
}

/// Replies that reach us hours later, when the chat's clock was long breached; approvals from before a month's end
/// that are learned after it, once even after the result was published.
fn late(ledger: &mut Ledger) {
    for (month, of_month) in [(2, 3), (4, 21), (6, 10), (8, 19), (10, 29), (12, 2)] {
        let outage = (at(month, of_month, 13, 0), at(month, of_month, 16, 0));
        let replies = ledger.of_event("staff_reply", outage.0, outage.1);
        for place in replies {
            // Everything of the chat from then on came in when the link was up again.
            let Some((from, subject)) = ledger.place(place).map(|(at, subject)| (at, subject.to_owned()))
            else {
                continue;
            };
            for (idx, place) in ledger.rest_of(&subject, from).into_iter().enumerate() {
                ledger.learned(place, later(at(month, of_month, 18, 30), idx as i64));
            }
        }
    }
    for (from, to, known) in [
        (at(3, 26, 0, 0), at(3, 31, 23, 0), at(4, 2, 9, 30)),
        (at(5, 27, 0, 0), at(5, 29, 23, 0), at(6, 2, 9, 30)),
        (at(10, 26, 0, 0), at(10, 30, 23, 0), at(11, 12, 9, 30)),
    ] {
        let Some(place) = ledger.of_event("approved", from, to).into_iter().next() else { continue };
        // What was done with the order meanwhile, with its delivery and the visit, came in with it.
        let Some((from, order)) = ledger.place(place).map(|(at, order)| (at, order.to_owned())) else {
            continue;
        };
        let mut places = ledger.rest_of(&order, from);
        for kind in ["delivery/", "visit/"] {
            places.extend(ledger.rest_of(&order.replace("order/", kind), from));
        }
        places.retain(|place| ledger.place(*place).is_some_and(|(at, _)| at < known));
        for (idx, place) in places.into_iter().enumerate() {
            ledger.learned(place, later(known, idx as i64));
        }
    }
}

/// The sender was not sure and sent again: the same lines, some minutes or weeks later.
fn twice(ledger: &mut Ledger) {
    for (month, event) in
        [(2, "confirmed"), (3, "visited"), (5, "staff_reply"), (10, "attended"), (11, "closed")]
    {
        let from = on(working_from(day(month, 10)), 0, 0);
        let Some(place) = ledger.of_event(event, from, later(from, 20 * 86_400)).into_iter().next() else {
            continue;
        };
        let Some((at, _)) = ledger.place(place) else { continue };
        ledger.repeated(place, later(at, 240 * i64::from(month * month)));
    }
    if let Some(place) = ledger.find("staff/tang", "coaching_started") {
        ledger.repeated(place, at(3, 2, 9, 0));
    }
}

/// A survey score was keyed in wrongly; the visitor corrects it and says why.
fn corrected(ledger: &mut Ledger) {
    let Some(wrong) = ledger.of_event("visited", at(5, 12, 0, 0), at(5, 29, 0, 0)).into_iter().next() else {
        return;
    };
    let Some((at, subject)) = ledger.place(wrong).map(|(at, subject)| (at, subject.to_owned())) else {
        return;
    };
    let right = Data::new().number("score", 3);
    let place = ledger.happened(at, &subject, "visited", Some("after_sales/shen"), right);
    ledger.corrects(place, wrong, "录入时看错一行");
    ledger.learned(place, later(at, 3_600));
}

fn chat(ledger: &mut Ledger, name: &str, opened: NaiveDateTime, assigned_to: &str) -> Place {
    let subject = format!("chat/{name}");
    let data = Data::new().text("customer", "客户20").text("assigned_to", assigned_to);
    ledger.happened(later(opened, -60), &subject, "opened", None, data);
    ledger.happened(opened, &subject, "customer_message", Some("customer/20"), Data::new())
}

fn order(ledger: &mut Ledger, name: &str, opened: NaiveDateTime) {
    let data = Data::new().text("owner", "li").text("customer", "客户20").text("amount", "20000 yuan");
    ledger.happened(opened, &format!("order/{name}"), "opened", None, data);
}
