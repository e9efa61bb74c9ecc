//! One change, table by table.

use rusqlite::params;

use super::{Change, Result, Review, SqliteStore, check_expected, failed, get, signed, taken, text};
use crate::engine::Sample;
use crate::store::{Kept, kind_word, verdict_word, workflow_of};

impl SqliteStore {
    /// Writes a change inside an open transaction.
    pub(super) fn write(&mut self, change: &Change<'_>) -> Result<()> {
        let head = change.head;
        let subject = self.number(&head.subject)?;
        self.write_head(subject, change)?;
        self.write_records(subject, change)?;
        if let Some(outdated) = change.outdated {
            let sql = "DELETE FROM states WHERE subject = ?1 AND frontier >= ?2";
            self.execute(sql, params![subject, outdated.timestamp()])?;
        }
        self.write_effects(subject, change)?;
        self.write_samples(change)?;
        self.write_clocks(subject, change)?;
        for score in change.scores {
            self.execute(
                "INSERT OR REPLACE INTO scores (subject, card, period, band, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![subject, score.card, score.period, score.band, text(&score.result)?],
            )?;
        }
        for reading in change.readings {
            let source = self.number(&reading.source)?;
            let reader = self.number(&reading.reader)?;
            self.execute(
                "INSERT OR IGNORE INTO readings (source, at, reader, record) VALUES (?1, ?2, ?3, ?4)",
                params![source, reading.at.timestamp(), reader, reading.record],
            )?;
        }
        change.reviews.iter().try_for_each(|review| self.write_review(review))
    }

    /// The number of a name; a new name gets one.
    pub(super) fn number(&mut self, name: &str) -> Result<i64> {
        if let Some(number) = self.known_number(name)? {
            return Ok(number);
        }
        self.execute("INSERT INTO names (name) VALUES (?1)", [name])?;
        let number = self.db.last_insert_rowid();
        self.remember(name, number);
        Ok(number)
    }

    /// Writes where the subject stands, if it has as many records as expected.
    ///
    /// The statement that leaves `next_due` alone spares the index of what is due.
    fn write_head(&self, subject: i64, change: &Change<'_>) -> Result<()> {
        let head = change.head;
        let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.timestamp());
        let (opened, known_at, next_due) = (at(head.opened), at(head.known), at(head.next_due));
        let (seq, chain, frontier) = (signed(head.seq), head.chain.0, head.frontier.timestamp());
        let known = "UPDATE heads SET kind = ?2, opened = ?3, seq = ?4, chain = ?5, known = ?6, frontier = ?7
                     WHERE subject = ?1 AND seq = ?9 AND next_due IS ?8";
        let expected = signed(change.expected);
        let values = params![subject, head.kind, opened, seq, chain, known_at, frontier, next_due, expected];
        if self.execute(known, values)? > 0 {
            return Ok(());
        }
        let sql = "SELECT seq, next_due FROM heads WHERE subject = ?1";
        let found: Option<(i64, Option<i64>)> =
            self.row(sql, [subject], |row| Ok((get(row, 0)?, get(row, 1)?)))?;
        let (count, before) = found.unwrap_or_default();
        check_expected(&head.subject, change.expected, u64::try_from(count).unwrap_or(0))?;
        let written =
            "INSERT OR REPLACE INTO heads (subject, kind, opened, seq, chain, known, frontier, next_due)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = params![subject, head.kind, opened, seq, chain, known_at, frontier, next_due];
        self.execute(written, values)?;
        if let Some(before) = before {
            self.execute("DELETE FROM due WHERE at = ?1 AND name = ?2", params![before, head.subject])?;
        }
        if let Some(due) = next_due {
            self.execute("INSERT INTO due (at, name) VALUES (?1, ?2)", params![due, head.subject])?;
        }
        Ok(())
    }

    fn write_records(&self, subject: i64, change: &Change<'_>) -> Result<()> {
        for (seq, kept) in (change.expected + 1..).zip(change.records) {
            self.write_record(subject, seq, kept).map_err(|err| match err {
                rusqlite::Error::SqliteFailure(code, _)
                    if code.code == rusqlite::ErrorCode::ConstraintViolation =>
                {
                    taken(&change.head.subject, &kept.record.id)
                }
                err => failed(err),
            })?;
        }
        Ok(())
    }

    fn write_record(&self, subject: i64, seq: u64, kept: &Kept) -> Result<(), rusqlite::Error> {
        let record = &kept.record;
        let mut statement = self.db.prepare_cached(
            "INSERT INTO records (subject, seq, id, event, at, known, hash, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        statement.execute(params![
            subject,
            signed(seq),
            record.id,
            record.event,
            record.at.timestamp(),
            record.known.timestamp(),
            kept.hash.0,
            kept.payload
        ])?;
        Ok(())
    }

    fn write_effects(&self, subject: i64, change: &Change<'_>) -> Result<()> {
        for effect in change.effects {
            self.execute(
                "INSERT INTO outbox (id, subject, kind, at, payload) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET at = ?4, payload = ?5, withdrawn = 0",
                params![effect.id, subject, kind_word(effect), effect.at.timestamp(), text(effect)?],
            )?;
        }
        for id in change.withdrawn {
            self.execute("UPDATE outbox SET withdrawn = 1 WHERE id = ?1", [id])?;
        }
        Ok(())
    }

    fn write_samples(&self, change: &Change<'_>) -> Result<()> {
        let add = |sample: &Sample| -> Result<()> {
            self.execute(
                "INSERT OR REPLACE INTO samples (id, measure, person, at, value, source) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    sample.id,
                    sample.measure,
                    sample.person,
                    sample.at.timestamp(),
                    sample.value.to_string(),
                    sample.source
                ],
            )?;
            Ok(())
        };
        change.samples.iter().try_for_each(add)?;
        for id in change.vanished {
            self.execute("DELETE FROM samples WHERE id = ?1", [id])?;
        }
        Ok(())
    }

    fn write_clocks(&self, subject: i64, change: &Change<'_>) -> Result<()> {
        for clock in change.undone {
            let Some(verdict) = verdict_word(clock) else { continue };
            self.execute(
                "DELETE FROM clocks WHERE subject = ?1 AND case_name = ?2 AND clock = ?3 AND round = ?4 AND verdict = ?5",
                params![subject, clock.case, clock.clock, clock.round, verdict],
            )?;
        }
        for clock in change.clocks {
            let Some(verdict) = verdict_word(clock) else { continue };
            self.execute(
                "INSERT OR REPLACE INTO clocks (subject, case_name, clock, round, workflow, verdict, due)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    subject,
                    clock.case,
                    clock.clock,
                    clock.round,
                    workflow_of(&clock.case),
                    verdict,
                    clock.due.timestamp()
                ],
            )?;
        }
        Ok(())
    }

    /// The value at closing is the one that was noted first.
    fn write_review(&self, review: &Review) -> Result<()> {
        let sql = "SELECT payload FROM reviews WHERE id = ?1";
        let known: Option<Review> = self.row(sql, [&review.id], |row| super::json(row, 0, "reviews"))?;
        let then = match known {
            Some(known) => known.then,
            None => review.then,
        };
        let review = Review { then, ..review.clone() };
        let sql = "INSERT OR REPLACE INTO reviews (id, payload) VALUES (?1, ?2)";
        self.execute(sql, params![review.id, text(&review)?])?;
        Ok(())
    }
}
