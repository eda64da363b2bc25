"""Posting, deleting, liking and retweeting."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgpack

from domain import text
from domain.errors import Unavailable
from domain.refusals import Refused, UserErrorCode, refuse
from domain.tweets import IdempotencyKey, NewTweet, Tweet, doublings
from events import Event, TweetsDeleted, TweetsLiked, TweetsPosted
from services.access import AccessService
from services.dispatch import Dispatcher
from services.media import MediaService
from services.snowflakes import Snowflakes
from stores.graph import GraphStore
from stores.tweets import IdempotencyConflict, TweetStore

IDEMPOTENCY_KEY_LENGTH = 100


@dataclass(frozen=True, slots=True)
class TweetDraft:
    text: str
    in_reply_to_id: int | None = None
    quote_of_id: int | None = None
    media_ids: tuple[int, ...] = ()
    idempotency_key: str | None = None


class TweetService:
    """Who acts on what they may not see is refused as if it were not there. Acting on a pure retweet means its
    original."""

    def __init__(
        self,
        tweets: TweetStore,
        graph: GraphStore,
        access: AccessService,
        dispatcher: Dispatcher,
        snowflakes: Snowflakes,
        media: MediaService,
    ) -> None:
        self._tweets = tweets
        self._graph = graph
        self._access = access
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._media = media

    async def create(self, viewer_id: int, draft: TweetDraft) -> int:
        """The id of the new tweet, or of the one that the same idempotency key made before. Raises Refused."""
        check_text(draft.text, may_be_blank=bool(draft.media_ids))
        key = _idempotency_key(viewer_id, draft)
        if key and (made := await self._made_before(key)):
            return made
        replied, pulled = await asyncio.gather(
            self._replied(viewer_id, draft.in_reply_to_id), self._is_pulled(viewer_id)
        )
        quoted_id = await self._quoted_id(viewer_id, draft.quote_of_id)
        tweet_id, event_id = self._snowflakes.mint(), self._snowflakes.mint()
        tweet = NewTweet(
            id=tweet_id,
            event_id=event_id,
            author_id=viewer_id,
            text=draft.text,
            conversation_id=replied.conversation_id if replied else tweet_id,
            in_reply_to_id=replied.id if replied else None,
            quote_of_id=quoted_id,
            pulled=pulled,
            media_ids=draft.media_ids,
        )
        return await self._write(tweet, key)

    async def delete(self, viewer_id: int, tweet_id: int) -> None:
        tweet = await self._tweet(tweet_id, "id")
        if tweet.author_id != viewer_id:
            await self._check_visible(viewer_id, tweet, "id")
            raise refuse(UserErrorCode.FORBIDDEN, "Only its author can delete a tweet.", "id")
        event = Event(self._snowflakes.mint(), TweetsDeleted(((tweet_id, viewer_id),)))
        if not await self._tweets.delete(tweet_id, event):
            raise _no_such_tweet("id")
        await self._dispatcher.dispatch(event)

    async def like(self, viewer_id: int, tweet_id: int) -> int:
        """Idempotent; the id of the tweet that is liked: a pure retweet's original."""
        tweet = await self._tweet(tweet_id, "tweetId")
        await self._check_visible(viewer_id, tweet, "tweetId")
        original_id, original = _original_id(tweet), await self._original(tweet)
        if await self._tweets.like(original_id, viewer_id, self._snowflakes.mint()):
            await self._rank_anew(original, 1)
        return original_id

    async def unlike(self, viewer_id: int, tweet_id: int) -> int:
        """Idempotent; the id of the tweet acted on. A like can be taken back from what one can't see any more."""
        tweet = await self._tweet(tweet_id, "tweetId")
        original_id, original = _original_id(tweet), await self._original(tweet)
        if await self._tweets.unlike(original_id, viewer_id):
            await self._rank_anew(original, -1)
        else:
            await self._check_visible(viewer_id, tweet, "tweetId")
        return original_id

    async def retweet(self, viewer_id: int, tweet_id: int) -> tuple[int, int]:
        """Idempotent; (id of the viewer's retweet, id of the original)."""
        original_id, pulled = await asyncio.gather(
            self._shared_id(viewer_id, tweet_id, "tweetId"), self._is_pulled(viewer_id)
        )
        retweet_id, event_id = self._snowflakes.mint(), self._snowflakes.mint()
        tweet = NewTweet(retweet_id, event_id, viewer_id, "", retweet_id, retweet_of_id=original_id, pulled=pulled)
        event = posted(event_id, [tweet])
        written = await self._tweets.retweet(tweet, event)
        if written == retweet_id:
            await self._dispatcher.dispatch(event)
        return written, original_id

    async def unretweet(self, viewer_id: int, tweet_id: int) -> tuple[int, int | None]:
        """Idempotent; (id of the original, id of the retweet that was removed). A retweet can be taken back of what
        one can't see any more."""
        tweet = await self._tweet(tweet_id, "tweetId")
        original_id = _original_id(tweet)
        retweet_id = (await self._tweets.retweet_ids(viewer_id, [original_id])).get(original_id)
        if retweet_id is None:
            await self._check_visible(viewer_id, tweet, "tweetId")
            return original_id, None
        event = Event(self._snowflakes.mint(), TweetsDeleted(((retweet_id, viewer_id),)))
        if await self._tweets.delete(retweet_id, event):
            await self._dispatcher.dispatch(event)
        return original_id, retweet_id

    async def _write(self, tweet: NewTweet, key: IdempotencyKey | None) -> int:
        """Media first: what they are for, and is never written, they are found to lack in time."""
        try:
            await self._media.use_in_tweet(tweet.author_id, tweet.media_ids, tweet.id)
        except (Refused, Unavailable):
            if key and (made := await self._made_before(key)):
                return made  # by the same request, which was sent twice at once, with the same media
            raise
        event = posted(tweet.event_id, [tweet])
        try:
            written = await self._tweets.create(tweet, event, key)
        except IdempotencyConflict as conflict:
            await self._media.let_go(tweet.id)
            raise _key_conflict() from conflict
        if written == tweet.id:
            await self._dispatcher.dispatch(event)
        elif tweet.media_ids:
            await self._media.let_go(tweet.id)
        return written

    async def _made_before(self, key: IdempotencyKey) -> int | None:
        """Looked up before anything else is checked: a repeat gets its tweet even if what it answers is gone by now."""
        try:
            made = await self._tweets.made_with(key)
        except IdempotencyConflict as conflict:
            raise _key_conflict() from conflict
        if made and not await self._tweets.tweets([made]):
            message = "The tweet that this key made was deleted; use another key."
            raise refuse(UserErrorCode.CONFLICT, message, "idempotencyKey")
        return made

    async def _tweet(self, tweet_id: int, field: str) -> Tweet:
        tweet = (await self._tweets.tweets([tweet_id])).get(tweet_id)
        if tweet is None:
            raise _no_such_tweet(field)
        return tweet

    async def _replied(self, viewer_id: int, tweet_id: int | None) -> Tweet | None:
        """The original that a reply is to."""
        if tweet_id is None:
            return None
        tweet = await self._tweet(tweet_id, "inReplyToId")
        await self._check_visible(viewer_id, tweet, "inReplyToId")
        return await self._tweet(tweet.retweet_of_id, "inReplyToId") if tweet.retweet_of_id else tweet

    async def _quoted_id(self, viewer_id: int, tweet_id: int | None) -> int | None:
        return None if tweet_id is None else await self._shared_id(viewer_id, tweet_id, "quoteOfId")

    async def _shared_id(self, viewer_id: int, tweet_id: int, field: str) -> int:
        """The id of the original, which the viewer may pass on to others."""
        tweet = await self._tweet(tweet_id, field)
        access, people = await self._access.towards(viewer_id, [tweet])
        if not access.sees_tweet(tweet, people):
            raise _no_such_tweet(field)
        if not access.shares(tweet, people):
            message = "Tweets of a protected account can't be retweeted or quoted by others."
            raise refuse(UserErrorCode.FORBIDDEN, message, field)
        return _original_id(tweet)

    async def _check_visible(self, viewer_id: int, tweet: Tweet, field: str) -> None:
        if not await self._access.visible(viewer_id, [tweet]):
            raise _no_such_tweet(field)

    async def _original(self, tweet: Tweet) -> Tweet | None:
        if tweet.retweet_of_id is None:
            return tweet
        return (await self._tweets.tweets([tweet.retweet_of_id])).get(tweet.retweet_of_id)

    async def _rank_anew(self, original: Tweet | None, likes: int) -> None:
        """Where so many likes more count. The tweet was read before; that others may have liked it meanwhile is about
        right for a rank."""
        if original and doublings(original.engagement) != doublings(original.engagement + likes):
            await self._dispatcher.hint(Event(self._snowflakes.mint(), TweetsLiked((original.id,))))

    async def _is_pulled(self, author_id: int) -> bool:
        """Whether what somebody posts now is pulled. Where the graph does not tell, it is pushed: that costs more and
        is never wrong."""
        try:
            return author_id in await famous_among(self._graph, [author_id])
        except Unavailable:
            return False


async def famous_among(graph: GraphStore, author_ids: Sequence[int]) -> set[int]:
    """Those of the authors whose tweets are pulled if they are posted now."""
    people = await graph.users(author_ids)
    return {person.id for person in people.values() if person.is_famous}


def posted(event_id: int, tweets: Sequence[NewTweet]) -> Event:
    """The event that tells of new tweets."""
    pulled = tuple(tweet.id for tweet in tweets if tweet.pulled)
    return Event(event_id, TweetsPosted(tuple((tweet.id, tweet.author_id) for tweet in tweets), pulled))


def check_text(written: str, *, may_be_blank: bool = False) -> None:
    """Raises Refused for a text that no tweet can have."""
    if forbidden := text.forbidden_character(written):
        raise refuse(UserErrorCode.INVALID, f"A tweet can't have the character {forbidden}.", "text")
    if not written.strip() and not may_be_blank:
        raise refuse(UserErrorCode.TOO_SHORT, "A tweet can't be blank.", "text")
    weight = text.weighted_length(written)
    if weight > text.MAX_WEIGHT:
        message = f"A tweet has at most {text.MAX_WEIGHT} weighted characters, not {weight}."
        raise refuse(UserErrorCode.TOO_LONG, message, "text")


def _idempotency_key(viewer_id: int, draft: TweetDraft) -> IdempotencyKey | None:
    key = draft.idempotency_key
    if key is None:
        return None
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_LENGTH or text.forbidden_character(key):
        message = f"An idempotency key has 1 to {IDEMPOTENCY_KEY_LENGTH} printable characters."
        raise refuse(UserErrorCode.INVALID, message, "idempotencyKey")
    given = (draft.text, draft.in_reply_to_id, draft.quote_of_id, *draft.media_ids)
    digest = hashlib.sha256(msgpack.packb(given)).digest()
    return IdempotencyKey(viewer_id, key, digest)


def _key_conflict() -> Exception:
    return refuse(UserErrorCode.CONFLICT, "This key was used with another input.", "idempotencyKey")


def _no_such_tweet(field: str) -> Exception:
    return refuse(UserErrorCode.NOT_FOUND, "There is no such tweet.", field)


def _original_id(tweet: Tweet) -> int:
    return tweet.retweet_of_id or tweet.id
