"""A client that reads nothing of its live timeline, among others of the same process that read theirs."""

import json
import re
import time
from contextlib import AsyncExitStack

import httpx

from tests.api.listening import STREAMS, Listen, until_streams
from tests.conftest import MakeAccount
from tests.support.clients import Account, Subscription
from tests.unit.transport.serving import Raw
from transport.subscriptions import OUTBOX

TEXT = "ა" * 270
"""Three bytes each."""

FIELDS = " ".join(f"t{number}: text" for number in range(90))
WIDE = f"""subscription {{ timelineUpdates {{ __typename ... on TimelineTweetAdded {{ tweet {{ id {FIELDS} }} }}
  ... on TimelineReset {{ reason }} }} }}"""
AT_MOST = 500
"""Events of 70 kB that fill any buffers."""

WAIT_SECONDS = 5.0
"""Half of what a client may take to read that it is too slow: nobody else may wait for that."""


async def subscribe(client: Raw, account: Account) -> None:
    await client.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {account.token}"}}))
    await client.send(json.dumps({"id": "s", "type": "subscribe", "payload": {"query": WIDE}}))


async def streams(http: httpx.AsyncClient, url: str) -> int:
    found = re.search(STREAMS, (await http.get(f"{url}/metrics")).text)
    assert found
    return int(found[1])


async def post_until_one_is_gone(author: Account, others: list[Subscription]) -> tuple[list[str], float]:
    """Each tweet is read by the others before the next is posted: ids, and the longest that they waited, in seconds."""
    posted: list[str] = []
    longest = 0.0
    while len(posted) <= OUTBOX or await streams(author.http, author.url) > len(others):
        assert len(posted) < AT_MOST
        posted.append(await author.tweet(f"{TEXT}{len(posted)}"))
        began = time.monotonic()
        for other in others:
            assert (await other.next())["tweet"]["id"] == posted[-1]
        longest = max(longest, time.monotonic() - began)
    return posted, longest


async def test_one_that_reads_late_is_told_so_and_the_others_wait_for_nothing(
    make_account: MakeAccount, listening: Listen
) -> None:
    author, reader, *readers = [await make_account() for _ in range(4)]
    for each in (reader, *readers):
        await each.follow(author)
    others = [await listening(each, WIDE) for each in readers]
    async with AsyncExitStack() as stack:
        url = author.url.replace("http", "ws", 1) + "/graphql"
        stalled = await stack.enter_async_context(Raw.connected(url))
        await subscribe(stalled, reader)
        await until_streams(author.http, author.url, len(others) + 1)
        posted, longest = await post_until_one_is_gone(author, others)
        ack, *told = map(json.loads, await stalled.texts(until='"complete"'))
        assert ack == {"type": "connection_ack"}
        *events, reset = [message["payload"]["data"]["timelineUpdates"] for message in told[:-1]]
        assert [event["tweet"]["id"] for event in events] == posted[: len(events)]
        assert 0 < len(events) < len(posted)
        assert reset == {"__typename": "TimelineReset", "reason": "SLOW"}
        assert told[-1] == {"id": "s", "type": "complete"}
        assert longest < WAIT_SECONDS
        await stalled.send('{"type":"ping"}')
        assert await stalled.texts(until='"pong"') == ['{"type":"pong"}']
