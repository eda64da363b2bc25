CREATE TABLE import_runs (
    digest bytea PRIMARY KEY,
    number integer NOT NULL UNIQUE,
    started_ms bigint NOT NULL,
    last_ms bigint NOT NULL
);

COMMENT ON COLUMN import_runs.last_ms IS 'Up to this Unix time lie the ids of the file''s rows without a date of their own.';
