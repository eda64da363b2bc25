ALTER TABLE tweets ADD COLUMN pulled boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN tweets.pulled IS 'Decided at posting: merged into timelines from the author''s pull index, not written to them.';

CREATE INDEX pulled_by_author ON tweets (author_id, id) WHERE pulled AND NOT deleted;
