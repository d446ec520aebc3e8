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
    sealed         BLOB NOT NULL,
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

-- As an access party: the node above that is told of the people here. A row: it is told; the triggers below look at it.
CREATE TABLE sync_targets (
    issuer      TEXT PRIMARY KEY,
    load_cursor TEXT NOT NULL,
    loaded      BIGINT NOT NULL,
    load_ended  BOOLEAN NOT NULL,
    since       BIGINT NOT NULL
);

-- Of whom it is to be told. One row a person: what is told is how the account stands when it is told, so that no change overtakes
-- another. `version` counts changes here, `remote_id` is the registration there.
CREATE TABLE sync_people (
    account_id   TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    version      BIGINT NOT NULL,
    remote_id    TEXT,
    tries        INTEGER NOT NULL,
    due_at       BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    code         TEXT,
    reason       TEXT,
    changed_at   BIGINT NOT NULL,
    told_at      BIGINT
);
CREATE INDEX sync_people_due ON sync_people (state, due_at);

-- Every change of an account that the node above must know puts its person in the queue, in the transaction that makes it, whoever
-- makes it. Without a target nothing happens.
CREATE TRIGGER sync_made AFTER INSERT ON accounts WHEN EXISTS (SELECT 1 FROM sync_targets)
BEGIN
    INSERT INTO sync_people (account_id, state, version, tries, due_at, leased_until, changed_at)
    VALUES (NEW.id, 'due', 1, 0, NEW.updated_at, 0, NEW.updated_at)
    ON CONFLICT (account_id) DO UPDATE SET state = 'due', version = sync_people.version + 1, tries = 0,
        due_at = excluded.due_at, changed_at = excluded.changed_at;
END;
CREATE TRIGGER sync_changed AFTER UPDATE ON accounts WHEN EXISTS (SELECT 1 FROM sync_targets) AND (OLD.state IS NOT NEW.state OR OLD.mobile IS NOT NEW.mobile OR OLD.mobile_verified_at IS NOT NEW.mobile_verified_at OR OLD.locale IS NOT NEW.locale)
BEGIN
    INSERT INTO sync_people (account_id, state, version, tries, due_at, leased_until, changed_at)
    VALUES (NEW.id, 'due', 1, 0, NEW.updated_at, 0, NEW.updated_at)
    ON CONFLICT (account_id) DO UPDATE SET state = 'due', version = sync_people.version + 1, tries = 0,
        due_at = excluded.due_at, changed_at = excluded.changed_at;
END;
CREATE TRIGGER sync_removed AFTER DELETE ON accounts WHEN EXISTS (SELECT 1 FROM sync_targets)
BEGIN
    INSERT INTO sync_people (account_id, state, version, tries, due_at, leased_until, changed_at)
    VALUES (OLD.id, 'due', 1, 0, OLD.updated_at, 0, OLD.updated_at)
    ON CONFLICT (account_id) DO UPDATE SET state = 'due', version = sync_people.version + 1, tries = 0,
        due_at = excluded.due_at, changed_at = excluded.changed_at;
END;
CREATE TRIGGER sync_named AFTER INSERT ON real_names WHEN EXISTS (SELECT 1 FROM sync_targets)
BEGIN
    INSERT INTO sync_people (account_id, state, version, tries, due_at, leased_until, changed_at)
    VALUES (NEW.account_id, 'due', 1, 0, NEW.verified_at, 0, NEW.verified_at)
    ON CONFLICT (account_id) DO UPDATE SET state = 'due', version = sync_people.version + 1, tries = 0,
        due_at = excluded.due_at, changed_at = excluded.changed_at;
END;
CREATE TRIGGER sync_proven AFTER UPDATE ON real_names WHEN EXISTS (SELECT 1 FROM sync_targets) AND (OLD.level IS NOT NEW.level OR OLD.name IS NOT NEW.name OR OLD.document_index IS NOT NEW.document_index OR OLD.verified_at IS NOT NEW.verified_at)
BEGIN
    INSERT INTO sync_people (account_id, state, version, tries, due_at, leased_until, changed_at)
    VALUES (NEW.account_id, 'due', 1, 0, NEW.verified_at, 0, NEW.verified_at)
    ON CONFLICT (account_id) DO UPDATE SET state = 'due', version = sync_people.version + 1, tries = 0,
        due_at = excluded.due_at, changed_at = excluded.changed_at;
END;
CREATE TRIGGER sync_unnamed AFTER DELETE ON real_names WHEN EXISTS (SELECT 1 FROM sync_targets)
BEGIN
    INSERT INTO sync_people (account_id, state, version, tries, due_at, leased_until, changed_at)
    VALUES (OLD.account_id, 'due', 1, 0, OLD.verified_at, 0, OLD.verified_at)
    ON CONFLICT (account_id) DO UPDATE SET state = 'due', version = sync_people.version + 1, tries = 0,
        due_at = excluded.due_at, changed_at = excluded.changed_at;
END;
