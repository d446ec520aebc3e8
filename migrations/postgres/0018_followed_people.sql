-- How far this node has read what has changed, at the node above, of people who are known here.
CREATE TABLE followed_people (
    issuer     TEXT PRIMARY KEY,
    cursor     TEXT NOT NULL,
    read_at    BIGINT NOT NULL
);
