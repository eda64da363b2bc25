"""Sockets that follow one author over graphql-transport-ws, and what they have had of the author's tweets.

Tweets are numbered in their text, so that a message is known by a search for a few bytes. They are posted one after the
other: whoever has each exactly once has consecutive numbers.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NoReturn

import httpx

from bench.support.websocket import WebSocket
from tests.support.clients import CREATE_TWEET, ask

SHARED = "cursor tweet { id text createdAt likeCount author { handle displayName }"
SUBSCRIPTION = "subscription { timelineUpdates { __typename ... on TimelineTweetAdded { %s } } } }"
DOCUMENTS = {"A": SUBSCRIPTION % SHARED, "B": SUBSCRIPTION % f"{SHARED} viewerLikes"}
"""A asks for what is the same for everybody, B for what is each viewer's own too."""

FIELDS = {"A": {"id", "text", "createdAt", "likeCount", "author"}}
FIELDS["B"] = FIELDS["A"] | {"viewerLikes"}

TEXT = "tweet number %06d, of about as many characters as people write on an average day of the week"
MARK = b"tweet number "
DIGITS = slice(len(MARK), len(MARK) + 6)
ERRORS = b'"errors"'

PER_ADDRESS = 50
"""Sockets from one loopback address: fewer than any server allows, and no address runs out of ports."""


class Audience:
    """All followers of the author: when which tweet came to how many, and what went wrong."""

    def __init__(self, url: str, document: str) -> None:
        self.host, self.port = httpx.URL(url).host, httpx.URL(url).port or 80
        self.document = document
        self.arrivals: defaultdict[int, list[float]] = defaultdict(list)
        self.messages = 0
        self.bytes = 0
        self.complaints: Counter[str] = Counter()
        self._awaited: dict[int, tuple[int, asyncio.Future[float]]] = {}

    def expect(self, number: int, sockets: int) -> asyncio.Future[float]:
        """Done when so many have the tweet: the time at which the last one had it."""
        everywhere: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._awaited[number] = (sockets, everywhere)
        return everywhere

    def arrived(self, number: int, size: int) -> None:
        now = perf_counter()
        self.messages += 1
        self.bytes += size
        arrivals = self.arrivals[number]
        arrivals.append(now)
        awaited = self._awaited.get(number)
        if awaited and len(arrivals) == awaited[0] and not awaited[1].done():
            awaited[1].set_result(now)

    def complain(self, complaint: str) -> None:
        self.complaints[complaint] += 1

    def check(self) -> None:
        """Ends the process where anything went wrong."""
        if self.complaints:
            _give_up(self.complaints)

    async def join(self, token: str, number: int) -> "Follower":
        """Connects the follower of this number. Raises OSError."""
        follower = Follower(self, token)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: follower, self.host, self.port, local_addr=(_address(number), 0))
        return follower


class Follower(WebSocket):
    """`subscribed` is done when the server has been asked for the stream, or never will be."""

    def __init__(self, audience: Audience, token: str) -> None:
        super().__init__(f"{audience.host}:{audience.port}")
        loop = asyncio.get_running_loop()
        self.subscribed: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.is_leaving = False
        self._audience = audience
        self._token = token
        self._last: int | None = None

    def leave(self) -> None:
        """From now on its end is no wonder."""
        self.is_leaving = True

    def opened(self) -> None:
        self._say({"type": "connection_init", "payload": {"authorization": f"Bearer {self._token}"}})

    def text(self, payload: bytes) -> None:
        at = payload.find(MARK)
        if at < 0:
            self._converse(json.loads(payload))
            return
        number = int(payload[at + DIGITS.start : at + DIGITS.stop])
        if self._last is None:
            self._check_shape(json.loads(payload))
        elif number != self._last + 1:
            self._audience.complain("a tweet is missing, or came twice")
        if ERRORS in payload:
            self._audience.complain("a tweet with errors")
        self._last = number
        self._audience.arrived(number, len(payload))

    def ended(self, reason: str) -> None:
        if not self.is_leaving:
            self._audience.complain(reason)
        for future in (self.subscribed, self.gone):
            if not future.done():
                future.set_result(None)

    def _say(self, message: object) -> None:
        self.send(json.dumps(message).encode())

    def _converse(self, message: dict[str, Any]) -> None:
        if message["type"] == "connection_ack":
            payload = {"query": DOCUMENTS[self._audience.document]}
            self._say({"id": "1", "type": "subscribe", "payload": payload})
            if not self.subscribed.done():
                self.subscribed.set_result(None)
        elif message["type"] != "complete" or not self.is_leaving:
            self._audience.complain(json.dumps(message))

    def _check_shape(self, message: dict[str, Any]) -> None:
        """Of the first tweet alone, which is not among those measured: that it is all that was asked for."""
        event = message["payload"]["data"]["timelineUpdates"]
        tweet = event["tweet"]
        whole = event.keys() == {"__typename", "cursor", "tweet"} and tweet.keys() == FIELDS[self._audience.document]
        if not whole or None in tweet.values() or tweet["author"].keys() != {"handle", "displayName"}:
            self._audience.complain(f"not what was asked for: {event}")


class Author:
    """Posts numbered tweets over HTTP, by the API's mutation."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self._token = token
        self.next_number = 0

    async def post(self) -> float:
        """The moment before it was sent."""
        text = TEXT % self.next_number
        self.next_number += 1
        sent = perf_counter()
        payload = (await ask(self._http, self._url, CREATE_TWEET, self._token, input={"text": text}))["createTweet"]
        assert payload["userErrors"] == []
        assert payload["tweet"]["text"] == text
        return sent


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _address(number: int) -> str:
    """One of the loopback addresses, all of which are this machine."""
    which = number // PER_ADDRESS
    return f"127.1.{which // 250}.{1 + which % 250}"


def _give_up(complaints: Counter[str]) -> NoReturn:
    raise SystemExit("\n".join(f"{count:,} times: {complaint}" for complaint, count in complaints.most_common(5)))
