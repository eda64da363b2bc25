-- Of two writes of one row the one that was read later stays, whichever comes last. Unix time in microseconds.
ALTER TABLE search_tweets ADD COLUMN read_at bigint NOT NULL DEFAULT 0;
ALTER TABLE search_people ADD COLUMN read_at bigint NOT NULL DEFAULT 0;
