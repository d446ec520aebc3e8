-- A session of one client alone: never the browser's sign-on session.
ALTER TABLE sessions ADD COLUMN isolated_for TEXT;
