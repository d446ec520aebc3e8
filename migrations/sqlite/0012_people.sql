-- A mobile number that nobody has verified is only what somebody says: it is found by nobody, and keeps nobody from
-- registering. Its index, which is unique, comes when its code is shown.
UPDATE accounts SET mobile_index = NULL WHERE mobile_verified_at IS NULL;

-- Invitations are ended by who has sent them.
CREATE INDEX mandates_invited_by ON mandates (invited_by) WHERE state <> 'ended';
