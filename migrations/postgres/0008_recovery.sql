-- Recovery of an account, appeals, and what people are told. Times are epoch milliseconds.

-- What has happened to an account, kept for its owner to read on its page. No personal data: a kind and a time.
CREATE TABLE notices (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    messaged   BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX notices_account ON notices (account_id, created_at);
CREATE INDEX notices_expiry ON notices (expires_at);

-- An account on its way back to its owner: it waits, is finished, cancelled, or lapses. `ways` and `proof` say what it was
-- earned by; the codes are stored as keyed hashes.
CREATE TABLE recoveries (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    state       TEXT NOT NULL,
    claim_hash  TEXT NOT NULL,
    cancel_hash TEXT NOT NULL,
    ways        TEXT NOT NULL,
    proof       TEXT NOT NULL,
    begun_at    BIGINT NOT NULL,
    ready_at    BIGINT NOT NULL,
    lapses_at   BIGINT NOT NULL,
    ended_at    BIGINT,
    end_reason  TEXT,
    expires_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX recoveries_open ON recoveries (account_id) WHERE state = 'open';
CREATE UNIQUE INDEX recoveries_claim ON recoveries (claim_hash);
CREATE UNIQUE INDEX recoveries_cancel ON recoveries (cancel_hash);
CREATE INDEX recoveries_account ON recoveries (account_id, begun_at);
CREATE INDEX recoveries_expiry ON recoveries (expires_at);

-- What somebody asks who cannot show enough. `sealed` holds the contact, the text and the operators' notes.
CREATE TABLE appeals (
    id           TEXT PRIMARY KEY,
    account_id   TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    state        TEXT NOT NULL,
    code_hash    TEXT NOT NULL,
    document     TEXT NOT NULL,
    sealed       BYTEA NOT NULL,
    proof        TEXT,
    proposed_by  TEXT,
    decided_by   TEXT,
    created_at   BIGINT NOT NULL,
    decided_at   BIGINT,
    expires_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX appeals_code ON appeals (code_hash);
CREATE UNIQUE INDEX appeals_open ON appeals (document) WHERE state IN ('open', 'proposed');
CREATE INDEX appeals_state ON appeals (state, id);
CREATE INDEX appeals_account ON appeals (account_id);
CREATE INDEX appeals_expiry ON appeals (expires_at);

-- Who looked at an appeal and who did what with it.
CREATE TABLE appeal_acts (
    id         TEXT PRIMARY KEY,
    appeal_id  TEXT NOT NULL,
    act        TEXT NOT NULL,
    operator   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX appeal_acts_appeal ON appeal_acts (appeal_id, created_at);
CREATE INDEX appeal_acts_expiry ON appeal_acts (expires_at);
