"""The search consumer: tweets and people into the index; tweets again when they are liked more, and people when they
gain or lose a follower, since that ranks them."""

from collections.abc import Sequence

from events import Blocked, Event, Followed, TweetsDeleted, TweetsLiked, TweetsPosted, Unfollowed, UsersChanged
from services.search import SearchService


class SearchIndexer:
    def __init__(self, search: SearchService) -> None:
        self._search = search

    async def consume(self, event: Event, *, redelivered: bool) -> None:
        await self.consume_all([event])

    async def consume_all(self, events: Sequence[Event]) -> None:
        """Each tweet and person once, however many of the events are about them."""
        posted: set[int] = set()
        deleted: set[int] = set()
        people: set[int] = set()
        for event in events:
            match event.body:
                case TweetsPosted(tweets):
                    posted.update(tweet_id for tweet_id, _ in tweets)
                case TweetsLiked(tweet_ids):
                    posted.update(tweet_ids)
                case TweetsDeleted(tweets):
                    deleted.update(tweet_id for tweet_id, _ in tweets)
                case UsersChanged(user_ids):
                    people.update(user_ids)
                case Followed(edges) | Unfollowed(edges):
                    people.update(followee_id for _, followee_id in edges)
                case Blocked(edges):
                    people.update(user_id for edge in edges for user_id in edge)
                case _:
                    raise ValueError(f"not for the search consumer: {event}")
        await self._bring(posted, deleted, people)

    async def _bring(self, posted: set[int], deleted: set[int], people: set[int]) -> None:
        if posted:
            await self._search.tweets_posted(posted)
        if deleted:
            await self._search.tweets_deleted(deleted)
        if people:
            await self._search.people_changed(people)
