CREATE TABLE media (
    id bigint PRIMARY KEY,
    owner_id bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    mime_type text NOT NULL,
    byte_size bigint NOT NULL,
    alt_text text,
    width integer,
    height integer,
    blurhash text,
    widths integer[] NOT NULL DEFAULT '{}',
    is_uploaded boolean NOT NULL DEFAULT false,
    used_by bigint,
    is_condemned boolean NOT NULL DEFAULT false,
    due_at timestamptz
);

COMMENT ON COLUMN media.used_by IS 'The tweet that it is in, or its owner, whose avatar it is.';
COMMENT ON COLUMN media.due_at IS 'When it is looked at: kept for good if what uses it is there, else removed. NULL: kept for good.';
COMMENT ON COLUMN media.is_condemned IS 'Not there any more for anybody but those who remove its bytes.';

CREATE INDEX media_unused ON media (owner_id) WHERE used_by IS NULL;
CREATE INDEX media_by_user ON media (used_by) WHERE used_by IS NOT NULL;
CREATE INDEX media_due ON media (due_at) WHERE due_at IS NOT NULL;
