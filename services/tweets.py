"""Posting, deleting, liking and retweeting."""

import hashlib
from dataclasses import dataclass

import msgpack

from domain import text
from domain.refusals import UserErrorCode, refuse
from domain.tweets import IdempotencyKey, NewTweet, Tweet
from events import Event, TweetsDeleted, TweetsPosted
from services.dispatch import Dispatcher
from services.snowflakes import Snowflakes
from stores.tweets import IdempotencyConflict, TweetStore

IDEMPOTENCY_KEY_LENGTH = 100


@dataclass(frozen=True, slots=True)
class TweetDraft:
    text: str
    in_reply_to_id: int | None = None
    quote_of_id: int | None = None
    idempotency_key: str | None = None


class TweetService:
    def __init__(self, tweets: TweetStore, dispatcher: Dispatcher, snowflakes: Snowflakes) -> None:
        self._tweets = tweets
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes

    async def create(self, viewer_id: int, draft: TweetDraft) -> int:
        """The id of the new tweet, or of the one that the same idempotency key made before. Raises Refused."""
        check_text(draft.text)
        key = _idempotency_key(viewer_id, draft)
        if key and (made := await self._made_before(key)):
            return made
        replied = await self._original(draft.in_reply_to_id, "inReplyToId") if draft.in_reply_to_id else None
        quoted = await self._original(draft.quote_of_id, "quoteOfId") if draft.quote_of_id else None
        tweet_id, event_id = self._snowflakes.mint(), self._snowflakes.mint()
        tweet = NewTweet(
            id=tweet_id,
            event_id=event_id,
            author_id=viewer_id,
            text=draft.text,
            conversation_id=replied.conversation_id if replied else tweet_id,
            in_reply_to_id=replied.id if replied else None,
            quote_of_id=quoted.id if quoted else None,
        )
        event = Event(event_id, TweetsPosted(((tweet_id, viewer_id),)))
        try:
            written = await self._tweets.create(tweet, event, key)
        except IdempotencyConflict as conflict:
            raise _key_conflict() from conflict
        if written == tweet_id:
            await self._dispatcher.dispatch(event)
        return written

    async def delete(self, viewer_id: int, tweet_id: int) -> None:
        tweet = await self._tweet(tweet_id, "id")
        if tweet.author_id != viewer_id:
            raise refuse(UserErrorCode.FORBIDDEN, "Only its author can delete a tweet.", "id")
        event = Event(self._snowflakes.mint(), TweetsDeleted(((tweet_id, viewer_id),)))
        if not await self._tweets.delete(tweet_id, event):
            raise _no_such_tweet("id")
        await self._dispatcher.dispatch(event)

    async def like(self, viewer_id: int, tweet_id: int) -> int:
        """Idempotent; the id of the tweet that is liked: a pure retweet's original."""
        original = await self._original(tweet_id, "tweetId")
        await self._tweets.like(original.id, viewer_id, self._snowflakes.mint())
        return original.id

    async def unlike(self, viewer_id: int, tweet_id: int) -> int:
        """Idempotent; the id of the tweet acted on."""
        original = await self._original(tweet_id, "tweetId")
        await self._tweets.unlike(original.id, viewer_id)
        return original.id

    async def retweet(self, viewer_id: int, tweet_id: int) -> tuple[int, int]:
        """Idempotent; (id of the viewer's retweet, id of the original)."""
        original = await self._original(tweet_id, "tweetId")
        retweet_id, event_id = self._snowflakes.mint(), self._snowflakes.mint()
        tweet = NewTweet(retweet_id, event_id, viewer_id, "", retweet_id, retweet_of_id=original.id)
        event = Event(event_id, TweetsPosted(((retweet_id, viewer_id),)))
        written = await self._tweets.retweet(tweet, event)
        if written == retweet_id:
            await self._dispatcher.dispatch(event)
        return written, original.id

    async def unretweet(self, viewer_id: int, tweet_id: int) -> tuple[int, int | None]:
        """Idempotent; (id of the original, id of the retweet that was removed)."""
        original = await self._original(tweet_id, "tweetId")
        retweet_id = (await self._tweets.retweet_ids(viewer_id, [original.id])).get(original.id)
        if retweet_id is None:
            return original.id, None
        event = Event(self._snowflakes.mint(), TweetsDeleted(((retweet_id, viewer_id),)))
        if await self._tweets.delete(retweet_id, event):
            await self._dispatcher.dispatch(event)
        return original.id, retweet_id

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

    async def _original(self, tweet_id: int, field: str) -> Tweet:
        tweet = await self._tweet(tweet_id, field)
        return await self._tweet(tweet.retweet_of_id, field) if tweet.retweet_of_id else tweet


def check_text(written: str) -> None:
    """Raises Refused for a text that no tweet can have."""
    if forbidden := text.forbidden_character(written):
        raise refuse(UserErrorCode.INVALID, f"A tweet can't have the character {forbidden}.", "text")
    if not written.strip():
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
    digest = hashlib.sha256(msgpack.packb((draft.text, draft.in_reply_to_id, draft.quote_of_id))).digest()
    return IdempotencyKey(viewer_id, key, digest)


def _key_conflict() -> Exception:
    return refuse(UserErrorCode.CONFLICT, "This key was used with another input.", "idempotencyKey")


def _no_such_tweet(field: str) -> Exception:
    return refuse(UserErrorCode.NOT_FOUND, "There is no such tweet.", field)
