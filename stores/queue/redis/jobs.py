"""Jobs in Redis, and those that failed for good."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from stores.queue import QUEUES, DeadLetter, QueueState
from stores.queue.redis.layout import (
    ENQUEUE_LUA,
    JOB_EXPIRY_MS,
    dead_key,
    deserialize,
    now_ms,
    pack_job,
    queue_key,
    serialize,
)
from stores.redis import Client, Script, answering, call

PROGRESS_EXPIRY_S = FAILURES_EXPIRY_S = 3600
LETTERS_PER_CALL = 100

_FOLDER = Path(__file__).parent


class RedisJobs:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._enqueue = Script(client, ENQUEUE_LUA, _FOLDER / "enqueue.lua")
        self._replay = Script(client, ENQUEUE_LUA, _FOLDER / "replay.lua")

    @answering("queue")
    async def enqueue(
        self, queue: str, function: str, job_id: str, *args: object, progress: Mapping[str, int] | None = None
    ) -> bool:
        at_ms = now_ms()
        saved = [part for pair in (progress or {}).items() for part in pair]
        job = pack_job(function, args, at_ms)
        return bool(
            await self._enqueue([queue_key(queue)], [job_id, job, at_ms, JOB_EXPIRY_MS, PROGRESS_EXPIRY_S, *saved])
        )

    @answering("queue")
    async def progress(self, names: Sequence[str]) -> Mapping[str, int]:
        if not names:
            return {}
        saved = await call(self._client, "MGET", *(f"progress:{name}" for name in names))
        return {name: int(number) for name, number in zip(names, saved, strict=True) if number is not None}

    @answering("queue")
    async def forget_progress(self, names: Sequence[str]) -> None:
        await self._client.delete(*(f"progress:{name}" for name in names))

    @answering("queue")
    async def count_failure(self, job_id: str) -> int:
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.incr(f"failures:{job_id}")
            pipe.expire(f"failures:{job_id}", FAILURES_EXPIRY_S)
            failures, _ = await pipe.execute()
        return int(failures)

    @answering("queue")
    async def bury(self, queue: str, function: str, args: Sequence[object], error: str) -> None:
        letter = serialize({"f": function, "a": args, "error": error, "at": now_ms()})
        await call(self._client, "RPUSH", dead_key(queue), letter)

    async def dead_letters(self, queue: str) -> Sequence[DeadLetter]:
        return [letter for _, letter in await self._letters(queue)]

    async def replay_dead_letters(self, queue: str, since_ms: int) -> int:
        made = 0
        keys = [queue_key(queue), dead_key(queue), "replays"]
        wanted = [(packed, letter) for packed, letter in await self._letters(queue) if letter.at_ms >= since_ms]
        for start in range(0, len(wanted), LETTERS_PER_CALL):
            at_ms = now_ms()
            args: list[bytes | str | int] = [at_ms, JOB_EXPIRY_MS]
            for packed, letter in wanted[start : start + LETTERS_PER_CALL]:
                args += [packed, pack_job(letter.function, letter.args, at_ms)]
            async with answering("queue"):
                made += await self._replay(keys, args)
        return made

    @answering("queue")
    async def states(self) -> Mapping[str, QueueState]:
        async with self._client.pipeline(transaction=False) as pipe:
            for queue in QUEUES:
                pipe.zcard(queue_key(queue))
                pipe.zrange(queue_key(queue), 0, 0, withscores=True)
                pipe.llen(dead_key(queue))
            answers = await pipe.execute()
        figures = zip(QUEUES, answers[0::3], answers[1::3], answers[2::3], strict=True)
        return {queue: QueueState(jobs, _age_seconds(first), letters) for queue, jobs, first, letters in figures}

    @answering("queue")
    async def depth(self, queue: str) -> int:
        return int(await self._client.zcard(queue_key(queue)))

    @answering("queue")
    async def _letters(self, queue: str) -> list[tuple[bytes, DeadLetter]]:
        letters: list[bytes] = await call(self._client, "LRANGE", dead_key(queue), 0, -1)
        return [(packed, _letter(packed)) for packed in letters]


def _letter(packed: bytes) -> DeadLetter:
    letter = deserialize(packed)
    return DeadLetter(letter["f"], letter["a"], letter["error"], letter["at"])


def _age_seconds(first: Sequence[tuple[bytes, float]]) -> float:
    """Of a queue's first job with the time from which on it is due, if there is one."""
    return max(0.0, (now_ms() - first[0][1]) / 1000) if first else 0.0
