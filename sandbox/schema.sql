CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    type TEXT NOT NULL,
    created INTEGER NOT NULL,
    data TEXT NOT NULL,
    private TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (account, type, seq);
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (account, type, json_extract(data, '$.customer'), seq)
    WHERE json_extract(data, '$.customer') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_payment_intent ON objects (account, type, json_extract(data, '$.payment_intent'), seq)
    WHERE json_extract(data, '$.payment_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_transfer_group ON objects (account, type, json_extract(data, '$.transfer_group'), seq)
    WHERE json_extract(data, '$.transfer_group') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_source ON objects (account, type, json_extract(data, '$.source'), seq)
    WHERE json_extract(data, '$.source') IS NOT NULL;
CREATE INDEX IF NOT EXISTS webhook_endpoints ON objects (seq) WHERE type = 'webhook_endpoint';

-- One row for every balance transaction, so that a balance is a sum over an index.
CREATE TABLE IF NOT EXISTS balance_entries (
    transaction_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    available_on INTEGER NOT NULL,
    net INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS balance_entries_sum ON balance_entries (account, currency, available_on, net);

CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    route TEXT NOT NULL,
    digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    saved_at REAL NOT NULL,
    PRIMARY KEY (account, key)
);

CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS journal_stays_unchanged BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_stays_whole BEFORE DELETE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

-- state: waiting, delivered, failed (every attempt was refused), dropped, gone (the endpoint was removed).
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    released INTEGER NOT NULL DEFAULT 0,
    decided INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due_at);
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event, state);

CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

-- What time will do by itself, and when by the sandbox's clock.
CREATE TABLE IF NOT EXISTS due (
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (at, kind, subject)
) WITHOUT ROWID;
