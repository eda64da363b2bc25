"""Writes of several people at once, the same for the same seed, among readers who come, sleep and come back."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from tests.faults.model import Model
from tests.faults.world import World
from tests.faults.writes import (
    Accept,
    Block,
    Delete,
    Follow,
    Mute,
    Protect,
    Reject,
    Retweet,
    Tweet,
    Unblock,
    Unfollow,
    Unmute,
    Write,
)

WRITERS = ("ann", "bob", "cid", "dee", "eve")
FAMOUS, PROTECTED = WRITERS[:2], WRITERS[-1]
READERS = ("sue", "tom", "uma")
SILENT = "zoe"
"""Follows nobody and posts nothing."""

SLOWLY_SECONDS = 0.5
"""Between two writes of a person who has made enough of them, while the system recovers."""

FAMOUS_FOLLOWERS = len(WRITERS) + len(READERS) - 1
"""The famous lose it, and are famous again, as people unfollow and block them."""

CHANCES = {
    "tweet": 10,
    "retweet": 1,
    "delete": 2,
    "follow": 3,
    "unfollow": 1,
    "answer": 2,
    "block": 1,
    "unblock": 2,
    "mute": 1,
    "unmute": 1,
}
RELATIONS = {"follow": Follow, "unfollow": Unfollow, "block": Block, "mute": Mute, "unmute": Unmute}
READS = 0.5
"""Pages that are read per write."""


async def make_world(http: httpx.AsyncClient, url: str) -> World:
    """Everybody follows the famous, and readers somebody who is not."""
    world = World(http, url)
    await world.populate(*WRITERS, *READERS, SILENT)
    await world.write(Protect(PROTECTED))
    await world.write(*(Tweet(person, f"classic of {person}") for person in WRITERS))
    for person in (*WRITERS, *READERS):
        await world.write(*(Follow(person, famous) for famous in FAMOUS if famous != person))
    for reader in READERS:
        await world.write(Follow(reader, "cid"), Follow(reader, PROTECTED), Accept(PROTECTED, reader))
    return world


async def write_all(world: World, each: int, over: asyncio.Event) -> None:
    """Every person writes until `each` of the own writes are answered, and on, though slowly, until it is over."""
    async with asyncio.TaskGroup() as tasks:
        for number, person in enumerate(WRITERS):
            writes = _Writes(person, world.model, random.Random(number))
            tasks.create_task(_write_on(world, person, writes, each, over))


async def _write_on(world: World, person: str, writes: Iterator[Write], each: int, over: asyncio.Event) -> None:
    choice = random.Random(person)
    answered = 0
    while answered < each or not over.is_set():
        answered += await world.attempt(next(writes))
        if choice.random() < READS:
            await world.read(person)
        if answered >= each:
            await asyncio.sleep(SLOWLY_SECONDS)


@dataclass
class _Writes:
    """One person's, without end."""

    person: str
    model: Model
    choice: random.Random
    number: int = 0
    kept: list[str] = field(default_factory=list)

    def __iter__(self) -> "_Writes":
        return self

    def __next__(self) -> Write:
        kind = self.choice.choices(list(CHANCES), list(CHANCES.values()))[0]
        other = self.choice.choice([other for other in WRITERS if other != self.person])
        match kind:
            case "delete" if self.kept:
                return Delete(self.person, self.kept.pop(self.choice.randrange(len(self.kept))))
            case "retweet":
                return Retweet(self.person, other, f"classic of {other}")
            case "answer" if asked := sorted(who for who, whom in self.model.requests if whom == self.person):
                return self.choice.choice([Accept, Accept, Reject])(self.person, asked[0])
            case "unblock" if blocked := sorted(whom for who, whom in self.model.blocks if who == self.person):
                return Unblock(self.person, blocked[0])
            case _ if kind in RELATIONS:
                return RELATIONS[kind](self.person, other)
        self.number += 1
        self.kept.append(f"{self.person} {self.number}")
        return Tweet(self.person, self.kept[-1])
