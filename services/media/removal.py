"""Removing media: those of deleted tweets at once, and on a schedule those that nothing came to use."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from domain.media import UPLOAD_TIME, Media, folder_of, upload_key
from stores.graph import GraphStore
from stores.media import MediaFiles, MediaStore
from stores.tweets import TweetStore

BATCH = 200


class MediaRemoval:
    """First the row is condemned, so that nobody finds or uses it, then the bytes go, and go once more when nobody can
    send any more; the row goes last."""

    def __init__(self, media: MediaStore, files: MediaFiles, tweets: TweetStore, graph: GraphStore) -> None:
        self._media = media
        self._files = files
        self._tweets = tweets
        self._graph = graph

    async def tweets_deleted(self, tweet_ids: Iterable[int]) -> None:
        """Idempotent."""
        condemned = await self._media.condemn_used_by(list(tweet_ids), datetime.now(UTC) + UPLOAD_TIME)
        await self._delete(condemned)

    async def collect(self, at: datetime | None = None) -> int:
        """Looks at all that is due: what is used is kept for good, the rest is removed; how many that was."""
        at = at or datetime.now(UTC)
        removed = 0
        while due := await self._media.due(at, BATCH):
            used = await self._used(due)
            await self._media.keep(list(used))
            for media_id in used:
                await self._files.delete(upload_key(media_id))
            unused = [media.id for media in due if media.id not in used]
            condemned = await self._media.condemn(unused, at, at + UPLOAD_TIME)
            await self._delete(condemned)
            removed += len(condemned)
            if len(used) + len(condemned) == 0:
                break
        while condemned := await self._media.condemned(at, BATCH):
            await self._delete(condemned)
            await self._media.forget(condemned)
        return removed

    async def _used(self, due: Sequence[Media]) -> set[int]:
        """Ids of those that their tweet, or their owner, has indeed."""
        avatars = [media for media in due if media.is_avatar]
        in_tweets = [media for media in due if media.used_by is not None and not media.is_avatar]
        people = await self._graph.users([media.owner_id for media in avatars]) if avatars else {}
        tweets = await self._tweets.tweets([media.used_by for media in in_tweets if media.used_by]) if in_tweets else {}
        shown = {(person.id, person.avatar_id) for person in people.values()}
        shown |= {(tweet.id, media_id) for tweet in tweets.values() for media_id in tweet.media_ids}
        return {media.id for media in due if (media.used_by, media.id) in shown}

    async def _delete(self, media_ids: Iterable[int]) -> None:
        for media_id in media_ids:
            await self._files.delete(folder_of(media_id))
