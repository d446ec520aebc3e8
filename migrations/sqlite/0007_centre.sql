-- The account centre: what happened to an account, consents as they were given, corrections, closing, guardians. Times are
-- epoch milliseconds.

-- What happened to an account, for its owner to read: sign-ins, acting for a company, data shown or taken along. No name, no
-- number; the address without its end. It outlives the account until its time is over, so there is no reference to it.
CREATE TABLE account_events (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    about      TEXT NOT NULL,
    ways       TEXT NOT NULL,
    failures   BIGINT NOT NULL,
    session_id TEXT,
    client_id  TEXT,
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_events_account ON account_events (account_id, id);
CREATE INDEX account_events_expiry ON account_events (expires_at);

-- The level before a question and after its answer; none where it was not written down yet.
ALTER TABLE verifications ADD COLUMN level_before INTEGER;
ALTER TABLE verifications ADD COLUMN level_after INTEGER;

-- Each consent as it was given, to which words, and its end: the row in `consents` is what stands now.
CREATE TABLE consent_records (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    scope        TEXT NOT NULL,
    claims       TEXT NOT NULL,
    separate     TEXT NOT NULL,
    stated       TEXT NOT NULL,
    text_version TEXT NOT NULL,
    text_hash    TEXT NOT NULL,
    language     TEXT NOT NULL,
    guardian_id  TEXT,
    given_at     BIGINT NOT NULL,
    ended_at     BIGINT,
    end_reason   TEXT,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX consent_records_account ON consent_records (account_id, id);
CREATE INDEX consent_records_expiry ON consent_records (expires_at);

-- Accounts that are closed at a time their owners may still take back.
CREATE TABLE account_closings (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    asked_at   BIGINT NOT NULL,
    due_at     BIGINT NOT NULL
);
CREATE INDEX account_closings_due ON account_closings (due_at);

-- What a person wants corrected and cannot change herself. `wish` and `answer` are sealed: people write names there.
CREATE TABLE correction_requests (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    item       TEXT NOT NULL,
    wish       BLOB NOT NULL,
    state      TEXT NOT NULL,
    answer     BLOB,
    asked_at   BIGINT NOT NULL,
    decided_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX correction_requests_account ON correction_requests (account_id, id);
CREATE INDEX correction_requests_state ON correction_requests (state, id);
CREATE INDEX correction_requests_expiry ON correction_requests (expires_at);

-- Who agrees for a child under 14.
CREATE TABLE guardianships (
    id          TEXT PRIMARY KEY,
    child_id    TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    guardian_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    state       TEXT NOT NULL,
    asked_at    BIGINT NOT NULL,
    accepted_at BIGINT,
    ended_at    BIGINT,
    end_reason  TEXT,
    valid_until BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX guardianships_child ON guardianships (child_id);
CREATE INDEX guardianships_guardian ON guardianships (guardian_id);
CREATE INDEX guardianships_expiry ON guardianships (expires_at);
CREATE UNIQUE INDEX guardianships_pair ON guardianships (child_id, guardian_id) WHERE state <> 'ended';
