-- What an access party is told besides: whether another document is the same person's, and of a child under 14 whose number does
-- not tell it the date of birth, sealed, so that no platform takes a child for somebody of age.
ALTER TABLE offered_verifications ADD COLUMN same_person BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE offered_verifications ADD COLUMN birth BYTEA;
