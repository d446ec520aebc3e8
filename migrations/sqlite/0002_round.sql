-- A session of one client alone: never the browser's sign-on session.
ALTER TABLE sessions ADD COLUMN isolated_for TEXT;

-- What the person was told about it when they agreed: the purposes in the client's words, and the name of that wording.
ALTER TABLE consents ADD COLUMN stated TEXT NOT NULL DEFAULT '{}';

CREATE INDEX logouts_account ON logouts (account_id, created_at);
