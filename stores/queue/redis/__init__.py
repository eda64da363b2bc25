"""Queues in Redis: `dispatching` hands events to their targets, `jobs` keeps jobs, `layout` is how arq's workers take
them."""

from stores.queue.redis.dispatching import RedisDispatching
from stores.queue.redis.jobs import RedisJobs
from stores.redis import Client


class RedisQueue(RedisDispatching, RedisJobs):
    """The whole port. Dispatch writes the live log too, so that both are on one server. The log keeps about
    `live_log_entries`; a queue of `queue_length` jobs or more gets no events."""

    def __init__(self, client: Client, live_log_entries: int, queue_length: int) -> None:
        RedisDispatching.__init__(self, client, live_log_entries, queue_length)
        RedisJobs.__init__(self, client)
