-- Trust between nodes and services: OpenID Federation 1.0. Times are epoch milliseconds.

-- Federation keys are apart from those that sign tokens.
ALTER TABLE signing_keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'tokens';

-- Public halves of federation keys that are gone, so that what they signed can be verified for ever.
CREATE TABLE past_keys (
    kid        TEXT PRIMARY KEY,
    jwk        TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    revoked    BOOLEAN NOT NULL
);

-- Until when a client is trusted that the federation vouches for; none: registered by hand.
ALTER TABLE clients ADD COLUMN trusted_until BIGINT;

-- Of whom such a client is the registration, and through whom it is trusted.
CREATE TABLE federation_clients (
    client_id    TEXT PRIMARY KEY,
    entity_id    TEXT NOT NULL,
    registration TEXT NOT NULL,
    path         TEXT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX federation_clients_entity ON federation_clients (entity_id);

-- Entities that this node vouches for.
CREATE TABLE subordinates (
    entity_id       TEXT PRIMARY KEY,
    state           TEXT NOT NULL,
    entity_types    TEXT NOT NULL,
    intermediate    BOOLEAN NOT NULL,
    jwks            TEXT NOT NULL,
    metadata        TEXT NOT NULL,
    metadata_policy TEXT NOT NULL,
    constraints     TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);

-- Trust marks that this node has issued.
CREATE TABLE issued_trust_marks (
    id         TEXT PRIMARY KEY,
    mark_type  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    mark       TEXT NOT NULL,
    issued_at  BIGINT NOT NULL,
    revoked_at BIGINT,
    valid_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX issued_trust_marks_subject ON issued_trust_marks (subject, mark_type);
CREATE INDEX issued_trust_marks_expiry ON issued_trust_marks (expires_at);

-- Chains that were found good, so that trust outlasts a restart while the node above is away.
CREATE TABLE trust_chains (
    entity_id   TEXT PRIMARY KEY,
    statements  TEXT NOT NULL,
    fetched_at  BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX trust_chains_expiry ON trust_chains (expires_at);
