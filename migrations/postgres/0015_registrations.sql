-- What access parties have registered and keep in step here (standard 6.4 a). Times are epoch milliseconds.

-- A registration stands beside the account of its person, if there is one here: both have the same index of the document.
-- `sealed` holds what the party has sent; the indexes are keyed hashes.
CREATE TABLE registrations (
    id             TEXT PRIMARY KEY,
    client_id      TEXT NOT NULL,
    resource       TEXT NOT NULL,
    external_index TEXT,
    name_index     TEXT NOT NULL,
    proof_index    TEXT,
    sealed         BYTEA NOT NULL,
    level          INTEGER NOT NULL,
    status         TEXT NOT NULL,
    source         TEXT NOT NULL,
    reference      TEXT NOT NULL,
    checked_at     BIGINT,
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX registrations_external ON registrations (client_id, resource, external_index);
CREATE UNIQUE INDEX registrations_name ON registrations (client_id, resource, name_index);
CREATE INDEX registrations_changed ON registrations (client_id, resource, updated_at, id);
CREATE INDEX registrations_proof ON registrations (proof_index);
