-- The date of birth that an authority has told with a confirmation, sealed: where the number of the document does not tell it.
ALTER TABLE real_names ADD COLUMN birth BLOB;
