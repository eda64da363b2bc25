"""The API without a server around it: the real schema on a process's services and stores."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from composition import Process
from domain.accounts import Session
from domain.global_id import Kind, encode
from domain.media import Media, MediaKind, MediaState, Served
from events import Event, MediaUploaded
from resolvers.context import Context
from schema import build_schema
from services.live.streams import LiveStream
from services.tweets import TweetDraft
from tests.support.clients import Json
from transport.limits import Limits
from transport.operations import Operations
from transport.request import OperationRequest

OPERATIONS = Operations(build_schema(), Limits())
CLIENT = SimpleNamespace(address="192.0.2.1", user_agent=None)


def session_of(user_id: int) -> Session:
    now = datetime.now(UTC)
    return Session(1, user_id, b"", None, now, now + timedelta(days=1))


def context(process: Process, viewer_id: int | None) -> Context:
    viewer = session_of(viewer_id) if viewer_id else None
    return Context(viewer, CLIENT, None, process.services, process.stores)


async def ask(process: Process, viewer_id: int | None, query: str, **variables: Json) -> Json:
    """The data of an operation without errors."""
    operation = OPERATIONS.prepare(OperationRequest(query, None, variables))
    result = await OPERATIONS.execute(operation, context(process, viewer_id))
    assert result.errors is None, result.errors
    return result.data


async def events(process: Process, viewer_id: int, query: str, **variables: Json) -> AsyncGenerator[Json, None]:
    """What a subscription tells."""
    operation = OPERATIONS.prepare(OperationRequest(query, None, variables))
    asked = context(process, viewer_id)
    stream = await OPERATIONS.subscribe(operation, asked)
    assert isinstance(stream, LiveStream), stream
    async with aclosing(aiter(stream)) as happenings:
        async for event in happenings:
            result = await OPERATIONS.execute_event(operation, asked.for_event(), event)
            assert result.errors is None, result.errors
            yield result.data


async def add_people(process: Process, count: int, prefix: str) -> list[int]:
    """People without a log-in, whose handles are the prefix and a number."""
    people = [(process.snowflakes.mint(), f"{prefix}{number}", f"{prefix} {number}") for number in range(count)]
    await process.services.graph.ensure_people(people)
    return [person_id for person_id, _, _ in people]


async def add_media(process: Process, owner_id: int, count: int) -> list[int]:
    """Images that are READY, without files."""
    ids = [process.snowflakes.mint() for _ in range(count)]
    for media_id in ids:
        media = Media(media_id, owner_id, MediaKind.IMAGE, MediaState.PENDING, "image/jpeg", 5)
        await process.stores.media.add(media, datetime.now(UTC) + timedelta(days=1))
        await process.stores.media.uploaded(media_id, Event(process.snowflakes.mint(), MediaUploaded((media_id,))))
        await process.stores.media.serve(media_id, Served("image/jpeg", 1000, 700, "LEHV6nWB2yk8", (320, 680)))
    return ids


async def post(
    process: Process,
    author_id: int,
    text: str,
    *,
    reply_to: int | None = None,
    quote_of: int | None = None,
    media_ids: Sequence[int] = (),
) -> int:
    draft = TweetDraft(text, in_reply_to_id=reply_to, quote_of_id=quote_of, media_ids=tuple(media_ids))
    return await process.services.tweets.create(author_id, draft)


def tweet_ids(numbers: list[int]) -> list[str]:
    """The global ids of tweets."""
    return [encode(Kind.TWEET, number) for number in numbers]


def user_ids(numbers: list[int]) -> list[str]:
    """The global ids of people."""
    return [encode(Kind.USER, number) for number in numbers]
