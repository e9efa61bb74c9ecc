//! A store in one SQLite file: durable, inspectable with any tool, one writer at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Change, Delivery, Head, Outgoing, Reading, Rejected, Review, Saved, Score, Store, Totals, check_expected,
    taken,
};
use crate::audit::{Entry, Hash};
use crate::engine::{Effect, Sample, State};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;

mod totals;
mod write;

/// The version of the tables; a file with another one is refused.
const FORMAT: &str = "3";

/// The version before, which kept no index by instant and name; it is brought up to this one when it is opened.
const FORMAT_BEFORE: &str = "2";

/// Names known by number are remembered up to this many.
const NAMES_MAX: usize = 20_000;

/// A store in one SQLite file.
///
/// Every commit is durable when it returns (write-ahead log, `synchronous = FULL`).
pub struct SqliteStore {
    db: Connection,
    /// Names and their numbers, to spare lookups; never more than the file says.
    names: BTreeMap<Arc<str>, i64>,
    /// Whether `begin` was called.
    open: bool,
    /// The file to remove in the end.
    _temporary: Option<Temporary>,
}

/// Removes a file and its companions when dropped.
struct Temporary(PathBuf);

impl SqliteStore {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or was written by another version.
    pub fn open(path: impl AsRef<Path>) -> Result<SqliteStore> {
        let path = path.as_ref();
        let db = Connection::open(path).map_err(|err| cannot_open(path, err))?;
        SqliteStore::with(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", None)
            .map_err(|err| Error::new(err.kind(), format!("`{}`: {err}", path.display())).because(err))
    }

    /// A store in a file of its own that is removed when the store is dropped; not durable against a crash of the machine.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written.
    pub fn temporary() -> Result<SqliteStore> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rulebook-{}-{number}.db", std::process::id()));
        let temporary = Temporary(path.clone());
        temporary.remove();
        let db = Connection::open(&path).map_err(|err| cannot_open(&path, err))?;
        let settings =
            "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;";
        SqliteStore::with(db, settings, Some(temporary))
    }

    fn with(db: Connection, settings: &str, temporary: Option<Temporary>) -> Result<SqliteStore> {
        db.busy_timeout(std::time::Duration::from_secs(10)).map_err(failed)?;
        // 64 MiB of pages; temporary tables in memory.
        db.execute_batch("PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;").map_err(failed)?;
        db.execute_batch(settings).map_err(failed)?;
        // Pages that many changes touch go from the log into the file once for 32 MiB of it, not once for 4.
        db.execute_batch("PRAGMA wal_autocheckpoint = 8192;").map_err(failed)?;
        db.set_prepared_statement_cache_capacity(64);
        let mut store = SqliteStore { db, names: BTreeMap::new(), open: false, _temporary: temporary };
        store.prepare()?;
        Ok(store)
    }

    /// Makes the tables, or checks that they are of this version.
    fn prepare(&mut self) -> Result<()> {
        let tables: i64 = self
            .db
            .query_row("SELECT count(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
            .map_err(failed)?;
        if tables == 0 {
            self.begin()?;
            self.db.execute_batch(include_str!("sqlite/schema.sql")).map_err(failed)?;
            self.set_note("format", FORMAT)?;
            return self.commit();
        }
        let found = self.note("format").ok().flatten();
        if found.as_deref() == Some(FORMAT) {
            return Ok(());
        }
        if found.as_deref() == Some(FORMAT_BEFORE) {
            return self.index_due();
        }
        let found = found.unwrap_or_else(|| "—".to_owned());
        let detail = format!("the store has format `{found}`, this version reads `{FORMAT}`");
        Err(Error::new(ErrorKind::Store, detail))
    }

    /// Makes the index of what is due, of a store that has none yet.
    fn index_due(&mut self) -> Result<()> {
        self.begin()?;
        let sql = "DROP INDEX heads_due;
                   CREATE TABLE due (at INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (at, name)) WITHOUT ROWID;
                   INSERT INTO due SELECT next_due, name FROM heads JOIN names ON number = subject
                   WHERE next_due IS NOT NULL ORDER BY next_due, name;";
        let made = self.db.execute_batch(sql).map_err(failed).and_then(|()| self.set_note("format", FORMAT));
        match made {
            Ok(()) => self.commit(),
            Err(err) => {
                self.rollback()?;
                Err(err)
            }
        }
    }

    /// The number of a name, if it has one.
    fn known_number(&mut self, name: &str) -> Result<Option<i64>> {
        if let Some(number) = self.names.get(name) {
            return Ok(Some(*number));
        }
        let mut query = self.db.prepare_cached("SELECT number FROM names WHERE name = ?1").map_err(failed)?;
        let found: Option<i64> = query.query_row([name], |row| row.get(0)).optional().map_err(failed)?;
        drop(query);
        if let Some(number) = found {
            self.remember(name, number);
        }
        Ok(found)
    }

    fn remember(&mut self, name: &str, number: i64) {
        if self.names.len() >= NAMES_MAX {
            self.names.clear();
        }
        self.names.insert(name.into(), number);
    }

    /// The rows of a query, each read by a function that may fail.
    fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut query = self.db.prepare_cached(sql).map_err(failed)?;
        let mut rows = query.query(params).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// The first row of a query.
    fn row<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut query = self.db.prepare_cached(sql).map_err(failed)?;
        let mut rows = query.query(params).map_err(failed)?;
        rows.next().map_err(failed)?.map(read).transpose()
    }

    /// Runs one statement; tells how many rows it changed.
    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize> {
        let mut statement = self.db.prepare_cached(sql).map_err(failed)?;
        statement.execute(params).map_err(failed)
    }
}

impl Store for SqliteStore {
    fn begin(&mut self) -> Result<()> {
        self.execute("BEGIN IMMEDIATE", [])?;
        self.open = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.execute("COMMIT", [])?;
        self.open = false;
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        if std::mem::take(&mut self.open) && !self.db.is_autocommit() {
            self.names.clear();
            self.execute("ROLLBACK", [])?;
        }
        Ok(())
    }

    fn foreign_writes(&mut self) -> Result<u64> {
        let version: Option<i64> = self.row("PRAGMA data_version", [], |row| get(row, 0))?;
        Ok(version.and_then(|version| u64::try_from(version).ok()).unwrap_or(0))
    }

    fn note(&mut self, key: &str) -> Result<Option<String>> {
        self.row("SELECT value FROM notes WHERE key = ?1", [key], |row| get(row, 0))
    }

    fn set_note(&mut self, key: &str, value: &str) -> Result<()> {
        self.execute("INSERT OR REPLACE INTO notes (key, value) VALUES (?1, ?2)", [key, value])?;
        Ok(())
    }

    fn head(&mut self, subject: &str) -> Result<Option<Head>> {
        let Some(number) = self.known_number(subject)? else { return Ok(None) };
        let sql = "SELECT kind, opened, seq, chain, known, frontier, next_due FROM heads WHERE subject = ?1";
        self.row(sql, [number], |row| {
            Ok(Head {
                subject: subject.into(),
                kind: name(row, 0)?,
                opened: instant_option(row, 1)?,
                seq: count(row, 2)?,
                chain: hash(row, 3)?,
                known: instant_option(row, 4)?,
                frontier: instant(row, 5)?,
                next_due: instant_option(row, 6)?,
            })
        })
    }

    fn records(&mut self, subject: &str, after: u64) -> Result<Vec<Arc<Record>>> {
        let Some(number) = self.known_number(subject)? else { return Ok(Vec::new()) };
        let sql = "SELECT payload FROM records WHERE subject = ?1 AND seq > ?2 ORDER BY seq";
        self.rows(sql, params![number, signed(after)], |row| json(row, 0, subject).map(Arc::new))
    }

    fn record(&mut self, subject: &str, id: &str) -> Result<Option<Arc<Record>>> {
        let Some(number) = self.known_number(subject)? else { return Ok(None) };
        let sql = "SELECT payload FROM records WHERE subject = ?1 AND id = ?2";
        self.row(sql, params![number, id], |row| json(row, 0, subject).map(Arc::new))
    }

    fn entries(&mut self, subject: &str) -> Result<Vec<Entry>> {
        let Some(number) = self.known_number(subject)? else { return Ok(Vec::new()) };
        let sql = "SELECT seq, id, payload, hash FROM records WHERE subject = ?1 ORDER BY seq";
        self.rows(sql, [number], |row| {
            Ok(Entry { seq: count(row, 0)?, id: name(row, 1)?, payload: get(row, 2)?, hash: hash(row, 3)? })
        })
    }

    fn append(&mut self, change: &Change<'_>) -> Result<()> {
        if self.open {
            return self.write(change);
        }
        self.begin()?;
        match self.write(change) {
            Ok(()) => self.commit(),
            Err(err) => {
                self.rollback()?;
                Err(err)
            }
        }
    }

    fn save(&mut self, subject: &str, saved: &Saved, milestone: bool) -> Result<()> {
        let number = self.number(subject)?;
        let state = text(saved.state.as_ref())?;
        if !milestone {
            self.execute("DELETE FROM states WHERE subject = ?1 AND NOT milestone", [number])?;
        }
        self.execute(
            "INSERT OR REPLACE INTO states (subject, seq, milestone, frontier, revision, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                number,
                signed(saved.seq),
                milestone,
                saved.state.frontier.timestamp(),
                saved.revision,
                state
            ],
        )?;
        Ok(())
    }

    fn saved(
        &mut self,
        subject: &str,
        revision: &str,
        before: Option<DateTime<Utc>>,
    ) -> Result<Option<Saved>> {
        let Some(number) = self.known_number(subject)? else { return Ok(None) };
        let sql = "SELECT seq, state FROM states
                   WHERE subject = ?1 AND revision = ?2 AND frontier < ?3
                   ORDER BY seq DESC, frontier DESC LIMIT 1";
        let before = before.map_or(i64::MAX, |before| before.timestamp());
        self.row(sql, params![number, revision, before], |row| {
            let state: State = json(row, 1, subject)?;
            Ok(Saved { seq: count(row, 0)?, revision: revision.into(), state: Arc::new(state) })
        })
    }

    fn due(&mut self, until: DateTime<Utc>, limit: usize) -> Result<Vec<(DateTime<Utc>, Arc<str>)>> {
        let sql = "SELECT at, name FROM due WHERE at <= ?1 ORDER BY at, name LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(sql, params![until.timestamp(), limit], |row| Ok((instant(row, 0)?, name(row, 1)?)))
    }

    fn due_count(&mut self, after: Option<DateTime<Utc>>, until: DateTime<Utc>) -> Result<u64> {
        let sql = "SELECT count(*) FROM due WHERE at > ?1 AND at <= ?2";
        let after = after.map_or(i64::MIN, |after| after.timestamp());
        let found = self.row(sql, params![after, until.timestamp()], |row| count(row, 0))?;
        Ok(found.unwrap_or(0))
    }

    fn subjects(&mut self, kind: Option<&str>, after: &str, limit: usize) -> Result<Vec<Arc<str>>> {
        let sql = "SELECT name FROM names JOIN heads ON number = subject
                   WHERE name > ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY name LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(sql, params![after, kind, limit], |row| name(row, 0))
    }

    fn count_opened(&mut self, kind: &str, before: DateTime<Utc>) -> Result<u64> {
        let sql = "SELECT count(*) FROM heads WHERE kind = ?1 AND opened < ?2";
        let found = self.row(sql, params![kind, before.timestamp()], |row| count(row, 0))?;
        Ok(found.unwrap_or(0))
    }

    fn readers(&mut self, source: &str, from: DateTime<Utc>) -> Result<Vec<Reading>> {
        let Some(number) = self.known_number(source)? else { return Ok(Vec::new()) };
        let sql = "SELECT at, name, record FROM readings JOIN names ON number = reader
                   WHERE source = ?1 AND at >= ?2 ORDER BY at, name, record";
        let source: Arc<str> = source.into();
        self.rows(sql, params![number, from.timestamp()], |row| {
            Ok(Reading {
                source: source.clone(),
                at: instant(row, 0)?,
                reader: name(row, 1)?,
                record: name(row, 2)?,
            })
        })
    }

    fn samples(
        &mut self,
        person: &str,
        measure: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Sample>> {
        let sql = "SELECT id, measure, person, at, value, source FROM samples
                   WHERE person = ?1 AND measure = ?2 AND at >= ?3 AND at < ?4 ORDER BY id";
        self.rows(sql, params![person, measure, from.timestamp(), to.timestamp()], sample)
    }

    fn sample(&mut self, id: &str) -> Result<Option<Sample>> {
        self.row("SELECT id, measure, person, at, value, source FROM samples WHERE id = ?1", [id], sample)
    }

    fn outbox(&mut self, delivery: Delivery, limit: usize) -> Result<Vec<Effect>> {
        // Written out, so that SQLite sees that the index of what waits fits.
        let stands = match delivery {
            Delivery::Pending => "acknowledged = 0 AND withdrawn = 0",
            Delivery::Done => "acknowledged = 1 AND withdrawn = 0",
            Delivery::Withdrawn => "acknowledged = 0 AND withdrawn = 1",
            Delivery::Undone => "acknowledged = 1 AND withdrawn = 1",
        };
        let sql = format!("SELECT payload FROM outbox WHERE {stands} ORDER BY at, id LIMIT ?1");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(&sql, [limit], |row| json(row, 0, "outbox"))
    }

    fn outgoing(&mut self, id: &str) -> Result<Option<Outgoing>> {
        let sql = "SELECT payload, acknowledged, withdrawn FROM outbox WHERE id = ?1";
        self.row(sql, [id], |row| {
            Ok(Outgoing {
                effect: json(row, 0, "outbox")?,
                delivery: Delivery::of(get(row, 1)?, get(row, 2)?),
            })
        })
    }

    fn acknowledge(&mut self, id: &str) -> Result<bool> {
        Ok(self.execute("UPDATE outbox SET acknowledged = 1 WHERE id = ?1", [id])? > 0)
    }

    fn scores(&mut self, subject: &str) -> Result<Vec<Score>> {
        let Some(number) = self.known_number(subject)? else { return Ok(Vec::new()) };
        let sql = "SELECT card, period, band, payload FROM scores WHERE subject = ?1 ORDER BY card, period";
        self.rows(sql, [number], |row| {
            Ok(Score {
                card: name(row, 0)?,
                period: name(row, 1)?,
                band: name(row, 2)?,
                result: json(row, 3, subject)?,
            })
        })
    }

    fn reviews(&mut self) -> Result<Vec<Review>> {
        self.rows("SELECT payload FROM reviews ORDER BY id", [], |row| json(row, 0, "reviews"))
    }

    fn settle(&mut self, id: &str) -> Result<bool> {
        Ok(self.execute("DELETE FROM reviews WHERE id = ?1", [id])? > 0)
    }

    fn reject(&mut self, rejected: &Rejected) -> Result<()> {
        self.execute(
            "INSERT OR IGNORE INTO rejected (id, noted, subject, reason, event) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                rejected.id,
                rejected.noted.timestamp(),
                rejected.subject,
                rejected.reason,
                rejected.event
            ],
        )?;
        Ok(())
    }

    fn rejected(&mut self, limit: usize) -> Result<Vec<Rejected>> {
        let sql = "SELECT id, noted, subject, reason, event FROM rejected ORDER BY number DESC LIMIT ?1";
        self.rows(sql, [i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Rejected {
                id: name(row, 0)?,
                noted: instant(row, 1)?,
                subject: name(row, 2)?,
                reason: name(row, 3)?,
                event: name(row, 4)?,
            })
        })
    }

    fn totals(&mut self) -> Result<Totals> {
        self.count_all()
    }
}

impl Temporary {
    fn remove(&self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            // A file that is not there is what is wanted.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        self.remove();
    }
}

fn cannot_open(path: &Path, err: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Store, format!("the store `{}` cannot be opened", path.display())).because(err)
}

fn failed(err: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Store, format!("the store failed: {err}")).because(err)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn get<T: rusqlite::types::FromSql>(row: &Row<'_>, idx: usize) -> Result<T> {
    row.get(idx).map_err(failed)
}

fn name(row: &Row<'_>, idx: usize) -> Result<Arc<str>> {
    get(row, idx)
}

fn count(row: &Row<'_>, idx: usize) -> Result<u64> {
    let found: i64 = get(row, idx)?;
    Ok(u64::try_from(found).unwrap_or(0))
}

fn instant(row: &Row<'_>, idx: usize) -> Result<DateTime<Utc>> {
    let seconds: i64 = get(row, idx)?;
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| {
        Error::new(ErrorKind::Store, format!("the store holds `{seconds}` where an instant should be"))
    })
}

fn instant_option(row: &Row<'_>, idx: usize) -> Result<Option<DateTime<Utc>>> {
    let seconds: Option<i64> = get(row, idx)?;
    seconds.map(|_| instant(row, idx)).transpose()
}

fn hash(row: &Row<'_>, idx: usize) -> Result<Hash> {
    get::<[u8; 32]>(row, idx).map(Hash)
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, idx: usize, of: &str) -> Result<T> {
    let text = row.get_ref(idx).map_err(failed)?.as_str().map_err(|err| {
        Error::new(ErrorKind::Store, format!("the store holds something unreadable for `{of}`")).because(err)
    })?;
    serde_json::from_str(text).map_err(|err| {
        Error::new(ErrorKind::Store, format!("the store holds something unreadable for `{of}`")).because(err)
    })
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|err| Error::new(ErrorKind::Store, "something cannot be written as JSON").because(err))
}

fn sample(row: &Row<'_>) -> Result<Sample> {
    let value: Arc<str> = name(row, 4)?;
    let value = crate::scalar::decimal(&value).map_err(|_| {
        Error::new(ErrorKind::Store, format!("the store holds `{value}` where a number should be"))
    })?;
    Ok(Sample {
        id: name(row, 0)?,
        measure: name(row, 1)?,
        person: get(row, 2)?,
        at: instant(row, 3)?,
        value,
        source: name(row, 5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_read_from_its_index_however_much_it_is() {
        let store = SqliteStore::temporary().unwrap();
        for sql in [
            "SELECT payload FROM outbox WHERE acknowledged = 0 AND withdrawn = 0 ORDER BY at, id LIMIT ?1",
            "SELECT at, name FROM due WHERE at <= ?1 ORDER BY at, name LIMIT 1",
            "SELECT count(*) FROM due WHERE at > 1 AND at <= ?1",
        ] {
            let plan = store.rows(&format!("EXPLAIN QUERY PLAN {sql}"), [1], |row| name(row, 3)).unwrap();
            let plan = plan.join("; ");
            assert!(plan.contains("USING") && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
        }
    }

    #[test]
    fn a_temporary_file_is_removed() {
        let store = SqliteStore::temporary().unwrap();
        let path = store._temporary.as_ref().unwrap().0.clone();
        assert!(path.exists());
        drop(store);
        assert!(!path.exists());
    }
}
