"""Counts of followers and followees, and the fame that follows from them: changed in the statement that writes or
deletes edges, and in this one place.

Fame lies in the row of the counts, since it depends on its own value: it is decided under that row's lock, from the row
as it is then.
"""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

from domain.activity import Fame
from events import Event
from stores.events.postgres import logged


def famous(followers: str, was: str, least: str = "$3", stays: str = "$4") -> str:
    """An expression: whether somebody is famous (null: never was), as `domain.activity.Fame` says."""
    return f"""
        CASE WHEN {followers} >= {least}::bigint THEN true WHEN {was} AND {followers} < {stays}::bigint THEN false
        ELSE {was} END
    """


def counted(edges: str) -> str:
    """A common table expression for `with_event`: adds up what the edges of another one, (follower_id, followee_id,
    step), change. The statement's first four arguments are what `told` gives.

    Rows are inserted, and so locked, in the order of the SELECT: in the same order by all, lest two block each other.
    """
    return f"""
        counted AS (
            INSERT INTO follow_counts AS counts (user_id, followers, following, famous)
            SELECT
                side.user_id, sum(side.followers), sum(side.following),
                {famous("sum(side.followers)", "NULL::boolean")}
            FROM {edges} CROSS JOIN LATERAL (VALUES (followee_id, step, 0), (follower_id, 0, step))
                AS side (user_id, followers, following)
            GROUP BY side.user_id
            ORDER BY side.user_id
            ON CONFLICT (user_id) DO UPDATE SET
                followers = counts.followers + excluded.followers,
                following = counts.following + excluded.following,
                famous = {famous("counts.followers + excluded.followers", "counts.famous")}
        )
    """


def told(event: Event, fame: Fame) -> tuple[int, bytes, int, int]:
    """The first four arguments of a statement that counts and writes an event."""
    return *logged(event), fame.followers, fame.stays
