"""Queues in Redis as arq's workers take them, with the marks of what was dispatched and the relay's positions."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgpack

from domain.snowflake import milliseconds
from stores.live.redis import EPOCH_LUA, epoch_name
from stores.live.redis import KEYS as LIVE_KEYS
from stores.queue import Dispatch
from stores.redis import Client, Script, answering, call

CONSUMER = "consume"
"""The function of every job that an event asks for; its one argument is the packed event."""

JOB_EXPIRY_MS = 72 * 3_600_000
"""Longer than the event logs keep events, which are what else a job could be made from again."""

MARK_EXPIRY_S = 49 * 3600
"""An hour more than the event logs keep events."""

PASSED_MARK_EXPIRY_S = 600
"""What a mark still has once the relay is past it: longer than any request that dispatches its own event."""

EVENTS_PER_CALL = 500
BYTES_PER_CALL = 1_000_000

_FOLDER = Path(__file__).parent
_RELAY_KEYS = ["relay:positions", "relay:passed", "relay:released"]


def queue_key(queue: str) -> str:
    """The sorted set of a queue; arq's `queue_name`."""
    return f"starling:queue:{queue}"


def dead_key(queue: str) -> str:
    """The list of a queue's dead letters, oldest first: function (f), arguments (a), error and Unix time in ms (at)."""
    return f"starling:dead:{queue}"


def serialize(job: dict[str, Any]) -> bytes:
    """arq's `job_serializer`. What msgpack doesn't know, such as the exception of a failed job, becomes its repr."""
    packed: bytes = msgpack.packb(job, default=repr)
    return packed


def deserialize(packed: bytes) -> dict[str, Any]:
    """arq's `job_deserializer`."""
    job: dict[str, Any] = msgpack.unpackb(packed)
    return job


def _job(function: str, args: Sequence[object], now_ms: int) -> bytes:
    return serialize({"t": None, "f": function, "a": args, "k": {}, "et": now_ms})


def _minute(ms: int) -> int:
    return ms // 60_000


def _mark(event_id: int) -> bytes:
    return event_id.to_bytes(8)


def _now_ms() -> int:
    """The clock by which arq's workers judge whether a job is due."""
    return time.time_ns() // 1_000_000


class RedisQueue:
    """Dispatch writes the live log too, so that both are on one server. The log keeps about `live_log_entries`."""

    def __init__(self, client: Client, live_log_entries: int) -> None:
        self._client = client
        self._live_log_entries = live_log_entries
        self._dispatch = Script(client, EPOCH_LUA, _FOLDER / "jobs.lua", _FOLDER / "dispatch.lua")
        self._enqueue = Script(client, _FOLDER / "jobs.lua", _FOLDER / "enqueue.lua")
        self._relayed = Script(client, _FOLDER / "relayed.lua")

    async def dispatch(self, dispatches: Sequence[Dispatch], *, is_news: bool = False) -> int:
        done = 0
        for batch in _batches(dispatches):
            now_ms = _now_ms()
            args: list[bytes | str | int] = [epoch_name(), self._live_log_entries, int(is_news)]
            args += [now_ms, JOB_EXPIRY_MS, MARK_EXPIRY_S]
            for event in batch:
                args += _arguments(event, now_ms)
            async with answering("queue"):
                done += await self._dispatch(LIVE_KEYS, args)
        return done

    @answering("queue")
    async def enqueue(self, queue: str, function: str, job_id: str, *args: object) -> bool:
        now_ms = _now_ms()
        job = _job(function, args, now_ms)
        return bool(await self._enqueue([queue_key(queue)], [job_id, job, now_ms, JOB_EXPIRY_MS]))

    @answering("queue")
    async def bury(self, queue: str, function: str, args: Sequence[object], error: str) -> None:
        letter = serialize({"f": function, "a": args, "error": error, "at": _now_ms()})
        await call(self._client, "RPUSH", dead_key(queue), letter)

    @answering("queue")
    async def marked(self, event_ids: Sequence[int]) -> set[int]:
        by_minute = defaultdict(list)
        for event_id in event_ids:
            by_minute[_minute(milliseconds(event_id))].append(event_id)
        async with self._client.pipeline(transaction=False) as pipe:
            for minute, ids in by_minute.items():
                pipe.execute_command("SMISMEMBER", f"dispatched:{minute}", *map(_mark, ids))
            answers = await pipe.execute()
        found = zip(by_minute.values(), answers, strict=True)
        return {event_id for ids, flags in found for event_id, flag in zip(ids, flags, strict=True) if flag}

    @answering("queue")
    async def relay_position(self, log: str) -> str | None:
        position: bytes | None = await call(self._client, "HGET", _RELAY_KEYS[0], log)
        return None if position is None else position.decode()

    @answering("queue")
    async def save_relay_position(self, log: str, position: str, passed_ms: int) -> None:
        expiries = [_minute(MARK_EXPIRY_S * 1000), PASSED_MARK_EXPIRY_S]
        await self._relayed(_RELAY_KEYS, [log, position, _minute(passed_ms), *expiries])

    @answering("queue")
    async def depth(self, queue: str) -> int:
        return int(await self._client.zcard(queue_key(queue)))


def _arguments(event: Dispatch, now_ms: int) -> list[bytes | str | int]:
    job = _job(CONSUMER, (event.packed,), now_ms)
    counts = len(event.live), len(event.queues)
    identity = event.event_id, _mark(event.event_id), milliseconds(event.event_id)
    return [*identity, job, *counts, *event.live, *event.queues]


def _batches(dispatches: Sequence[Dispatch]) -> Iterator[Sequence[Dispatch]]:
    """As many in one call as keep it small."""
    batch: list[Dispatch] = []
    size = 0
    for event in dispatches:
        weight = len(event.packed) + sum(map(len, event.live))
        if batch and (len(batch) == EVENTS_PER_CALL or size + weight > BYTES_PER_CALL):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += weight
    if batch:
        yield batch
