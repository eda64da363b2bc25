"""Which servers keep timelines together.

Each has a mark: its place, how many they are, and a number that rises whenever they become other ones. When they do,
lists stay behind where nobody writes to them any more: if that server ever came back, they would pass for whole without
what was posted meanwhile. So lists go where the marks disagree.
"""

import asyncio
import struct
from collections.abc import Sequence
from typing import NamedTuple

from stores.redis import Client, answering, call
from stores.timelines.redis import list_key

KINDS = ("timeline", "pulled")
_KEY = "timelines:place"
_MARK = struct.Struct(">HHI")
_SCAN_COUNT = 1_000
CLEARING_SECONDS = 600.0


class Mark(NamedTuple):
    """The place counts from 0."""

    place: int
    servers: int
    fleet: int


@answering("cache", within=CLEARING_SECONDS)
async def settle(clients: Sequence[Client]) -> None:
    """Deletes the lists of all servers where these were not together before, in this order; of one without a mark, its
    own. To do it at once with others does no harm: lists that are missing are built. Raises Unavailable."""
    marks = [_read(mark) for mark in await asyncio.gather(*(call(client, "GET", _KEY) for client in clients))]
    fleets = {mark.fleet for mark in marks if mark}
    agree = len(fleets) <= 1 and all(
        mark is None or (mark.place, mark.servers) == (place, len(clients)) for place, mark in enumerate(marks)
    )
    if agree and None not in marks:
        return
    fleet = max(fleets, default=0) + 1  # not the old one: a server whose place another has taken may come back
    for place, (client, mark) in enumerate(zip(clients, marks, strict=True)):
        if mark is None or not agree:
            await _clear(client)
        await call(client, "SET", _KEY, _MARK.pack(place, len(clients), fleet))


def _read(mark: bytes | None) -> Mark | None:
    return Mark(*_MARK.unpack(mark)) if mark is not None else None


async def _clear(client: Client) -> None:
    for kind in KINDS:
        cursor = 0
        while True:
            found = await call(client, "SCAN", cursor, "MATCH", list_key("*", kind), "COUNT", _SCAN_COUNT)
            cursor, keys = int(found[0]), found[1]
            if keys:
                await call(client, "UNLINK", *keys)
            if not cursor:
                break
