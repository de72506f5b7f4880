CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    type TEXT NOT NULL,
    created INTEGER NOT NULL,
    data TEXT NOT NULL,
    private TEXT NOT NULL
);
-- Lists are told newest first, and found by what they are filtered by: one index for each filter.
CREATE INDEX IF NOT EXISTS objects_by_age ON objects (account, type, created, seq);
CREATE INDEX IF NOT EXISTS charges_by_customer ON objects (account, json_extract(data, '$.customer'), created, seq)
    WHERE type = 'charge' AND json_extract(data, '$.customer') IS NOT NULL;
CREATE INDEX IF NOT EXISTS charges_by_payment_intent ON objects (account, json_extract(data, '$.payment_intent'), created, seq)
    WHERE type = 'charge' AND json_extract(data, '$.payment_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS charges_by_transfer_group ON objects (account, json_extract(data, '$.transfer_group'), created, seq)
    WHERE type = 'charge' AND json_extract(data, '$.transfer_group') IS NOT NULL;
CREATE INDEX IF NOT EXISTS payment_intents_by_customer ON objects (account, json_extract(data, '$.customer'), created, seq)
    WHERE type = 'payment_intent' AND json_extract(data, '$.customer') IS NOT NULL;
CREATE INDEX IF NOT EXISTS payment_methods_by_customer ON objects (account, json_extract(data, '$.customer'), created, seq)
    WHERE type = 'payment_method' AND json_extract(data, '$.customer') IS NOT NULL;
CREATE INDEX IF NOT EXISTS payment_methods_by_type ON objects (account, json_extract(data, '$.type'), created, seq)
    WHERE type = 'payment_method' AND json_extract(data, '$.type') IS NOT NULL;
CREATE INDEX IF NOT EXISTS payment_methods_by_allow_redisplay ON objects (account, json_extract(data, '$.allow_redisplay'), created, seq)
    WHERE type = 'payment_method' AND json_extract(data, '$.allow_redisplay') IS NOT NULL;
CREATE INDEX IF NOT EXISTS customers_by_email ON objects (account, json_extract(data, '$.email'), created, seq)
    WHERE type = 'customer' AND json_extract(data, '$.email') IS NOT NULL;
CREATE INDEX IF NOT EXISTS refunds_by_charge ON objects (account, json_extract(data, '$.charge'), created, seq)
    WHERE type = 'refund' AND json_extract(data, '$.charge') IS NOT NULL;
CREATE INDEX IF NOT EXISTS refunds_by_payment_intent ON objects (account, json_extract(data, '$.payment_intent'), created, seq)
    WHERE type = 'refund' AND json_extract(data, '$.payment_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS disputes_by_charge ON objects (account, json_extract(data, '$.charge'), created, seq)
    WHERE type = 'dispute' AND json_extract(data, '$.charge') IS NOT NULL;
CREATE INDEX IF NOT EXISTS disputes_by_payment_intent ON objects (account, json_extract(data, '$.payment_intent'), created, seq)
    WHERE type = 'dispute' AND json_extract(data, '$.payment_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS transfers_by_destination ON objects (account, json_extract(data, '$.destination'), created, seq)
    WHERE type = 'transfer' AND json_extract(data, '$.destination') IS NOT NULL;
CREATE INDEX IF NOT EXISTS transfers_by_source_transaction ON objects (account, json_extract(data, '$.source_transaction'), created, seq)
    WHERE type = 'transfer' AND json_extract(data, '$.source_transaction') IS NOT NULL;
CREATE INDEX IF NOT EXISTS transfers_by_transfer_group ON objects (account, json_extract(data, '$.transfer_group'), created, seq)
    WHERE type = 'transfer' AND json_extract(data, '$.transfer_group') IS NOT NULL;
CREATE INDEX IF NOT EXISTS transfer_reversals_by_transfer ON objects (account, json_extract(data, '$.transfer'), created, seq)
    WHERE type = 'transfer_reversal' AND json_extract(data, '$.transfer') IS NOT NULL;
CREATE INDEX IF NOT EXISTS payouts_by_status ON objects (account, json_extract(data, '$.status'), created, seq)
    WHERE type = 'payout' AND json_extract(data, '$.status') IS NOT NULL;
CREATE INDEX IF NOT EXISTS payouts_by_destination ON objects (account, json_extract(data, '$.destination'), created, seq)
    WHERE type = 'payout' AND json_extract(data, '$.destination') IS NOT NULL;
CREATE INDEX IF NOT EXISTS payouts_by_arrival_date ON objects (account, json_extract(data, '$.arrival_date'), created, seq)
    WHERE type = 'payout' AND json_extract(data, '$.arrival_date') IS NOT NULL;
CREATE INDEX IF NOT EXISTS balance_transactions_by_source ON objects (account, json_extract(data, '$.source'), created, seq)
    WHERE type = 'balance_transaction' AND json_extract(data, '$.source') IS NOT NULL;
CREATE INDEX IF NOT EXISTS balance_transactions_by_type ON objects (account, json_extract(data, '$.type'), created, seq)
    WHERE type = 'balance_transaction' AND json_extract(data, '$.type') IS NOT NULL;
CREATE INDEX IF NOT EXISTS balance_transactions_by_currency ON objects (account, json_extract(data, '$.currency'), created, seq)
    WHERE type = 'balance_transaction' AND json_extract(data, '$.currency') IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_by_type ON objects (account, json_extract(data, '$.type'), created, seq)
    WHERE type = 'event' AND json_extract(data, '$.type') IS NOT NULL;
CREATE INDEX IF NOT EXISTS webhook_endpoints ON objects (seq) WHERE type = 'webhook_endpoint';

-- What an account has of a currency, and how much of that was available when it was last asked for. A balance
-- transaction waits in balance_entries until then, so that no question adds up all that ever moved.
CREATE TABLE IF NOT EXISTS balances (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    total INTEGER NOT NULL,
    available INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, currency)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS balance_entries (
    transaction_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    available_on INTEGER NOT NULL,
    net INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS balance_entries_waiting ON balance_entries (account, available_on, currency, net);
INSERT INTO balances (account, currency, total) -- a store from before there were balances
    SELECT account, currency, sum(net) FROM balance_entries WHERE NOT EXISTS (SELECT 1 FROM balances)
    GROUP BY account, currency;

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
CREATE INDEX IF NOT EXISTS deliveries_released ON deliveries (due_at) WHERE state = 'waiting' AND released = 1;
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
UPDATE OR IGNORE due SET kind = 'payout_taken' WHERE kind = 'payout_arrived'; -- a store from before the alphabet
