-- Sign-ins at nodes below that were passed up to this one (信任传递), by the names that those nodes gave: whether the ticket was
-- taken, which session came of it, and whether a logout was faster. Times are epoch milliseconds.
CREATE TABLE passed_sessions (
    client_id  TEXT NOT NULL,
    sid        TEXT NOT NULL,
    subject    TEXT NOT NULL,
    taken_at   BIGINT,
    session_id TEXT,
    ended_at   BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, sid)
);
CREATE INDEX passed_sessions_expiry ON passed_sessions (expires_at);
