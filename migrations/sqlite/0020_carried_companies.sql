-- Companies that the node above has told of, and for which of them somebody acts here by what it says. Times are epoch
-- milliseconds.

-- By which name the node above speaks of a company.
CREATE TABLE upstream_companies (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    entity_id  TEXT NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX upstream_companies_entity ON upstream_companies (entity_id, issuer);

-- One person's power to act for one company, as the node above vouches for it: in one session here, by one of its own there. A
-- row that has ended goes.
CREATE TABLE carried_mandates (
    id          TEXT PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    entity_id   TEXT NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    issuer      TEXT NOT NULL,
    sid         TEXT NOT NULL,
    role        TEXT NOT NULL,
    matters     TEXT NOT NULL,
    valid_until BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX carried_mandates_pair ON carried_mandates (session_id, entity_id);
CREATE INDEX carried_mandates_sid ON carried_mandates (issuer, sid);
CREATE INDEX carried_mandates_entity ON carried_mandates (entity_id);
CREATE INDEX carried_mandates_due ON carried_mandates (valid_until);
