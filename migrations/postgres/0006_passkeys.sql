-- Passkeys (WebAuthn): what a browser's answer is found by. The key itself stands sealed in `factors`.

-- The user handle by which authenticators know an account: random, no name, no id. It stays when the passkeys go.
CREATE TABLE passkey_users (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    handle     TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX passkey_users_handle ON passkey_users (handle);

-- `credential` is the base64url SHA-256 of the credential id, which may have a thousand bytes.
CREATE TABLE passkeys (
    credential TEXT PRIMARY KEY,
    factor_id  TEXT NOT NULL REFERENCES factors (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX passkeys_factor ON passkeys (factor_id);
