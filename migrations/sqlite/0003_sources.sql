-- People and those who know them: documents of every kind, proofs by level, what was asked, network identities, accounts
-- brought together. Times are epoch milliseconds.

-- Kinds of document go by their names.
UPDATE real_names SET document_type = 'resident_identity_card' WHERE document_type = '111';

-- The latest proof of each level, as JSON: a newer proof of a lower level does not renew a higher one.
ALTER TABLE real_names ADD COLUMN proofs TEXT NOT NULL DEFAULT '[]';

-- Every document by which a person was found here, also those since replaced: one person, one account.
CREATE TABLE identity_documents (
    document_index TEXT PRIMARY KEY,
    account_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    document_type  TEXT NOT NULL,
    proven_at      BIGINT NOT NULL
);
CREATE INDEX identity_documents_account ON identity_documents (account_id);
INSERT INTO identity_documents (document_index, account_id, document_type, proven_at)
    SELECT document_index, account_id, document_type, verified_at FROM real_names;

-- Who came by the national network identity service: an identifier and a level, no name.
CREATE TABLE network_identities (
    account_id     TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    pairwise_index TEXT NOT NULL UNIQUE,
    level          INTEGER NOT NULL,
    source         TEXT NOT NULL,
    reference      TEXT NOT NULL,
    verified_at    BIGINT NOT NULL
);

-- What was asked and answered about a person, without name and number.
CREATE TABLE verifications (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL,
    document_type TEXT NOT NULL,
    method        TEXT NOT NULL,
    source        TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    reference     TEXT NOT NULL,
    asked_at      BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX verifications_account ON verifications (account_id, asked_at);
CREATE INDEX verifications_expiry ON verifications (expires_at);

-- Two accounts of one person that became one.
CREATE TABLE account_merges (
    absorbed_id         TEXT PRIMARY KEY,
    survivor_id         TEXT NOT NULL,
    absorbed_session_id TEXT NOT NULL,
    survivor_session_id TEXT NOT NULL,
    merged_at           BIGINT NOT NULL
);
CREATE INDEX account_merges_survivor ON account_merges (survivor_id);
