"""A viewer with a timeline of fifty tweets, and counts of what reading takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from composition import Process, compose
from tests.api.conftest import OpenProcess
from tests.api.in_process import add_media, add_people, ask, post
from tests.api.waves import Waves
from tests.support.clients import Json

SIZE = 50
KINDS = 5
RETWEET = 3
"""Which of the kinds is one."""


@dataclass
class World:
    """A viewer who follows fifty authors, with a tweet of each on the timeline: plain ones with two images, replies,
    quotes, retweets and mentions in turn. `process` writes; `read` counts what is read."""

    process: Process
    waves: Waves
    reader: Process
    viewer: int
    authors: list[int]
    tweets: list[int]

    async def count(self, query: str, **variables: Json) -> tuple[dict[str, list[int]], Json]:
        """The numbers of keys of each call, by store and method; and the data."""
        self.waves.forget()
        data = await ask(self.reader, self.viewer, query, **variables)
        return self.waves.keys, data

    async def wait_for_log(self) -> None:
        """Until the reading process knows all that was written."""
        await self.reader.ring.reached(await self.process.stores.live.position())


@asynccontextmanager
async def open_world(open_process: OpenProcess, **settings: object) -> AsyncIterator[World]:
    process = await open_process(**settings)
    waves = Waves(process.stores)
    reader = compose(process.settings, waves.stores)
    await reader.follow_live_log()
    [viewer] = await add_people(process, 1, "viewer")
    authors = await add_people(process, SIZE, "author")
    await asyncio.gather(*(process.services.graph.follow(viewer, author) for author in authors))
    asked = await asyncio.gather(*(ask_something(process, at) for at in range(SIZE)))
    tweets = [await write(process, author, at, asked[at]) for at, author in enumerate(authors)]
    shown = [asked[at] if at % KINDS == RETWEET else tweet for at, tweet in enumerate(tweets)]
    await asyncio.gather(*(answer(process, viewer, tweet, at) for at, tweet in enumerate(shown)))
    made = World(process, waves, reader, viewer, authors, tweets)
    await made.wait_for_log()
    yield made
    await reader.background.stop()
    reader.passwords.close()


async def ask_something(process: Process, at: int) -> int:
    """A stranger's tweet, to be answered, quoted and retweeted."""
    [stranger] = await add_people(process, 1, f"stranger{at}x")
    return await post(process, stranger, f"what is meant by number {at}")


async def write(process: Process, author: int, at: int, strange: int) -> int:
    """An author's tweet, of a kind that goes by its place."""
    match at % KINDS:
        case 0:
            media_ids = await add_media(process, author, 2)
            tweet = await post(process, author, f"the harbour at {at} o'clock", media_ids=media_ids)
        case 1:
            tweet = await post(process, author, f"the harbour says no to {at}", reply_to=strange)
        case 2:
            tweet = await post(process, author, f"the harbour, seen at {at}", quote_of=strange)
        case 3:
            tweet, _ = await process.services.tweets.retweet(author, strange)
        case _:
            tweet = await post(process, author, f"the harbour of @stranger{at}x0 and @nobody{at}")
    return tweet


async def answer(process: Process, viewer: int, tweet: int, at: int) -> None:
    """Twice, both of which the viewer likes, as the tweet."""
    [other] = await add_people(process, 1, f"other{at}x")
    for number in range(2):
        answered = await post(process, other, f"answer {number} to {at}", reply_to=tweet)
        await process.services.tweets.like(viewer, answered)
    await process.services.tweets.like(viewer, tweet)


def calls(keys: dict[str, list[int]]) -> dict[str, int]:
    return {name: len(each) for name, each in keys.items()}
