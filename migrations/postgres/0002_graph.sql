CREATE TABLE users (
    id bigint PRIMARY KEY,
    handle text NOT NULL,
    handle_lower text NOT NULL CONSTRAINT users_handle_key UNIQUE,
    display_name text NOT NULL,
    bio text NOT NULL DEFAULT ''
);

-- What changes often lies apart from what is wide, in pages with room for the next version of each row (HOT).
CREATE TABLE follow_counts (
    user_id bigint PRIMARY KEY,
    followers bigint NOT NULL,
    following bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE activity (
    user_id bigint PRIMARY KEY,
    last_seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE follows (
    follower_id bigint NOT NULL,
    followee_id bigint NOT NULL,
    id bigint NOT NULL,
    feeds boolean NOT NULL DEFAULT true,
    PRIMARY KEY (follower_id, followee_id),
    CONSTRAINT follows_not_oneself CHECK (follower_id <> followee_id)
);

COMMENT ON COLUMN follows.feeds IS 'Whether the followee''s tweets are written to the follower''s timeline.';

CREATE INDEX follows_by_followee ON follows (followee_id, id);
CREATE INDEX follows_by_follower ON follows (follower_id, id);
CREATE INDEX follows_feeding ON follows (followee_id, follower_id) WHERE feeds;
