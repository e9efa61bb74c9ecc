//! What follows from results: coaching, appeals, an exemption, reviews and their decisions.
//!
//! A month's result is published on the 5th working day after it and final three working days later: January's on
//! 11 February, March's on 13 April, April's on 14 May, and so on.

use chrono::NaiveDateTime;

use crate::days::at;
use crate::ledger::{Data, Ledger};

/// The stories that `cast.rs` lists.
pub fn performance(ledger: &mut Ledger) {
    retained(ledger);
    ending_proposed(ledger);
    coached(ledger, "lu", "zhou", [at(4, 15, 10, 0), at(4, 23, 16, 0), at(4, 30, 16, 0)]);
    appeals(ledger);
    coached(ledger, "jin", "zhou", [at(7, 16, 10, 0), at(7, 24, 16, 0), at(7, 31, 16, 0)]);
    // The coaching had to start by 17 September.
    coached(ledger, "tao", "zhou", [at(9, 21, 10, 0), at(9, 29, 16, 0), at(10, 9, 15, 0)]);
    let leave = Data::new().text("period", "2026-09").text("reason", "产假");
    ledger.happened(at(9, 2, 10, 0), "staff/shi", "monthly_kpi.exempted", Some("hr/zhao"), leave);
    let moved = Data::new().text("manager", "zhou");
    ledger.happened(at(7, 1, 9, 0), "staff/liu", "changed", Some("hr/zhao"), moved);
}

fn retained(ledger: &mut Ledger) {
    coached(ledger, "tang", "zhou", [at(2, 13, 10, 0), at(2, 25, 16, 0), at(2, 28, 15, 0)]);
    statement(ledger, at(4, 15, 10, 0), "staff/tang", "三月换了片区,老客户都留给了同事");
    // Only the director decides, and with a reason.
    review(ledger, at(4, 20, 10, 0), "staff/tang", "hr/zhao", "ending_proposed", Some("连续三个月不达标"));
    review(ledger, at(4, 21, 10, 0), "staff/tang", "director/qian", "retained", None);
    review(
        ledger,
        at(4, 22, 10, 0),
        "staff/tang",
        "director/qian",
        "retained",
        Some("换片区的影响属实,再看一个季度"),
    );
}

fn ending_proposed(ledger: &mut Ledger) {
    let early = Data::new().text("summary", "已陪访四次");
    ledger.happened(at(6, 22, 15, 0), "staff/qin", "coaching_completed", Some("manager/zheng"), early);
    coached(ledger, "qin", "zheng", [at(6, 12, 10, 0), at(6, 18, 16, 0), at(6, 29, 15, 0)]);
    statement(ledger, at(8, 14, 10, 0), "staff/qin", "身体原因,跑不动远郊客户");
    review(
        ledger,
        at(8, 24, 11, 0),
        "staff/qin",
        "director/qian",
        "ending_proposed",
        Some("辅导后仍不达标,调岗未谈成"),
    );
}

fn appeals(ledger: &mut Ledger) {
    appeal(ledger, at(5, 12, 10, 0), "cao", "2026-04", "有一单四月审核的没有算进来");
    let overturned = Data::new()
        .text("period", "2026-04")
        .text("outcome", "overturned")
        .text("score", "62.5 points")
        .text("reason", "漏算一单,改判");
    ledger.happened(
        at(5, 15, 10, 0),
        "staff/cao",
        "monthly_kpi.appeal_decided",
        Some("director/qian"),
        overturned,
    );
    appeal(ledger, at(7, 9, 10, 0), "jin", "2026-06", "回访评分偏低,客户不了解情况");
    let upheld =
        Data::new().text("period", "2026-06").text("outcome", "upheld").text("reason", "回访录音核对无误");
    ledger.happened(
        at(7, 14, 10, 0),
        "staff/jin",
        "monthly_kpi.appeal_decided",
        Some("director/qian"),
        upheld,
    );
    // Too late: the window for February closed on 11 March.
    appeal(ledger, at(3, 20, 10, 0), "li", "2026-02", "响应率算错了");
}

/// Starts, notes and ends a coaching.
fn coached(ledger: &mut Ledger, who: &str, manager: &str, [start, note, end]: [NaiveDateTime; 3]) {
    let subject = format!("staff/{who}");
    let by = format!("manager/{manager}");
    let plan = Data::new().text("plan", "每周陪访两次,周五复盘");
    ledger.happened(start, &subject, "coaching_started", Some(&by), plan);
    let noted = Data::new().text("day", note.date()).text("note", "陪访两家,报价环节偏慢");
    ledger.happened(note, &subject, "coaching_noted", Some(&by), noted);
    let summary = Data::new().text("summary", "计划内的陪访都已完成");
    ledger.happened(end, &subject, "coaching_completed", Some(&by), summary);
}

fn statement(ledger: &mut Ledger, at: NaiveDateTime, subject: &str, text: &str) {
    ledger.happened(at, subject, "statement_given", Some(subject), Data::new().text("statement", text));
}

fn review(
    ledger: &mut Ledger,
    at: NaiveDateTime,
    subject: &str,
    by: &str,
    outcome: &str,
    reason: Option<&str>,
) {
    let data = Data::new().text("outcome", outcome);
    let data = match reason {
        Some(reason) => data.text("reason", reason),
        None => data,
    };
    ledger.happened(at, subject, "review_decided", Some(by), data);
}

fn appeal(ledger: &mut Ledger, at: NaiveDateTime, who: &str, period: &str, reason: &str) {
    let subject = format!("staff/{who}");
    let data = Data::new().text("period", period).text("reason", reason);
    ledger.happened(at, &subject, "monthly_kpi.appealed", Some(&subject), data);
}
