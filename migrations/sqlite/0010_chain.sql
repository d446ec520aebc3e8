-- The node above: whom it knows as whom, which of its sessions stand behind sessions here, and logouts that pass through.
-- Times are epoch milliseconds.

-- Who at the node above is who here. One person there has one account here, and the other way round.
CREATE TABLE upstream_links (
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    account_id   TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    activated_at BIGINT,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX upstream_links_account ON upstream_links (account_id, issuer);

-- A session at the node above, as far as it is known here: a logout that overtakes its sign-in leaves ended_at.
CREATE TABLE upstream_sessions (
    issuer     TEXT NOT NULL,
    sid        TEXT NOT NULL,
    ended_at   BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, sid)
);
CREATE INDEX upstream_sessions_expiry ON upstream_sessions (expires_at);

-- Which session there stands behind which session here.
CREATE TABLE session_upstreams (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issuer     TEXT NOT NULL,
    sid        TEXT NOT NULL,
    subject    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (session_id, issuer, sid)
);
CREATE INDEX session_upstreams_sid ON session_upstreams (issuer, sid);

-- What a session from above can reach at most; null: it began here.
ALTER TABLE sessions ADD COLUMN ceiling INTEGER;

-- The logout of the whole tree that this one is part of: the id that it has where it began.
ALTER TABLE logouts ADD COLUMN tree_id TEXT NOT NULL DEFAULT '';
UPDATE logouts SET tree_id = id;
CREATE INDEX logouts_tree ON logouts (tree_id);

-- A level that was told without a document: by the network identity service, or by the node above, which may tell a name.
ALTER TABLE network_identities ADD COLUMN method TEXT NOT NULL DEFAULT 'network_identity';
ALTER TABLE network_identities ADD COLUMN name BLOB;
