-- What access parties asked about people before there was an account, and what was answered: never with name or number.
CREATE TABLE offered_verifications (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    binding TEXT NOT NULL,
    document_type TEXT NOT NULL,
    method TEXT NOT NULL,
    outcome TEXT NOT NULL,
    level INTEGER NOT NULL,
    source TEXT NOT NULL,
    source_reference TEXT NOT NULL,
    purpose TEXT NOT NULL,
    consent_hash TEXT NOT NULL,
    consent_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX offered_verifications_reference ON offered_verifications (client_id, reference);
CREATE INDEX offered_verifications_asked ON offered_verifications (client_id, asked_at);
CREATE INDEX offered_verifications_expiry ON offered_verifications (expires_at);
