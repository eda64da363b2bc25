"""A small network that clients write to while parts of the system die, and what must hold of it."""

import asyncio
import secrets
from collections.abc import Iterable, Sequence

import httpx

from tests.faults.waiting import PAUSE_SECONDS
from tests.faults.writes import Model, Write, is_unavailable
from tests.support.clients import GraphQLFailed, Json, sign_up

SEARCH = """query($words: String!, $type: SearchType!, $after: String) {
  search(query: $words, type: $type, first: 100, after: $after) {
    nodes { ... on Node { id } } pageInfo { hasNextPage endCursor } } }"""
PAGE = 15


class World:
    """`answered` counts writes. `unanswered` has the one that each person sent last, where no answer came."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self.model = Model("w" + secrets.token_hex(3))
        self.answered = 0
        self.unanswered: dict[str, Write] = {}

    async def populate(self, *names: str) -> None:
        for name in names:
            self.model.people[name] = await sign_up(self._http, self._url, f"{self.model.tag}_{name}"[:15])

    async def write(self, *writes: Write) -> None:
        """One after the other, each of which is answered. Raises httpx.TransportError where one is not."""
        for write in writes:
            self.unanswered[write.person] = write
            await write.send(self.model)
            del self.unanswered[write.person]
            self.answered += 1

    async def insist(self, *writes: Write) -> None:
        """As `write`, but each is sent until it is answered by something else than UNAVAILABLE."""
        for write in writes:
            while not await self._try(write):
                await asyncio.sleep(PAUSE_SECONDS)

    async def _try(self, write: Write) -> bool:
        try:
            await self.write(write)
        except GraphQLFailed as failure:
            if not is_unavailable(failure):
                raise
            return False
        return True

    async def write_until_death(self, writes: Sequence[Write]) -> Sequence[Write]:
        """Those that were not answered when the server died."""
        for at, write in enumerate(writes):
            try:
                await self.write(write)
            except httpx.TransportError:
                return writes[at:]
        return ()

    async def settle(self) -> list[Write]:
        """Looks in the stores for what nobody was told of; those writes."""
        writes = list(self.unanswered.values())
        self.unanswered.clear()
        for write in writes:
            await write.settle(self.model)
        return writes

    async def check(self) -> None:
        """Everybody's timeline is the oracle's, and search finds all tweets and people: each once, and nothing else."""
        for name, account in self.model.people.items():
            edges = await account.whole_timeline(PAGE)
            assert [edge["node"]["id"] for edge in edges] == self.model.timeline(name), name
        tweets = [post.id for post in sorted(self.model.posts.values(), key=lambda post: -post.number) if not post.of]
        assert await self._found(self.model.tag, "LATEST") == tweets
        for account in self.model.people.values():
            assert await self._found(account.handle, "PEOPLE") == [account.id]

    async def check_pushed(self, names: Iterable[str]) -> None:
        """The newest of each come from the precomputed timeline, down to where that is complete."""
        for name in names:
            edges = (await self.model.people[name].timeline(first=PAGE))["edges"]
            sources = [edge["source"] for edge in edges]
            assert sources == sorted(sources), name
            assert sources[0] == "PUSHED", name

    async def _found(self, words: str, kind: str) -> list[str]:
        somebody = next(iter(self.model.people.values()))
        ids: list[str] = []
        after: str | None = None
        while True:
            page: Json = (await somebody.ask(SEARCH, words=words, type=kind, after=after))["search"]
            ids += [node["id"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                return ids
            after = page["pageInfo"]["endCursor"]
