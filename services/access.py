"""What a viewer may see of tweets: domain/access.py on what the graph knows now."""

import asyncio
from collections.abc import Iterable, Mapping

from domain.access import OPEN, Access, Boundaries
from domain.graph import User
from domain.tweets import Tweet
from stores.graph import GraphStore


class AccessService:
    def __init__(self, graph: GraphStore) -> None:
        self._graph = graph

    async def visible(self, viewer_id: int | None, tweets: Iterable[Tweet]) -> list[Tweet]:
        """Those that the viewer (None: a guest) may see, in the order given. Mutes don't count."""
        asked = list(tweets)
        access, people = await self.towards(viewer_id, asked)
        return [tweet for tweet in asked if access.sees_tweet(tweet, people)]

    async def towards(self, viewer_id: int | None, tweets: Iterable[Tweet]) -> tuple[Access, Mapping[int, User]]:
        """A viewer's access to tweets, and the people it has to be asked with. Of one's own the graph is not asked."""
        authors = {author_id for tweet in tweets for author_id in tweet.author_ids} - {viewer_id}
        if not authors:
            return Access(viewer_id, OPEN, ()), {}
        people, boundaries = await asyncio.gather(self._graph.users(list(authors)), self._boundaries(viewer_id))
        protected = [person.id for person in people.values() if person.is_protected]
        unparted = [author_id for author_id in protected if not boundaries.parted(author_id)]
        return Access(viewer_id, boundaries, await self._followed(viewer_id, unparted)), people

    async def _boundaries(self, viewer_id: int | None) -> Boundaries:
        return OPEN if viewer_id is None else await self._graph.boundaries(viewer_id)

    async def _followed(self, viewer_id: int | None, user_ids: list[int]) -> set[int]:
        if viewer_id is None or not user_ids:
            return set()
        edges = await self._graph.following_among((viewer_id, user_id) for user_id in user_ids)
        return {followee_id for _, followee_id in edges}
