"""A small network that clients write to while parts of the system die, and what must hold of it."""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from dataclasses import dataclass

import httpx

from tests.faults.model import Model
from tests.faults.waiting import PAUSE_SECONDS
from tests.faults.writes import Read, Write, is_unavailable
from tests.support.clients import GraphQLFailed, Json, sign_up
from tests.support.uploading import MEDIA

SEARCH = """query($words: String!, $type: SearchType!, $after: String) {
  search(query: $words, type: $type, first: 100, after: $after) {
    nodes { ... on Node { id } } pageInfo { hasNextPage endCursor } } }"""
PAGE = 15


@dataclass(frozen=True)
class Place:
    """Something that has ids, in an order."""

    name: str
    expected: Sequence[str]
    found: Sequence[str]


class World:
    """`answered` counts writes. `unanswered` has the one that each person sent last, where no answer came. `sources`
    counts what pages were made of, `readers` those who came by the class that they were of."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self._alone: dict[frozenset[str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self.model = Model("w" + secrets.token_hex(3))
        self.answered = 0
        self.unanswered: dict[str, Write] = {}
        self.sources: Counter[str] = Counter()
        self.readers: Counter[str] = Counter()

    async def populate(self, *names: str) -> None:
        for name in names:
            self.model.people[name] = await sign_up(self._http, self._url, f"{self.model.tag}_{name}"[:15])

    async def write(self, *writes: Write) -> None:
        """One after the other, each of which is answered. Raises httpx.TransportError where one is not."""
        for write in writes:
            self.unanswered[write.person] = write
            async with self._alone[frozenset({write.person, write.other})]:
                await write.send(self.model)
            del self.unanswered[write.person]
            self.answered += not isinstance(write, Read)

    async def attempt(self, write: Write) -> bool:
        """Whether it was answered, by something else than UNAVAILABLE. Else it is not sent again: whether it was done
        all the same is looked up once the stores can tell."""
        async with self._alone[frozenset({write.person, write.other})]:
            if not await _answers(write.send(self.model)):
                while not await _answers(write.settle(self.model)):
                    await asyncio.sleep(PAUSE_SECONDS)
                return False
        self.answered += not isinstance(write, Read)
        return True

    async def read(self, name: str) -> None:
        """Somebody looks at the timeline, if that is to be had."""
        await self.attempt(Read(name, self.sources, self.readers))

    async def write_until_death(self, writes: Sequence[Write]) -> Sequence[Write]:
        """Those that were not answered when the server died."""
        for at, write in enumerate(writes):
            try:
                await self.write(write)
            except httpx.TransportError:
                return writes[at:]
        return ()

    async def settle(self) -> None:
        """Looks in the stores for what nobody was told of."""
        for write in self.unanswered.values():
            await write.settle(self.model)
        self.unanswered.clear()

    async def check(self) -> None:
        """Everybody's timeline is the oracle's, and search finds all tweets and people: each once, and nothing else."""
        async for place in self.places():
            assert list(place.found) == list(place.expected), place

    async def places(self) -> AsyncIterator[Place]:
        """Where things are to be found. Whose relations make most of a difference searches, and who has none."""
        for name, account in self.model.people.items():
            edges = await account.whole_timeline(PAGE)
            self.sources.update(edge["source"] for edge in edges)
            yield Place(f"timeline of {name}", self.model.timeline(name), [edge["node"]["id"] for edge in edges])
        names = list(self.model.people)
        for name in (names[0], names[-1]):
            found = await self._search(name, self.model.tag, "LATEST")
            yield Place(f"search of {name}", self.model.found(name), found)
        for name, media_ids in self.model.media.items():
            yield Place(f"media of {name}", sorted(media_ids), await self._served(name, sorted(media_ids)))
        people = sorted(account.id for account in self.model.people.values())
        yield Place("people", people, sorted(await self._search(names[-1], self.model.tag, "PEOPLE")))

    async def check_lists(self, names: Iterable[str]) -> None:
        """All that is above the floor of a timeline comes from what is precomputed, and nothing only from the live
        log."""
        for name in names:
            edges = await self.model.people[name].whole_timeline(PAGE)
            sources = "".join(edge["source"][0] for edge in edges)
            assert sources.rstrip("S").strip("PM") == "", f"{name}: {sources}"
            assert sources[0] != "S", f"{name}: {sources}"

    async def read_on(self, name: str, after: str) -> list[str]:
        """Ids of what comes after a cursor in somebody's timeline."""
        ids: list[str] = []
        more = True
        while more:
            page = await self.model.people[name].timeline(first=PAGE, after=after)
            ids += [edge["node"]["id"] for edge in page["edges"]]
            more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
        return ids

    async def _served(self, name: str, media_ids: Sequence[str]) -> list[str]:
        """Those whose rendition can be had."""
        account = self.model.people[name]
        urls = {each: (await account.ask(MEDIA, id=each))["node"]["small"] for each in media_ids}
        return [each for each, url in urls.items() if url and (await account.http.get(url)).status_code == 200]

    async def _search(self, name: str, words: str, kind: str) -> list[str]:
        ids: list[str] = []
        after: str | None = None
        while True:
            answer = await self.model.people[name].ask(SEARCH, words=words, type=kind, after=after)
            page: Json = answer["search"]
            ids += [node["id"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                return ids
            after = page["pageInfo"]["endCursor"]


async def _answers(call: Awaitable[None]) -> bool:
    try:
        await call
    except httpx.TransportError:
        return False
    except GraphQLFailed as failure:
        if not is_unavailable(failure):
            raise
        return False
    return True
