"""What writes an event: for the logged batch of its fact."""

from events import Event, encode
from stores.cassandra import Query

SHARDS = 16
MINUTE_US = 60_000_000
MINUTES_A_DAY = 1440

_EVENT = "INSERT INTO events (minute, shard, at, id, packed) VALUES (?, ?, ?, ?, ?)"
_MINUTE = "INSERT INTO event_minutes (day, shard, minute) VALUES (?, ?, ?)"

STATEMENTS = (_EVENT, _MINUTE)


def logged(event: Event, stamp: int) -> list[Query]:
    """The writes of an event at its stamp. Twice the same is once."""
    minute, shard = stamp // MINUTE_US, stamp % SHARDS
    return [
        Query(_EVENT, (minute, shard, stamp, event.id, encode(event))),
        Query(_MINUTE, (minute // MINUTES_A_DAY, shard, minute)),
    ]
