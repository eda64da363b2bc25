"""Idempotency keys: each is claimed in the statement that writes its tweet, and forgotten after 24 hours."""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

_VALID = "keys.claimed_at > now() - interval '24 hours'"

# Waits for another transaction that is claiming the same key, and answers with what holds the key then.
CLAIMED = f"""
    claimed AS (
        INSERT INTO idempotency_keys AS keys (account_id, key, input_hash, tweet_id)
        SELECT $13, $14, $15, id FROM rows
        ON CONFLICT (account_id, key) DO UPDATE SET
            input_hash = CASE WHEN {_VALID} THEN keys.input_hash ELSE excluded.input_hash END,
            tweet_id = CASE WHEN {_VALID} THEN keys.tweet_id ELSE excluded.tweet_id END,
            claimed_at = CASE WHEN {_VALID} THEN keys.claimed_at ELSE excluded.claimed_at END
        RETURNING tweet_id, input_hash
    )
"""

# Each claim takes away a few keys that no longer count, so that the table holds little more than a day's. Keys that
# others hold locked are skipped, since waiting for them could be a deadlock.
FORGOTTEN = f"""
    forgotten AS (
        DELETE FROM idempotency_keys WHERE (account_id, key) IN (
            SELECT account_id, key FROM idempotency_keys AS keys
            WHERE NOT {_VALID} AND (account_id, key) <> ($13, $14) AND EXISTS (SELECT FROM claimed)
            ORDER BY claimed_at LIMIT 4 FOR UPDATE SKIP LOCKED
        )
    )
"""

MADE_WITH = f"""
    SELECT tweet_id, input_hash FROM idempotency_keys AS keys WHERE account_id = $1 AND key = $2 AND {_VALID}
"""
