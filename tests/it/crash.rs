//! The command over the shipped policy, killed in the middle of its work: it goes on as if nothing had been.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rulebook::{Delivery, Policy, Runtime, SqliteStore, Store};

const POLICY: &str = "policies/sales-service";

/// So much of the year's traffic: joining, chats with their clocks, visits, an outage, the closing of two months.
const EVENTS: usize = 6_000;

/// Kills after so many events were handed over; spread unevenly, so that they fall at different places of a batch.
const HANDED_OVER: [usize; 5] = [700, 1_650, 2_930, 4_270, 5_980];

/// Kills after the store was seen to grow so many times, and so many milliseconds later.
const GROWN: [(usize, u64); 6] = [(1, 0), (2, 3), (4, 0), (6, 15), (9, 1), (14, 40)];

struct Work {
    /// The lines, each with its end.
    lines: Vec<String>,
    events: PathBuf,
    policy: Policy,
}

impl Work {
    fn new(folder: &Path) -> Work {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let year = fs::read_to_string(root.join("examples/data/year-2026.jsonl")).unwrap();
        let mut lines: Vec<String> = year.lines().take(EVENTS).map(|line| format!("{line}\n")).collect();
        assert_eq!(lines.len(), EVENTS);
        // Some events do not pass the door; the last two of them are the same.
        for (idx, number) in (0..EVENTS).step_by(600).chain([EVENTS - 600]).enumerate() {
            let bad = format!(r#"{{"id":"bad-{number}","subject":"chat/1","event":"shout","data":{{}}}}"#);
            lines.insert(number + idx, format!("{bad}\n"));
        }
        let events = folder.join("events.jsonl");
        fs::write(&events, lines.concat()).unwrap();
        Work { lines, events, policy: Policy::load(root.join(POLICY)).unwrap() }
    }

    fn start(&self, events: &Path, store: &Path) -> Child {
        Command::new(env!("CARGO_BIN_EXE_rulebook"))
            .args(["run", POLICY])
            .arg(events)
            .arg("--store")
            .arg(store)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn to_the_end(&self, store: &Path) {
        assert!(self.start(&self.events, store).wait().unwrap().success());
    }

    /// Hands over the first events and kills the process while it is still busy with the last of them. It cannot have ended:
    /// its input was still open.
    fn killed_after_events(&self, store: &Path, events: usize) {
        let mut child = self.start(Path::new("-"), store);
        let mut input = child.stdin.take().unwrap();
        for line in self.lines.iter().take(events) {
            input.write_all(line.as_bytes()).unwrap();
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
    }

    /// Kills the process when its store has grown so many times; tells whether it was still at work.
    fn killed_after_growth(&self, store: &Path, times: usize, then: Duration) -> bool {
        let mut child = self.start(&self.events, store);
        let (mut seen, mut size) = (0, size(store));
        while seen < times && child.try_wait().unwrap().is_none() {
            let now = self::size(store);
            seen += usize::from(now != size);
            size = now;
            std::thread::sleep(Duration::from_micros(500));
        }
        std::thread::sleep(then);
        child.kill().unwrap();
        !child.wait().unwrap().success()
    }

    fn open(&self, store: &Path) -> Runtime<SqliteStore> {
        Runtime::new(self.policy.clone(), SqliteStore::open(store).unwrap()).unwrap()
    }
}

/// The bytes of the store's file and its journal.
fn size(store: &Path) -> u64 {
    let length = |path: &Path| fs::metadata(path).map_or(0, |facts| facts.len());
    length(store) + length(&store.with_extension("db-wal"))
}

/// Everything that counts: records, states, results, effects, chain heads and the counts of it all, one line each.
fn dump(runtime: &mut Runtime<SqliteStore>) -> Vec<String> {
    let mut lines = Vec::new();
    for name in runtime.subjects(None, "", usize::MAX).unwrap() {
        for record in runtime.records(&name).unwrap() {
            lines.push(serde_json::to_string(&record).unwrap());
        }
        lines.push(serde_json::to_string(&runtime.subject(&name).unwrap().unwrap()).unwrap());
        lines.extend(runtime.scores(&name).unwrap().iter().map(|score| format!("{score:?}")));
        lines.push(format!("{:?}", runtime.store().head(&name).unwrap().unwrap()));
    }
    for delivery in [Delivery::Pending, Delivery::Done, Delivery::Withdrawn, Delivery::Undone] {
        for effect in runtime.store().outbox(delivery, usize::MAX).unwrap() {
            lines.push(format!("{delivery:?} {}", serde_json::to_string(&effect).unwrap()));
        }
    }
    lines.push(format!("{:?}", runtime.reviews().unwrap()));
    lines.extend(runtime.rejected(usize::MAX).unwrap().iter().map(|rejected| format!("{rejected:?}")));
    lines.push(format!("{:?}", runtime.standing().unwrap()));
    lines.push(format!("{:?}", runtime.store().totals().unwrap()));
    lines
}

/// Every subject's records are the first of those that the whole run kept; tells how many there are.
fn beginning(killed: &mut Runtime<SqliteStore>, whole: &mut Runtime<SqliteStore>) -> u64 {
    let mut count = 0;
    for name in killed.subjects(None, "", usize::MAX).unwrap() {
        let (found, expected) = (killed.records(&name).unwrap(), whole.records(&name).unwrap());
        assert_eq!(expected.get(..found.len()), Some(found.as_slice()), "{name}");
        count += found.len() as u64;
    }
    assert_eq!(killed.store().totals().unwrap().records, count);
    let heads = killed.audit_heads().unwrap();
    assert_eq!(whole.verify(&heads).unwrap(), [], "the chains are those of the whole run");
    count
}

fn first_difference(expected: &[String], found: &[String]) -> String {
    let mut told = format!("{} lines expected, {} found", expected.len(), found.len());
    if let Some((one, other)) = expected.iter().zip(found).find(|(one, other)| one != other) {
        write!(told, "\nexpected {one}\nfound    {other}").unwrap();
    }
    told
}

#[test]
fn the_command_killed_at_any_moment_goes_on_as_if_nothing_had_been() {
    let folder = tempfile::tempdir().unwrap();
    let work = Work::new(folder.path());
    let uninterrupted = folder.path().join("whole.db");
    work.to_the_end(&uninterrupted);
    let mut whole = work.open(&uninterrupted);
    let expected = dump(&mut whole);
    let all = whole.store().totals().unwrap().records;
    assert!(all > 5_000, "{all} records");
    assert_eq!(whole.rejected(usize::MAX).unwrap().len(), 10, "refused at the door, once each");

    // Killed by what was handed over, each going on from the last.
    let mut kept = Vec::new();
    let path = folder.path().join("handed.db");
    for events in HANDED_OVER {
        work.killed_after_events(&path, events);
        kept.push(beginning(&mut work.open(&path), &mut whole));
    }
    assert!(kept.is_sorted() && kept[0] < 1_500 && kept[4] > 2_500 && kept[4] < all, "{kept:?} of {all}");
    work.to_the_end(&path);
    let found = dump(&mut work.open(&path));
    assert!(expected == found, "{}", first_difference(&expected, &found));

    // Killed by how the store grew: also within a commit. How many come in time is up to the machine.
    let mut grown = Vec::new();
    let path = folder.path().join("grown.db");
    for (times, then) in GROWN {
        let at_work = work.killed_after_growth(&path, times, Duration::from_millis(then));
        grown.push((at_work, beginning(&mut work.open(&path), &mut whole)));
    }
    assert!(grown.is_sorted_by_key(|(_, kept)| *kept), "{grown:?}");
    assert!(grown.iter().any(|(at_work, kept)| *at_work && *kept < all), "{grown:?} of {all}");
    work.to_the_end(&path);
    let found = dump(&mut work.open(&path));
    assert!(expected == found, "{}", first_difference(&expected, &found));
}
