-- The first node: people, clients, sessions, grants, and the outbox. Times are epoch milliseconds.

CREATE TABLE accounts (
    id                  TEXT PRIMARY KEY,
    kind                TEXT NOT NULL,
    state               TEXT NOT NULL,
    username            TEXT NOT NULL,
    username_key        TEXT NOT NULL UNIQUE,
    password_hash       TEXT NOT NULL,
    password_changed_at BIGINT NOT NULL,
    mobile              BLOB,
    mobile_index        TEXT UNIQUE,
    locale              TEXT,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL
);

-- The verified person behind an account; written by the verifier only.
CREATE TABLE real_names (
    account_id     TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    level          INTEGER NOT NULL,
    name           BLOB NOT NULL,
    document_type  TEXT NOT NULL,
    document       BLOB NOT NULL,
    document_index TEXT NOT NULL UNIQUE,
    method         TEXT NOT NULL,
    source         TEXT NOT NULL,
    reference      TEXT NOT NULL,
    verified_at    BIGINT NOT NULL
);

CREATE TABLE clients (
    id                      TEXT PRIMARY KEY,
    state                   TEXT NOT NULL,
    metadata                TEXT NOT NULL,
    secret                  TEXT,
    registration_token_hash TEXT,
    created_at              BIGINT NOT NULL,
    updated_at              BIGINT NOT NULL
);

CREATE TABLE initial_access_tokens (
    token_hash TEXT PRIMARY KEY,
    label      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens (expires_at);

CREATE TABLE sessions (
    id          TEXT PRIMARY KEY,
    cookie_hash TEXT NOT NULL UNIQUE,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    strength    INTEGER NOT NULL,
    amr         TEXT NOT NULL,
    auth_time   BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    address     TEXT NOT NULL,
    user_agent  TEXT NOT NULL,
    ended_at    BIGINT,
    end_reason  TEXT,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Which clients took part in a session: whom a logout must tell. Never removed while the session lives.
CREATE TABLE session_clients (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    acting_for TEXT NOT NULL DEFAULT '',
    sid        TEXT NOT NULL,
    subject    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (session_id, client_id, acting_for)
);
CREATE INDEX session_clients_sid ON session_clients (sid);

-- What one client was granted at one sign-in, with its refresh token: the family of its tokens.
CREATE TABLE grants (
    id                    TEXT PRIMARY KEY,
    account_id            TEXT NOT NULL,
    client_id             TEXT NOT NULL,
    session_id            TEXT,
    scope                 TEXT NOT NULL,
    detail                TEXT NOT NULL,
    offline               BOOLEAN NOT NULL,
    refresh_hash          TEXT,
    refresh_previous_hash TEXT,
    refresh_generation    BIGINT NOT NULL DEFAULT 0,
    refresh_rotated_at    BIGINT,
    refresh_expires_at    BIGINT,
    created_at            BIGINT NOT NULL,
    ended_at              BIGINT,
    end_reason            TEXT,
    expires_at            BIGINT NOT NULL
);
CREATE INDEX grants_account ON grants (account_id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_client ON grants (client_id);
CREATE INDEX grants_expiry ON grants (expires_at);

CREATE TABLE consents (
    account_id   TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    client_id    TEXT NOT NULL,
    scope        TEXT NOT NULL,
    claims       TEXT NOT NULL,
    text_version TEXT NOT NULL,
    given_at     BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);
CREATE INDEX consents_client ON consents (client_id);

-- Used-up one-time things and revoked tokens; kill -9 does not make them fresh.
CREATE TABLE marks (
    id         TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX marks_expiry ON marks (expires_at);

CREATE TABLE logouts (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    reason     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logouts_session ON logouts (session_id);
CREATE INDEX logouts_expiry ON logouts (expires_at);

-- Effects outside the database, written in the transaction that causes them.
CREATE TABLE outbox (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    destination TEXT NOT NULL,
    logout_id   TEXT,
    payload     TEXT NOT NULL,
    state       TEXT NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    due_at      BIGINT NOT NULL,
    last_error  TEXT,
    created_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_logout ON outbox (logout_id);
CREATE INDEX outbox_expiry ON outbox (expires_at);

CREATE TABLE signing_keys (
    kid         TEXT PRIMARY KEY,
    alg         TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    created_at  BIGINT NOT NULL,
    publish_at  BIGINT NOT NULL,
    activate_at BIGINT NOT NULL,
    retire_at   BIGINT,
    remove_at   BIGINT
);
