-- Instants are whole seconds since 1970-01-01 UTC. `names` gives every subject a short number.

CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- Where each subject stands.
CREATE TABLE heads (
    subject INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    opened INTEGER,
    seq INTEGER NOT NULL,
    chain BLOB NOT NULL,
    known INTEGER,
    frontier INTEGER NOT NULL,
    next_due INTEGER
);

-- What happens by itself, in the order in which it does: by instant and name, however many share an instant.
CREATE TABLE due (
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (at, name)
) WITHOUT ROWID;

-- The truth. `hash` is that of `payload`; an erased payload keeps its hash.
CREATE TABLE records (
    subject INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    known INTEGER NOT NULL,
    hash BLOB NOT NULL,
    payload TEXT,
    PRIMARY KEY (subject, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX records_id ON records (subject, id);

-- Saved states; droppable.
CREATE TABLE states (
    subject INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    milestone INTEGER NOT NULL,
    frontier INTEGER NOT NULL,
    revision TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (subject, seq, milestone)
) WITHOUT ROWID;

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    subject INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    payload TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_waiting ON outbox (at, id) WHERE acknowledged = 0 AND withdrawn = 0;

CREATE TABLE samples (
    id TEXT PRIMARY KEY,
    measure TEXT NOT NULL,
    person TEXT,
    at INTEGER NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX samples_of ON samples (person, measure, at);

CREATE TABLE scores (
    subject INTEGER NOT NULL,
    card TEXT NOT NULL,
    period TEXT NOT NULL,
    band TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (subject, card, period)
) WITHOUT ROWID;

-- What became of each round of a clock: met, breached, met_late (after breached).
CREATE TABLE clocks (
    subject INTEGER NOT NULL,
    case_name TEXT NOT NULL,
    clock TEXT NOT NULL,
    round INTEGER NOT NULL,
    workflow TEXT NOT NULL,
    verdict TEXT NOT NULL,
    due INTEGER NOT NULL,
    PRIMARY KEY (subject, case_name, clock, round, verdict)
) WITHOUT ROWID;

-- Which record has read which other subject, and for what instant.
CREATE TABLE readings (
    source INTEGER NOT NULL,
    at INTEGER NOT NULL,
    reader INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (source, at, reader, record)
) WITHOUT ROWID;

-- Samples of closed periods that changed.
CREATE TABLE reviews (id TEXT PRIMARY KEY, payload TEXT NOT NULL) WITHOUT ROWID;

-- Events that did not pass the door.
CREATE TABLE rejected (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    noted INTEGER NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    event TEXT NOT NULL
);

-- The revisions of the policy that were adopted, in order; the texts of each, so that its graphs can be read again.
CREATE TABLE revisions (
    number INTEGER PRIMARY KEY,
    revision TEXT NOT NULL,
    known INTEGER NOT NULL,
    sources TEXT NOT NULL
);
