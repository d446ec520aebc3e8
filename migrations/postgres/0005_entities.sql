-- Companies (法人和其他组织), who may act for them, and registrations that wait for the registry.

CREATE TABLE entities (
    id          TEXT PRIMARY KEY,
    uscc        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    source      TEXT NOT NULL,
    reference   TEXT NOT NULL,
    verified_at BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- One person's power to act for one company. An invitation has no account until somebody accepts it.
CREATE TABLE mandates (
    id          TEXT PRIMARY KEY,
    entity_id   TEXT NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    account_id  TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    role        TEXT NOT NULL,
    matters     TEXT NOT NULL,
    state       TEXT NOT NULL,
    preferred   BOOLEAN NOT NULL,
    invitee     BYTEA,
    code_hash   TEXT UNIQUE,
    invited_by  TEXT,
    valid_from  BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    accepted_at BIGINT,
    ended_at    BIGINT,
    end_reason  TEXT,
    expires_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX mandates_pair ON mandates (entity_id, account_id) WHERE state = 'active';
CREATE INDEX mandates_account ON mandates (account_id);
CREATE INDEX mandates_due ON mandates (state, valid_until);
CREATE INDEX mandates_expiry ON mandates (expires_at);

CREATE TABLE company_applications (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uscc       TEXT NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    tries      INTEGER NOT NULL,
    due_at     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (account_id, uscc)
);
CREATE INDEX company_applications_due ON company_applications (state, due_at);
CREATE INDEX company_applications_expiry ON company_applications (expires_at);

-- For whom the person acts, '' for themselves: the end of a mandate finds what hangs on it.
ALTER TABLE grants ADD COLUMN acting_for TEXT NOT NULL DEFAULT '';
CREATE INDEX grants_acting ON grants (acting_for, account_id) WHERE acting_for <> '';
CREATE INDEX session_clients_acting ON session_clients (acting_for) WHERE acting_for <> '';
