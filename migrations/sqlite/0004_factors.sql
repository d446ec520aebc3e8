-- What a person signs in with besides the password. Times are epoch milliseconds.

-- When a code by text message was last shown to have arrived; the number itself stands in `mobile`.
ALTER TABLE accounts ADD COLUMN mobile_verified_at BIGINT;

-- A second way to show that it is her: authenticator app, recovery codes, passkey. `sealed` holds what the kind needs
-- (secret, hashes, public key), sealed for this row.
CREATE TABLE factors (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    label        TEXT NOT NULL,
    sealed       BLOB NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX factors_account ON factors (account_id);

-- What the person has chosen about signing in; no row is the node's own policy.
CREATE TABLE sign_in_settings (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    always_ask BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Browsers that a person has signed in with; some are trusted for a time.
CREATE TABLE devices (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    cookie_hash   TEXT NOT NULL,
    label         TEXT NOT NULL,
    trusted_until BIGINT,
    created_at    BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX devices_cookie ON devices (account_id, cookie_hash);
CREATE INDEX devices_expiry ON devices (expires_at);

-- Hashes of passwords that an account had before; the latest few are refused.
CREATE TABLE password_history (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    created_at    BIGINT NOT NULL
);
CREATE INDEX password_history_account ON password_history (account_id);
