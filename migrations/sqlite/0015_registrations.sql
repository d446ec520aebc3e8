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

-- Whom an access party that reads people knows by which name, and what they granted it last. `dirty`: something of them has changed since
-- it last asked; the moment of the change is given when it asks, so that none is overtaken by another.
CREATE TABLE known_people (
    client_id  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    account_id TEXT NOT NULL,
    scope      TEXT NOT NULL,
    claims     TEXT NOT NULL,
    dirty      BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, subject)
);
CREATE INDEX known_people_account ON known_people (account_id);
CREATE INDEX known_people_changed ON known_people (client_id, changed_at, subject);
CREATE TRIGGER known_account_changed AFTER UPDATE ON accounts WHEN OLD.state IS NOT NEW.state OR OLD.username IS NOT NEW.username OR OLD.mobile IS NOT NEW.mobile OR OLD.mobile_verified_at IS NOT NEW.mobile_verified_at OR OLD.locale IS NOT NEW.locale
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = NEW.id;
END;
CREATE TRIGGER known_account_removed AFTER DELETE ON accounts
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = OLD.id;
END;
CREATE TRIGGER known_named AFTER INSERT ON real_names
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = NEW.account_id;
END;
CREATE TRIGGER known_proven AFTER UPDATE ON real_names
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = NEW.account_id;
END;
CREATE TRIGGER known_unnamed AFTER DELETE ON real_names
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = OLD.account_id;
END;
CREATE TRIGGER known_network_told AFTER INSERT ON network_identities
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = NEW.account_id;
END;
CREATE TRIGGER known_network_changed AFTER UPDATE ON network_identities
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = NEW.account_id;
END;
CREATE TRIGGER known_network_gone AFTER DELETE ON network_identities
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = OLD.account_id;
END;
CREATE TRIGGER known_agreed AFTER INSERT ON consents
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = NEW.account_id AND client_id = NEW.client_id;
END;
CREATE TRIGGER known_agreed_anew AFTER UPDATE ON consents WHEN OLD.scope IS NOT NEW.scope OR OLD.claims IS NOT NEW.claims OR OLD.text_version IS NOT NEW.text_version
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = NEW.account_id AND client_id = NEW.client_id;
END;
CREATE TRIGGER known_withdrawn AFTER DELETE ON consents
BEGIN
    UPDATE known_people SET dirty = TRUE WHERE account_id = OLD.account_id AND client_id = OLD.client_id;
END;
