"""Every event reaches each of its targets once, in random lives of requests that die, full queues and relays, each of
which goes its own way."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.snowflake import compose
from stores.queue import LIVE, QUEUES, TARGETS, Dispatch
from stores.queue.redis import RedisQueue
from stores.queue.redis.layout import queue_key
from stores.redis import Client
from tests.contract.queue_contents import bodies, waiting

START_MS = 1_800_000_000_000

STEPS = st.one_of(
    st.tuples(st.just("request"), st.integers(0, 6)),
    st.tuples(st.just("relay"), st.sampled_from(TARGETS)),
    st.tuples(st.just("consume"), st.sampled_from(QUEUES)),
)


class Deliveries:
    """`events` lie in one log, in their order; `order` is that in which the live target got them."""

    def __init__(self, client: Client, length: int, events: Sequence[Dispatch]) -> None:
        self._client = client
        self._length = length
        self.queue = RedisQueue(client, 1_000, length)
        self.events = events
        self.committed = 0
        self.relayed = dict.fromkeys(TARGETS, 0)
        self.consumed: dict[str, Counter[str]] = {name: Counter() for name in QUEUES}
        self.order: dict[bytes, None] = {}

    def of(self, target: str, events: Sequence[Dispatch]) -> list[int]:
        return [each.event_id for each in events if (each.live if target == LIVE else target in each.queues)]

    async def request(self, size: int) -> None:
        """Commits some events and dispatches them; one that commits another dies before it."""
        own = self.events[self.committed : self.committed + size]
        self.committed = min(self.committed + size + 1, len(self.events))
        await self.queue.dispatch(own)
        self._went_live(own)

    async def relay(self, target: str) -> None:
        ahead = self.events[self.relayed[target] : self.committed]
        had = await self.queue.marked(target, [each.event_id for each in ahead])
        done, new = await self.queue.relay(target, ahead)
        assert new == len(set(self.of(target, ahead[:done])) - had)
        assert done == len(ahead) or (target != LIVE and await self.queue.depth(target) >= self._length)
        self.relayed[target] += done
        if target == LIVE:
            self._went_live(ahead)

    async def consume(self, name: str) -> None:
        """All of the queue's jobs end."""
        jobs = await waiting(self._client, name)
        assert len(jobs) <= self._length
        self.consumed[name].update(jobs.keys())
        await self._client.delete(queue_key(name), *(f"arq:job:{job_id}" for job_id in jobs))

    async def finish(self) -> None:
        self.committed = len(self.events)
        await self.relay(LIVE)
        for name in QUEUES:
            while self.relayed[name] < self.committed:
                await self.relay(name)
                await self.consume(name)
            await self.consume(name)

    def _went_live(self, events: Sequence[Dispatch]) -> None:
        self.order.update((each.packed, None) for each in events if each.live)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    targets=st.lists(st.sets(st.sampled_from(TARGETS)), max_size=12),
    length=st.integers(1, 4),
    steps=st.lists(STEPS, max_size=25),
)
async def test_every_event_reaches_every_target_once(
    redis_client: Client, targets: list[set[str]], length: int, steps: list[tuple[str, int | str]]
) -> None:
    await redis_client.flushall()
    events = [
        Dispatch(compose(START_MS, 0, at), b"%d" % at, [b"%d" % at] * (LIVE in each), sorted(each - {LIVE}))
        for at, each in enumerate(targets)
    ]
    deliveries = Deliveries(redis_client, length, events)
    for step, choice in steps:
        await getattr(deliveries, step)(choice)
    await deliveries.finish()
    for name in QUEUES:
        assert deliveries.consumed[name] == Counter(f"{name}:{event_id}" for event_id in deliveries.of(name, events))
    for target in TARGETS:
        had = await deliveries.queue.marked(target, [each.event_id for each in events])
        assert had == set(deliveries.of(target, events))
    assert await bodies(redis_client) == list(deliveries.order)
    assert set(deliveries.order) == {each.packed for each in events if each.live}
