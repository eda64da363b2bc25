"""Writes of several people at once, the same for the same seed."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator

import httpx

from tests.faults.world import World
from tests.faults.writes import Delete, Follow, Tweet, Unfollow, Write

PEOPLE = ("ann", "bob", "cid", "dee", "eve")
SILENT = "zoe"
"""Follows nobody and posts nothing."""


async def make_world(http: httpx.AsyncClient, url: str) -> World:
    """Everybody follows the first two."""
    world = World(http, url)
    await world.populate(*PEOPLE, SILENT)
    for person in PEOPLE:
        for other in PEOPLE[:2]:
            if person != other:
                await world.write(Follow(person, other))
    return world


async def write_all(world: World, each: int, write: Callable[[Write], Awaitable[None]]) -> None:
    """`each` writes of every person, one person's after each other, until the server is gone."""
    async with asyncio.TaskGroup() as tasks:
        for number, person in enumerate(PEOPLE):
            tasks.create_task(_write_on(_writes(person, each, random.Random(number)), write))


async def _write_on(writes: Iterator[Write], write: Callable[[Write], Awaitable[None]]) -> None:
    for each in writes:
        try:
            await write(each)
        except httpx.TransportError:
            return


def _writes(person: str, count: int, choice: random.Random) -> Iterator[Write]:
    kept: list[str] = []
    others = [other for other in PEOPLE if other != person]
    for number in range(count):
        match choice.choices(["tweet", "delete", "follow", "unfollow"], [6, 1, 2, 1])[0]:
            case "delete" if kept:
                yield Delete(person, kept.pop(choice.randrange(len(kept))))
            case "follow":
                yield Follow(person, choice.choice(others))
            case "unfollow":
                yield Unfollow(person, choice.choice(others))
            case _:
                kept.append(f"{person} {number}")
                yield Tweet(person, kept[-1])
