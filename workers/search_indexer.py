"""The search consumer: tweets and people into the index; people again when they gain or lose a follower, since that
ranks them."""

from events import Blocked, Event, Followed, TweetsDeleted, TweetsPosted, Unfollowed, UsersChanged
from services.search import SearchService


class SearchIndexer:
    def __init__(self, search: SearchService) -> None:
        self._search = search

    async def consume(self, event: Event, *, redelivered: bool) -> None:
        match event.body:
            case TweetsPosted(tweets):
                await self._search.tweets_posted(tweet_id for tweet_id, _ in tweets)
            case TweetsDeleted(tweets):
                await self._search.tweets_deleted(tweet_id for tweet_id, _ in tweets)
            case UsersChanged(user_ids):
                await self._search.people_changed(user_ids)
            case Followed(edges) | Unfollowed(edges):
                await self._search.people_changed({followee_id for _, followee_id in edges})
            case Blocked(edges):
                await self._search.people_changed({user_id for edge in edges for user_id in edge})
            case _:
                raise ValueError(f"not for the search consumer: {event}")
