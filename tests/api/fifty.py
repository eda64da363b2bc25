"""A viewer with a timeline of fifty tweets, and counts of what reading takes."""

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
async def open_world(open_process: OpenProcess, **settings: int) -> AsyncIterator[World]:
    process = await open_process(**settings)
    waves = Waves(process.stores)
    reader = compose(process.settings, waves.stores)
    await reader.follow_live_log()
    [viewer] = await add_people(process, 1, "viewer")
    authors = await add_people(process, SIZE, "author")
    for author in authors:
        await process.services.graph.follow(viewer, author)
    tweets = [await write(process, viewer, author, at) for at, author in enumerate(authors)]
    made = World(process, waves, reader, viewer, authors, tweets)
    await made.wait_for_log()
    yield made
    await reader.background.stop()
    reader.passwords.close()


async def write(process: Process, viewer: int, author: int, at: int) -> int:
    """An author's tweet, with strangers who are answered, quoted and retweeted, and two who answer."""
    stranger, other = await add_people(process, 2, f"stranger{at}x")
    tweets = process.services.tweets
    strange = await post(process, stranger, f"what is meant by number {at}")
    match at % KINDS:
        case 0:
            media_ids = await add_media(process, author, 2)
            tweet = await post(process, author, f"the harbour at {at} o'clock", media_ids=media_ids)
        case 1:
            tweet = await post(process, author, f"the harbour says no to {at}", reply_to=strange)
        case 2:
            tweet = await post(process, author, f"the harbour, seen at {at}", quote_of=strange)
        case 3:
            tweet, _ = await tweets.retweet(author, strange)
        case _:
            tweet = await post(process, author, f"the harbour of @stranger{at}x0 and @nobody{at}")
    original = strange if at % KINDS == 3 else tweet
    for number in range(2):
        answer = await post(process, other, f"answer {number} to {at}", reply_to=original)
        await tweets.like(viewer, answer)
    await tweets.like(viewer, original)
    return tweet


def calls(keys: dict[str, list[int]]) -> dict[str, int]:
    return {name: len(each) for name, each in keys.items()}
