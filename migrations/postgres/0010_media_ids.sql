ALTER TABLE tweets ADD COLUMN media_ids bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN avatar_id bigint;
