-- When the registry is next asked whether a company still stands as it was confirmed; 0: as soon as there is time.
ALTER TABLE entities ADD COLUMN recheck_due_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX entities_recheck ON entities (recheck_due_at);

-- The number of a foreign passport was indexed without the country that issued it, which was never asked: nobody can fill it in.
-- Whoever was proven by one proves it anew, with the country; the rows of the verifications stay.
DELETE FROM identity_documents WHERE document_type = 'foreign_passport';
DELETE FROM real_names WHERE document_type = 'foreign_passport';
