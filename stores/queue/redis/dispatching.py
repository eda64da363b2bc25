"""Dispatch in Redis: an event's entry or job and its mark in one step, per target; and the relays' positions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from domain.snowflake import milliseconds
from stores.live.redis import EPOCH_LUA, epoch_name
from stores.live.redis import KEYS as LIVE_KEYS
from stores.queue import LIVE, Dispatch
from stores.queue.redis.layout import CONSUMER, ENQUEUE_LUA, JOB_EXPIRY_MS, now_ms, pack_job
from stores.redis import Client, Script, answering, call

MARK_EXPIRY_S = 49 * 3600
"""An hour more than the event logs keep events."""

PASSED_MARK_EXPIRY_S = 600
"""What a mark still has once the relay is past it: longer than any request that dispatches its own event."""

EVENTS_PER_CALL = 500
BYTES_PER_CALL = 1_000_000

_FOLDER = Path(__file__).parent
_LAGS = "relay:lags"


class RedisDispatching:
    """Marks are kept in a set per target and minute of the events' ids, 8 bytes each."""

    def __init__(self, client: Client, live_log_entries: int, queue_length: int) -> None:
        self._client = client
        self._live_log_entries = live_log_entries
        self._queue_length = queue_length
        self._dispatch = Script(client, EPOCH_LUA, ENQUEUE_LUA, _FOLDER / "dispatch.lua")
        self._relayed = Script(client, _FOLDER / "relayed.lua")

    async def dispatch(self, dispatches: Sequence[Dispatch]) -> None:
        for batch in _batches(dispatches):
            await self._hand_out(batch, relayed=False)

    async def relay(self, target: str, dispatches: Sequence[Dispatch]) -> tuple[int, int]:
        done = new = 0
        for batch in _batches([_for_target(target, event) for event in dispatches]):
            batch_done, batch_new = await self._hand_out(batch, relayed=True)
            done, new = done + batch_done, new + batch_new
            if batch_done < len(batch):
                break
        return done, new

    @answering("queue")
    async def marked(self, target: str, event_ids: Sequence[int]) -> set[int]:
        by_minute = defaultdict(list)
        for event_id in event_ids:
            by_minute[_minute(milliseconds(event_id))].append(event_id)
        async with self._client.pipeline(transaction=False) as pipe:
            for minute, ids in by_minute.items():
                pipe.execute_command("SMISMEMBER", f"dispatched:{target}:{minute}", *map(_mark, ids))
            answers = await pipe.execute()
        found = zip(by_minute.values(), answers, strict=True)
        return {event_id for ids, flags in found for event_id, flag in zip(ids, flags, strict=True) if flag}

    @answering("queue")
    async def relay_position(self, log: str, target: str) -> str | None:
        position: bytes | None = await call(self._client, "HGET", f"relay:{target}:positions", log)
        return None if position is None else position.decode()

    @answering("queue")
    async def save_relay_position(self, log: str, target: str, position: str, passed_ms: int) -> None:
        keys = [f"relay:{target}:{kept}" for kept in ("positions", "passed", "released")]
        expiries = [_minute(MARK_EXPIRY_S * 1000), PASSED_MARK_EXPIRY_S]
        await self._relayed(keys, [target, log, position, _minute(passed_ms), *expiries])

    @answering("queue")
    async def save_relay_lag(self, target: str, seconds: float) -> None:
        await call(self._client, "HSET", _LAGS, target, f"{seconds:.3f}")

    @answering("queue")
    async def relay_lags(self) -> Mapping[str, float]:
        lags: dict[bytes, bytes] = await call(self._client, "HGETALL", _LAGS)
        return {target.decode(): float(seconds) for target, seconds in lags.items()}

    @answering("queue")
    async def _hand_out(self, batch: Sequence[Dispatch], *, relayed: bool) -> tuple[int, int]:
        at_ms = now_ms()
        args: list[bytes | str | int] = [epoch_name(), self._live_log_entries, self._queue_length, int(relayed)]
        args += [at_ms, JOB_EXPIRY_MS, MARK_EXPIRY_S]
        for event in batch:
            args += _arguments(event, at_ms)
        done, new = await self._dispatch(LIVE_KEYS, args)
        return done, new


def _minute(ms: int) -> int:
    return ms // 60_000


def _mark(event_id: int) -> bytes:
    return event_id.to_bytes(8)


def _for_target(target: str, event: Dispatch) -> Dispatch:
    """What is left of it for one target; nothing where it is not for that."""
    if target == LIVE:
        return Dispatch(event.event_id, b"", event.live, ())
    if target in event.queues:
        return Dispatch(event.event_id, event.packed, (), (target,))
    return Dispatch(event.event_id, b"", (), ())


def _arguments(event: Dispatch, at_ms: int) -> list[bytes | str | int]:
    job = pack_job(CONSUMER, (event.packed,), at_ms) if event.queues else b""
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
