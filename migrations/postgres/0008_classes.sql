-- Everybody has a row here: it is what follows, class changes and blocks of one person lock. Those who are there already
-- are ACTIVE, as all edges bear the mark.
ALTER TABLE activity ALTER COLUMN last_seen_at SET DEFAULT '-infinity';
ALTER TABLE activity ADD COLUMN class text NOT NULL DEFAULT 'ACTIVE' CHECK (class IN ('ACTIVE', 'PASSIVE', 'INACTIVE'));
INSERT INTO activity (user_id) SELECT id FROM users ON CONFLICT DO NOTHING;
ALTER TABLE activity ALTER COLUMN class SET DEFAULT 'INACTIVE';
ALTER TABLE follows ALTER COLUMN feeds DROP DEFAULT;

CREATE INDEX activity_by_class ON activity (class, last_seen_at, user_id);

COMMENT ON COLUMN activity.last_seen_at IS '-infinity: never.';
COMMENT ON COLUMN activity.class IS 'How the timeline is kept; follows.feeds is true exactly where the follower''s is ACTIVE.';

ALTER TABLE follow_counts ADD COLUMN famous boolean;

COMMENT ON COLUMN follow_counts.famous IS 'Null: never was. Who is or was may have tweets that are pulled.';

-- Few, so that whom of thousands it holds costs no look at their counts.
CREATE INDEX ever_famous ON follow_counts (user_id) WHERE famous IS NOT NULL;

ALTER TABLE users ADD COLUMN is_protected boolean NOT NULL DEFAULT false;

CREATE TABLE blocks (
    blocker_id bigint NOT NULL,
    blocked_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CONSTRAINT blocks_not_oneself CHECK (blocker_id <> blocked_id)
);

CREATE INDEX blocks_by_blocker ON blocks (blocker_id, id);
CREATE INDEX blocks_by_blocked ON blocks (blocked_id, blocker_id);

CREATE TABLE mutes (
    muter_id bigint NOT NULL,
    muted_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (muter_id, muted_id),
    CONSTRAINT mutes_not_oneself CHECK (muter_id <> muted_id)
);

CREATE INDEX mutes_by_muter ON mutes (muter_id, id);

CREATE TABLE follow_requests (
    requester_id bigint NOT NULL,
    requested_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (requester_id, requested_id),
    CONSTRAINT follow_requests_not_oneself CHECK (requester_id <> requested_id)
);

CREATE INDEX follow_requests_by_requested ON follow_requests (requested_id, id);
