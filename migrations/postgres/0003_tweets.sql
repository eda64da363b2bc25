CREATE TABLE tweets (
    id bigint PRIMARY KEY,
    event_id bigint NOT NULL,
    author_id bigint NOT NULL,
    text text NOT NULL,
    conversation_id bigint NOT NULL,
    in_reply_to_id bigint,
    retweet_of_id bigint,
    quote_of_id bigint,
    deleted boolean NOT NULL DEFAULT false
);

COMMENT ON COLUMN tweets.deleted IS 'A tombstone, without text: it holds a conversation together and keeps its id taken.';

CREATE INDEX tweets_by_author ON tweets (author_id, id) WHERE NOT deleted;
CREATE INDEX posts_by_author ON tweets (author_id, id) WHERE NOT deleted AND in_reply_to_id IS NULL;
CREATE INDEX replies ON tweets (in_reply_to_id, id) WHERE NOT deleted AND in_reply_to_id IS NOT NULL;
CREATE INDEX quotes ON tweets (quote_of_id, id) WHERE NOT deleted AND quote_of_id IS NOT NULL;
CREATE INDEX retweets ON tweets (retweet_of_id, id) WHERE NOT deleted AND retweet_of_id IS NOT NULL;
CREATE UNIQUE INDEX retweets_by_author ON tweets (author_id, retweet_of_id)
    WHERE NOT deleted AND retweet_of_id IS NOT NULL;

CREATE TABLE likes (
    user_id bigint NOT NULL,
    tweet_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (user_id, tweet_id)
);

CREATE INDEX likes_by_user ON likes (user_id, id);
CREATE INDEX likes_by_tweet ON likes (tweet_id, id);

-- What changes often lies apart from what is wide, in pages with room for the next version of each row (HOT).
CREATE TABLE tweet_counts (
    tweet_id bigint PRIMARY KEY,
    likes bigint NOT NULL DEFAULT 0,
    retweets bigint NOT NULL DEFAULT 0,
    replies bigint NOT NULL DEFAULT 0,
    quotes bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE author_counts (
    author_id bigint PRIMARY KEY,
    tweets bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE idempotency_keys (
    account_id bigint NOT NULL,
    key text NOT NULL,
    input_hash bytea NOT NULL,
    tweet_id bigint NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);
