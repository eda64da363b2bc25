"""What lies in queues and live log."""

from typing import Any

from arq.jobs import deserialize_job_raw

from stores.live.redis import RedisLiveLog
from stores.queue.redis.layout import deserialize, queue_key
from stores.redis import Client


async def waiting(client: Client, queue: str) -> dict[str, tuple[str, Any]]:
    """Function and arguments of the jobs waiting, by id."""
    found = {}
    for member in await client.zrange(queue_key(queue), 0, -1):
        job = await client.get(b"arq:job:" + member)
        assert job is not None
        function, args, kwargs, job_try, _ = deserialize_job_raw(job, deserializer=deserialize)
        assert not kwargs
        assert not job_try
        found[member.decode()] = function, args
    return found


async def bodies(client: Client) -> list[bytes]:
    """Those of all entries of the live log, whose numbers are dense."""
    _, entries = await RedisLiveLog(client).read(0, 1_000_000, 0)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    return [entry.body for entry in entries]
