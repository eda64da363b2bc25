"""Loaders of the media store."""

import asyncio
from collections.abc import Mapping

from domain.access import OPEN, Access
from domain.graph import User
from domain.media import Media
from domain.tweets import Tweet
from loaders.batches import by_key
from loaders.graph import GraphLoaders
from loaders.tweets import TweetLoaders
from stores.media import MediaStore


class MediaLoaders:
    """`media` is for whoever came by the ids on a tweet or a profile that the viewer sees; `seen`, for ids out of the
    blue, gives those alone that the viewer may see."""

    def __init__(self, store: MediaStore, graph: GraphLoaders, tweets: TweetLoaders, viewer_id: int | None) -> None:
        self._graph = graph
        self._tweets = tweets
        self._access = Access(viewer_id, OPEN, ())
        self.media = by_key(store.media)
        self.seen = by_key(self._seen)

    async def _seen(self, media_ids: list[int]) -> Mapping[int, Media]:
        found = [media for media in await self.media.load_many(media_ids) if media]
        owners, tweets = await asyncio.gather(
            asyncio.gather(*map(self._owner, found)), asyncio.gather(*map(self._tweet, found))
        )
        asked = zip(found, owners, tweets, strict=True)
        return {media.id: media for media, owner, tweet in asked if self._access.sees_media(media, owner, tweet)}

    async def _owner(self, media: Media) -> User | None:
        return await self._graph.users.load(media.owner_id) if media.is_avatar else None

    async def _tweet(self, media: Media) -> Tweet | None:
        if media.used_by is None or media.is_avatar:
            return None
        return await self._tweets.tweets.load(media.used_by)
