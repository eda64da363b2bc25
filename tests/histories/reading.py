"""Compares what the system shows with what the oracle says, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import note

from tests.histories.oracle import Network
from tests.histories.system import Page, System
from tests.support.clients import Json

ROUNDS = 10
"""When a page has left out as many tweets as this, it may end short and tell of a next one."""


@dataclass(slots=True)
class Reading:
    system: System
    network: Network
    cursors: list[tuple[int, str]] = field(default_factory=list)
    """Of pages that were read, with the numbers of the tweets that they name."""

    async def first_page(self, reader: int, size: int) -> Page:
        note(f"{reader} reads the first {size}")
        page = await self.system.page(reader, first=size)
        self._compare(page, self.network.timeline(reader), size)
        return page

    async def walk(self, reader: int, size: int) -> None:
        """The whole timeline."""
        page = await self.first_page(reader, size)
        read = page.numbers
        while page.has_next:
            page = await self.system.page(reader, first=size, after=page.end_cursor)
            self._compare(page, self.network.timeline(reader)[len(read) :], size)
            read += page.numbers
        assert read == self.network.timeline(reader)

    async def on_from(self, reader: int, at: int, size: int) -> None:
        """The page after a cursor that somebody has kept, whatever happened since."""
        number, cursor = self.cursors[at]
        note(f"{reader} reads {size} after {number}")
        page = await self.system.page(reader, first=size, after=cursor)
        assert page.has_previous
        self._compare(page, [each for each in self.network.timeline(reader) if each < number], size)

    async def back_from(self, reader: int, at: int, size: int) -> None:
        """The page before a kept cursor."""
        number, cursor = self.cursors[at]
        note(f"{reader} reads {size} before {number}")
        page = await self.system.page(reader, last=size, before=cursor)
        assert page.has_next
        newer = [each for each in self.network.timeline(reader) if each > number]
        self._compare_turned(page, newer, size)

    async def last_page(self, reader: int, size: int) -> None:
        note(f"{reader} reads the last {size}")
        page = await self.system.page(reader, last=size)
        assert not page.has_next
        self._compare_turned(page, self.network.timeline(reader), size)

    async def tweets(self, viewer: int | None, *, indexed: bool) -> None:
        """All tweets, one by one and by search, which may lack some until they are indexed."""
        there, found = await self.system.tweets_for(viewer)
        assert there == self.network.tweets(viewer)
        expected = self.network.found(viewer)
        assert found == (expected if indexed else [number for number in expected if number in found])

    async def people(self, viewer: int) -> None:
        """Everybody's profile and lists."""
        expected = [self._profile(viewer, person) for person in range(self.network.people)]
        assert await self.system.people_for(viewer) == expected

    def _profile(self, viewer: int, person: int) -> Json:
        network, sees = self.network, self.network.sees(viewer, person)
        return {
            "isFamous": person in network.famous,
            "isProtected": person in network.protected,
            "followersCount": len(network.followers(person)),
            "followingCount": len(network.following(person)),
            "viewerFollows": (viewer, person) in network.follows,
            "viewerHasRequested": (viewer, person) in network.requests,
            "followsViewer": (person, viewer) in network.follows,
            "viewerBlocks": (viewer, person) in network.blocks,
            "viewerMutes": (viewer, person) in network.mutes,
            "blocksViewer": (person, viewer) in network.blocks,
            "tweets": network.tweets_of(viewer, person),
            "followers": network.followers(person) if sees else [],
            "following": network.following(person) if sees else [],
        }

    async def activity(self, person: int) -> None:
        """To be asked right after it was settled: the jobs of those who have read make them active later."""
        found = await self.system.activity(person)
        assert found == self.network.classes[person], f"{person} is {found}, not {self.network.classes[person]}"

    async def oneself(self, person: int) -> None:
        assert await self.system.oneself(person) == {
            "blocked": self.network.blocked(person),
            "muted": self.network.muted(person),
            "followRequests": self.network.asking(person),
        }

    def _compare(self, page: Page, rest: Sequence[int], size: int) -> None:
        """A page going on, with what there is from its beginning on."""
        self.cursors += zip(page.numbers, page.cursors, strict=True)
        assert page.numbers == rest[: len(page.numbers)]
        if self._is_whole(page, rest, size, more=page.has_next):
            assert page.has_next == (len(rest) > size)

    def _compare_turned(self, page: Page, rest: Sequence[int], size: int) -> None:
        """A page going back, with what there is up to its end."""
        assert page.numbers == rest[len(rest) - len(page.numbers) :]
        if self._is_whole(page, rest, size, more=page.has_previous):
            assert page.has_previous == (len(rest) > size)

    def _is_whole(self, page: Page, rest: Sequence[int], size: int, *, more: bool) -> bool:
        left_out = len(self.network.posts) - len(rest)
        if more and len(page.numbers) < size and left_out >= ROUNDS:
            return False
        assert len(page.numbers) == min(size, len(rest))
        return True
