ALTER TABLE tweets ADD COLUMN pulled boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN tweets.pulled IS 'Decided at posting: merged into timelines from the author''s pull index, not written to them.';

CREATE INDEX pulled_by_author ON tweets (author_id, id) WHERE pulled AND NOT deleted;

-- Few authors have all the tweets that are pulled. Not knowing that, the planner expects hardly any of each, and reads and
-- sorts them all for a page.
CREATE STATISTICS pulled_of_authors (dependencies) ON author_id, pulled FROM tweets;
