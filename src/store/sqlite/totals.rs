//! The counts of everything, by the database itself.

use std::sync::Arc;

use super::{Delivery, Result, SqliteStore, Totals, count, get, name};

impl SqliteStore {
    pub(super) fn count_all(&self) -> Result<Totals> {
        let mut totals = Totals {
            reviews: self.count_rows("SELECT count(*) FROM reviews")?,
            records: self.count_rows("SELECT count(*) FROM records")?,
            ..Totals::default()
        };
        let sql = "SELECT kind, count(*) FROM heads WHERE opened IS NOT NULL GROUP BY kind";
        for (kind, count) in self.rows(sql, [], |row| Ok((name(row, 0)?, count(row, 1)?)))? {
            totals.subjects.insert(kind, count);
        }
        let sql = "SELECT workflow || '.' || clock, verdict, count(*) FROM clocks GROUP BY 1, 2";
        for (clock, verdict, count) in
            self.rows(sql, [], |row| Ok((name(row, 0)?, name(row, 1)?, count(row, 2)?)))?
        {
            totals.clocks.entry(clock).or_default().insert(verdict, count);
        }
        crate::store::count_rounds_once(&mut totals.clocks);
        let sql = "SELECT card, period, band, count(*) FROM scores GROUP BY 1, 2, 3";
        let read =
            |row: &rusqlite::Row<'_>| Ok((name(row, 0)?, name(row, 1)?, name(row, 2)?, count(row, 3)?));
        for (card, period, band, count) in self.rows(sql, [], read)? {
            totals.scores.entry(card).or_default().entry(period).or_default().insert(band, count);
        }
        let sql = "SELECT kind, acknowledged, withdrawn, count(*) FROM outbox GROUP BY 1, 2, 3";
        let read = |row: &rusqlite::Row<'_>| {
            Ok((name(row, 0)?, Delivery::of(get(row, 1)?, get(row, 2)?), count(row, 3)?))
        };
        for (kind, delivery, count) in self.rows(sql, [], read)? {
            totals.effects.entry(kind).or_default().insert(Arc::from(delivery.word()), count);
        }
        let sql = "SELECT measure, count(*) FROM samples WHERE person IS NULL GROUP BY measure";
        for (measure, count) in self.rows(sql, [], |row| Ok((name(row, 0)?, count(row, 1)?)))? {
            totals.unattributed.insert(measure, count);
        }
        Ok(totals)
    }

    fn count_rows(&self, sql: &str) -> Result<u64> {
        Ok(self.row(sql, [], |row| count(row, 0))?.unwrap_or(0))
    }
}
