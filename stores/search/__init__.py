"""The index of tweets and people. Fed by the search indexer; what it finds is read from the other stores again.

What was written may be found a little later, within a second or so; hits are sorted by (rank, id), highest first, and a
page goes on behind a hit, which need not be there any more.
"""

from collections.abc import Sequence
from typing import Protocol

from domain.graph import User
from domain.search import Hit, SearchCursor
from domain.tweets import Tweet


class Index(Protocol):
    """Writing and finding."""

    async def index_tweets(self, tweets: Sequence[Tweet], read_at: int) -> None:
        """Adds or replaces them, unless they were indexed as they were read later: `read_at` is a Unix time in
        microseconds, not after they were read. A tweet that was removed stays removed, whatever order the two arrive
        in."""

    async def remove_tweets(self, tweet_ids: Sequence[int]) -> None: ...

    async def index_people(self, people: Sequence[User], read_at: int) -> None:
        """Adds or replaces them, unless they were indexed as they were read later."""

    async def top_tweets(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        """By rank. The query has the syntax of web search engines: words, "phrases", or, -not."""

    async def latest_tweets(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        """Newest first."""

    async def people(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        """By rank, over handle, display name and bio; handles and names match by their beginnings too."""

    async def missing_tweets(self, tweet_ids: Sequence[int]) -> set[int]:
        """Those that are neither in the index nor removed from it: what an importer waits for."""


Notes = dict[str, str | None]


class Rebuild(Protocol):
    """An index that is made anew, from the stores that it is about, while another one serves."""

    @property
    def index(self) -> Index:
        """Writes go to the new one."""

    @property
    def notes(self) -> Notes:
        """What was noted last, where this goes on with a rebuild that was broken off."""

    async def note(self, notes: Notes) -> None:
        """Keeps them in the store itself."""

    async def serve(self) -> bool:
        """From now on searches and writes of all processes go to the new one, in one step. False where it is the one
        that serves already."""

    async def finish(self) -> None:
        """Drops what served before, and the notes."""


class SearchStore(Index, Protocol):
    """The whole port."""

    async def rebuild(self) -> Rebuild:
        """Begins an index in which nothing is but what was removed, or goes on with one that was broken off. An adapter
        whose index is always all of one form writes into that again."""
