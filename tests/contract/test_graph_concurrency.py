"""Many who write to the same people at once: as if one after another, and nobody waits in a circle."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Boundaries
from domain.activity import Activity
from domain.graph import Follow, User
from events import Event
from stores.events import EventLog
from stores.graph import GraphStore
from tests.contract.backends import FAME
from tests.contract.graph_makers import ALL, add_people, ask, counts, follow_all, protect
from tests.contract.makers import event, logged, new_id

ROUNDS = 60
WRITERS = 8
NOW = datetime(2026, 5, 1, tzinfo=UTC)


async def at_once(*calls: Awaitable[bool], turned: bool) -> list[bool]:
    """Results in the order of the calls; the last one is begun first if `turned`."""
    results = await asyncio.gather(*(calls[::-1] if turned else calls))
    return results[::-1] if turned else list(results)


async def edge_is_added(graph: GraphStore, follower_id: int, followee_id: int) -> bool:
    followed, _ = await follow_all(graph, [Follow(new_id(), follower_id, followee_id)])
    return bool(followed)


async def class_changes(graph: GraphStore, user_id: int, activity: Activity) -> bool:
    return bool(await graph.reclass([user_id], activity, event()))


@pytest.mark.parametrize("accepts", [False, True])
async def test_no_edge_keeps_a_stale_mark(graph: GraphStore, accepts: bool) -> None:
    [reader] = await add_people(graph, 1)
    authors = await add_people(graph, ROUNDS)
    for number, author in enumerate(authors):
        activity = Activity.INACTIVE if number % 2 else Activity.ACTIVE
        if accepts:
            await protect(graph, author)
            await ask(graph, reader, author)
            adding: Awaitable[bool] = graph.accept(Follow(new_id(), reader, author), event())
        else:
            adding = edge_is_added(graph, reader, author)
        changing = class_changes(graph, reader, activity)
        assert await at_once(adding, changing, turned=number % 4 > 1) == [True, True]
        followed = authors[: number + 1]
        fed = [one for one in followed if await graph.feeding(one, 0, 9) == [reader]]
        assert fed == ([] if number % 2 else followed)


async def test_never_both_an_edge_and_a_block(graph: GraphStore) -> None:
    for number in range(ROUNDS):
        a, b = await add_people(graph, 2)
        blocker, blocked = (a, b) if number % 2 else (b, a)
        blocking = graph.block(blocker, blocked, new_id(), event())
        calls = edge_is_added(graph, a, b), edge_is_added(graph, b, a), blocking
        assert (await at_once(*calls, turned=number % 4 > 1))[-1] is True
        assert await graph.following_among([(a, b), (b, a)]) == set()
        assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}
        assert await graph.boundaries(blocker) == Boundaries(blocks=frozenset({blocked}))


async def test_never_a_request_or_what_became_of_it_and_a_block(graph: GraphStore) -> None:
    for number in range(ROUNDS):
        a, b, c = await add_people(graph, 3)
        await protect(graph, b, c)
        await ask(graph, a, b)
        blocking = [graph.block(b, a, new_id(), event()), graph.block(a, c, new_id(), event())]
        calls = graph.accept(Follow(new_id(), a, b), event()), edge_is_added(graph, a, c), *blocking
        assert (await at_once(*calls, turned=number % 2 > 0))[1:] == [False, True, True]
        assert await graph.following_among([(a, b)]) == set()
        assert await graph.requests_among([(a, b), (a, c)]) == set()
        assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}


async def test_a_request_is_accepted_or_rejected_once(graph: GraphStore) -> None:
    for number in range(ROUNDS):
        a, b = await add_people(graph, 2)
        await protect(graph, b)
        await ask(graph, a, b)
        accepting = [graph.accept(Follow(new_id(), a, b), event()) for _ in range(2)]
        *accepted, rejected = await at_once(*accepting, graph.reject(a, b), turned=number % 2 > 0)
        assert sum(accepted) + rejected == 1
        assert await counts(graph, [a, b]) == {a: (0, sum(accepted)), b: (sum(accepted), 0)}
        assert await graph.requests_among([(a, b)]) == set()


async def test_a_request_is_withdrawn_or_what_became_of_it_is_unfollowed(graph: GraphStore) -> None:
    for number in range(ROUNDS):
        a, b = await add_people(graph, 2)
        await protect(graph, b)
        await ask(graph, a, b)
        accepting = graph.accept(Follow(new_id(), a, b), event())
        accepted, unfollowed = await at_once(accepting, graph.unfollow(a, b, event()), turned=number % 2 > 0)
        assert accepted is unfollowed
        assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}
        assert await graph.requests_among([(a, b)]) == set()


async def test_batches_over_the_same_people_end_and_count_right(graph: GraphStore) -> None:
    """Each in an order of its own."""
    people, readers = await add_people(graph, 100), await add_people(graph, 40)

    async def follow_and_unfollow(number: int) -> None:
        order = random.Random(number).sample(people, len(people))
        followed, _ = await follow_all(graph, [Follow(new_id(), readers[number], one) for one in order])
        assert len(followed) == len(people)
        for one in people[number::25]:
            assert await graph.unfollow(readers[number], one, event()) is True

    await asyncio.gather(*map(follow_and_unfollow, range(40)))
    followers = await graph.followers(people, ALL)
    assert await counts(graph, people) == {one: (len(followers[one]), 0) for one in people}
    assert sum(map(len, followers.values())) == 40 * 100 - sum(len(people[number::25]) for number in range(40))


async def test_the_same_batch_from_many_at_once_is_added_once(graph: GraphStore) -> None:
    for _ in range(5):
        people = await add_people(graph, 12)
        pairs = [(a, b) for a in people for b in people if a != b]

        async def follow_everybody(seed: int, pairs: list[tuple[int, int]] = pairs) -> int:
            order = random.Random(seed).sample(pairs, len(pairs))
            followed, _ = await follow_all(graph, [Follow(new_id(), a, b) for a, b in order])
            return len(followed)

        assert sum(await asyncio.gather(*map(follow_everybody, range(WRITERS)))) == len(pairs)
        assert await counts(graph, people) == dict.fromkeys(people, (11, 11))


class Writer:
    """Writes what chance says, about the same few people as others do. `told`: ids of the events that it caused."""

    def __init__(self, graph: GraphStore, people: list[int], seed: int) -> None:
        self._graph = graph
        self._people = people
        self._chance = random.Random(seed)
        self.told: list[int] = []

    async def write(self) -> None:
        acts = (
            *(self._follow_many, self._follow_many, self._unfollow, self._unfollow, self._accept, self._reject),
            *(self._block, self._unblock, self._unblock, self._reclass, self._see, self._protect, self._settle),
        )
        for _ in range(40):
            told = event()
            one, other, *rest = self._chance.sample(self._people, len(self._people))
            if await self._chance.choice(acts)(one, other, rest, told):
                self.told.append(told.id)

    async def _follow_many(self, one: int, other: int, rest: list[int], told: Event) -> bool:
        pairs = [(one, other), (other, one), *((each, one) for each in rest), *((other, each) for each in rest)]
        followed, _ = await follow_all(self._graph, [Follow(new_id(), *pair) for pair in pairs], told)
        return bool(followed)

    async def _unfollow(self, one: int, other: int, _rest: list[int], told: Event) -> bool:
        return await self._graph.unfollow(one, other, told)

    async def _accept(self, one: int, other: int, _rest: list[int], told: Event) -> bool:
        return await self._graph.accept(Follow(new_id(), one, other), told)

    async def _reject(self, one: int, other: int, _rest: list[int], _told: Event) -> bool:
        await self._graph.reject(one, other)
        return False

    async def _block(self, one: int, other: int, _rest: list[int], told: Event) -> bool:
        return await self._graph.block(one, other, new_id(), told)

    async def _unblock(self, one: int, other: int, _rest: list[int], told: Event) -> bool:
        return await self._graph.unblock(one, other, told)

    async def _reclass(self, one: int, other: int, rest: list[int], told: Event) -> bool:
        activity = self._chance.choice([Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE])
        return bool(await self._graph.reclass([other, one, *rest[:2]], activity, told))

    async def _see(self, one: int, other: int, rest: list[int], _told: Event) -> bool:
        await self._graph.seen([other, one, *rest], NOW + timedelta(hours=self._chance.randrange(100)))
        return False

    async def _protect(self, one: int, _other: int, _rest: list[int], told: Event) -> bool:
        chosen = self._chance.random() < 0.5
        await self._graph.update_profile(one, told, display_name=None, bio=None, is_protected=chosen)
        return True

    async def _settle(self, _one: int, _other: int, _rest: list[int], _told: Event) -> bool:
        await self._graph.settle_fame()
        return False


@pytest.mark.parametrize("seed", range(3))
async def test_all_at_once_leaves_the_graph_sound(graph: GraphStore, events: EventLog, seed: int) -> None:
    people = await add_people(graph, FAME.followers + 3)
    before = await logged(events)
    writers = [Writer(graph, people, seed * WRITERS + number) for number in range(WRITERS)]
    await asyncio.gather(*(writer.write() for writer in writers))
    assert sorted(await logged(events)) == sorted([*before, *(told for writer in writers for told in writer.told)])
    await assert_sound(graph, people)


async def assert_sound(graph: GraphStore, people: list[int]) -> None:
    pairs = [(one, other) for one in people for other in people]
    edges, requests = await graph.following_among(pairs), await graph.requests_among(pairs)
    blocks = {(link.node_id, one) for one, links in (await graph.blocked(people, ALL)).items() for link in links}
    apart = blocks | {pair[::-1] for pair in blocks}
    assert not edges & requests
    assert not (edges | requests) & apart
    users = await graph.users(people)
    followers, following = Counter(followee for _, followee in edges), Counter(follower for follower, _ in edges)
    for one in people:
        user = users[one]
        assert (user.followers_count, user.following_count) == (followers[one], following[one])
        assert FAME.is_famous(followers[one], was=user.is_famous) is user.is_famous
        active = {follower for follower, followee in edges if followee == one and is_active(users[follower])}
        assert set(await graph.feeding(one, 0, 99)) == active


def is_active(user: User) -> bool:
    return user.activity is Activity.ACTIVE
