"""Services that act on a world, and remember how they were called."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

from domain.access import OPEN, Access, Boundaries
from domain.accounts import Session
from domain.graph import User
from domain.live import TimelineEvent
from domain.media import Media, MediaState, UploadRequest
from domain.page import PageInfo, encode_cursor
from domain.search import Hit, SearchType
from domain.timelines import TimelineEdge, TimelinePage, TimelineSource
from domain.tweets import Tweet
from services import Services
from services.accounts import Origin, SignedIn
from services.media.service import Upload
from services.tweets import TweetDraft
from tests.unit.resolvers.fake_stores import World
from tests.unit.resolvers.records import NOW, make_media, make_session, make_tweet


class FakeServices:
    """Acts on a world; keeps what it was called with in `acts`. `refusal`, where given, is raised by every write."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acts: list[tuple[object, ...]] = []
        self.refusal: Exception | None = None
        self.timeline: list[Tweet] = []
        self.people: dict[int, User] = {}
        self.found: list[Hit] = []
        self.events: list[TimelineEvent] = []

    def act(self, *what: object) -> None:
        if self.refusal:
            raise self.refusal
        self.acts.append(what)

    def services(self) -> Services:
        rest = dict.fromkeys(("accounts", "graph", "walls", "timelines", "search", "media", "live", "presence"), self)
        return cast("Services", SimpleNamespace(**rest, tweets=FakeTweetService(self)))

    async def sign_up(
        self, *, handle: str, email: str, password: str, display_name: str | None, origin: Origin
    ) -> SignedIn:
        self.act("sign_up", handle, email, password, display_name, origin)
        return SignedIn("secret", make_session(2))

    async def log_in(self, *, login: str, password: str, origin: Origin) -> SignedIn:
        self.act("log_in", login, password, origin)
        return SignedIn("secret", make_session(2))

    async def log_out(self, session: Session, *, everywhere: bool) -> None:
        self.act("log_out", session.id, everywhere)

    async def revoke_session(self, session: Session, session_id: int) -> None:
        self.act("revoke_session", session.id, session_id)

    async def sessions(self, account_id: int) -> Sequence[Session]:
        return [make_session(account_id), make_session(account_id, 901)]

    async def follow(self, viewer_id: int, followee_id: int) -> None:
        self.act("follow", viewer_id, followee_id)
        self.world.follows.add((viewer_id, followee_id))

    async def unfollow(self, viewer_id: int, followee_id: int) -> None:
        self.act("unfollow", viewer_id, followee_id)
        self.world.follows.discard((viewer_id, followee_id))

    async def accept_follow_request(self, viewer_id: int, requester_id: int) -> None:
        self.act("accept_follow_request", viewer_id, requester_id)
        self.world.follows.add((requester_id, viewer_id))

    async def reject_follow_request(self, viewer_id: int, requester_id: int) -> None:
        self.act("reject_follow_request", viewer_id, requester_id)

    async def block(self, viewer_id: int, user_id: int) -> None:
        self.act("block", viewer_id, user_id)
        self.world.boundaries[viewer_id] = Boundaries(blocks=frozenset({user_id}))

    async def unblock(self, viewer_id: int, user_id: int) -> None:
        self.act("unblock", viewer_id, user_id)
        self.world.boundaries[viewer_id] = OPEN

    async def mute(self, viewer_id: int, user_id: int) -> None:
        self.act("mute", viewer_id, user_id)
        self.world.boundaries[viewer_id] = Boundaries(mutes=frozenset({user_id}))

    async def unmute(self, viewer_id: int, user_id: int) -> None:
        self.act("unmute", viewer_id, user_id)
        self.world.boundaries[viewer_id] = OPEN

    async def update_profile(
        self,
        viewer_id: int,
        *,
        display_name: str | None,
        bio: str | None,
        is_protected: bool | None,
        avatar_id: int | None,
    ) -> None:
        self.act("update_profile", viewer_id, display_name, bio, is_protected, avatar_id)

    async def page(
        self, viewer_id: int, *, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> TimelinePage:
        self.act("timeline", viewer_id, first, after, last, before)
        shown = self.timeline[:first]
        edges = [TimelineEdge(encode_cursor("timeline", tweet.id), tweet, TimelineSource.PUSHED) for tweet in shown]
        followees = {followee for follower, followee in self.world.follows if follower == viewer_id}
        access = Access(viewer_id, self.world.boundaries.get(viewer_id, OPEN), followees)
        return TimelinePage(edges, PageInfo(False, False, None, None), "live", self.people, access)

    def url(self, media: Media, width: int | None) -> str | None:
        return f"https://media.example.org/{media.key(width)}"

    async def create_upload(self, viewer_id: int, mime_type: str, byte_size: int, alt_text: str | None) -> Upload:
        self.act("create_upload", viewer_id, mime_type, byte_size, alt_text)
        request = UploadRequest.put("https://media.example.org/7/upload", mime_type, byte_size)
        return Upload(replace(make_media(7, viewer_id), state=MediaState.PENDING), request, NOW)

    async def complete(self, viewer_id: int, number: int) -> None:
        self.act("complete", viewer_id, number)
        self.world.media[number] = make_media(number, viewer_id)

    async def hits(self, query: str, kind: SearchType, limit: int, after: str | None) -> Sequence[tuple[str, Hit]]:
        self.act("search", query, kind, limit, after)
        cursors = [f"c{hit.id}" for hit in self.found]
        start = cursors.index(after) + 1 if after in cursors else 0
        return list(zip(cursors, self.found, strict=True))[start : start + limit]

    async def timeline_updates(self, viewer_id: int, after: str | None) -> AsyncGenerator[TimelineEvent, None]:
        self.act("timeline_updates", viewer_id, after)
        return self._stream()

    async def _stream(self) -> AsyncGenerator[TimelineEvent, None]:
        for event in self.events:
            yield event


class FakeTweetService:
    def __init__(self, services: FakeServices) -> None:
        self.act = services.act
        self.world = services.world

    async def create(self, viewer_id: int, draft: TweetDraft) -> int:
        self.act("create", viewer_id, draft)
        self.world.tweets[77] = make_tweet(77, viewer_id, draft.text)
        return 77

    async def delete(self, viewer_id: int, number: int) -> None:
        self.act("delete", viewer_id, number)
        del self.world.tweets[number]

    async def like(self, viewer_id: int, number: int) -> int:
        self.act("like", viewer_id, number)
        self.world.liked.add((viewer_id, number))
        return number

    async def unlike(self, viewer_id: int, number: int) -> int:
        self.act("unlike", viewer_id, number)
        self.world.liked.discard((viewer_id, number))
        return number

    async def retweet(self, viewer_id: int, number: int) -> tuple[int, int]:
        self.act("retweet", viewer_id, number)
        self.world.tweets[78] = make_tweet(78, viewer_id, "", retweet_of=number)
        return 78, number

    async def unretweet(self, viewer_id: int, number: int) -> tuple[int, int | None]:
        self.act("unretweet", viewer_id, number)
        return number, 78 if self.world.tweets.pop(78, None) else None
