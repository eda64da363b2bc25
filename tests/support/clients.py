"""Clients as users have them: GraphQL over HTTP, and graphql-transport-ws."""

import asyncio
import itertools
import json
import secrets
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_SECONDS = 20.0
PASSWORD = "correct horse battery"

SIGN_UP = """mutation($input: SignUpInput!) { signUp(input: $input) {
  token viewer { user { id handle } } userErrors { message code field } } }"""
CREATE_TWEET = """mutation($input: CreateTweetInput!) { createTweet(input: $input) {
  tweet { id text } userErrors { message code field } } }"""
FOLLOW = "mutation($id: ID!) { follow(userId: $id) { user { id } userErrors { message code field } } }"
UNFOLLOW = "mutation($id: ID!) { unfollow(userId: $id) { user { id } userErrors { message code field } } }"
BLOCK = "mutation($id: ID!) { block(userId: $id) { user { id } userErrors { message code field } } }"
UNBLOCK = "mutation($id: ID!) { unblock(userId: $id) { user { id } userErrors { message code field } } }"
MUTE = "mutation($id: ID!) { mute(userId: $id) { user { id } userErrors { message code field } } }"
UNMUTE = "mutation($id: ID!) { unmute(userId: $id) { user { id } userErrors { message code field } } }"
ACCEPT = "mutation($id: ID!) { acceptFollowRequest(userId: $id) { user { id } userErrors { message code field } } }"
REJECT = "mutation($id: ID!) { rejectFollowRequest(userId: $id) { user { id } userErrors { message code field } } }"
PROTECT = """mutation($protected: Boolean!) { updateProfile(input: {isProtected: $protected}) {
  user { id isProtected } userErrors { message code field } } }"""
DELETE_TWEET = "mutation($id: ID!) { deleteTweet(id: $id) { deletedTweetId userErrors { message code field } } }"
TIMELINE = """query($first: Int, $after: String, $last: Int, $before: String) {
  timeline(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor source node { id text author { handle } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } liveCursor } }"""
UPDATES = """subscription($after: String) { timelineUpdates(after: $after) { __typename
  ... on TimelineTweetAdded { cursor tweet { id text } }
  ... on TimelineTweetRemoved { cursor tweetId }
  ... on TimelineReset { reason } } }"""

Json = Any


_TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For servers without TLS: a context of httpx's own loads all certificates of the machine for each client."""


def http_client(**options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=60, verify=_TRUSTING_NOBODY, **options)


class GraphQLFailed(Exception):
    """An answer with errors."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(errors)
        self.errors = errors

    @property
    def code(self) -> str:
        code: str = self.errors[0]["extensions"]["code"]
        return code


@dataclass
class Account:
    """A signed-up account with its client. `id` is the user's global id."""

    url: str
    http: httpx.AsyncClient
    handle: str
    id: str
    token: str

    async def ask(self, query: str, **variables: Json) -> Json:
        """The data of an answer. Raises GraphQLFailed."""
        return await ask(self.http, self.url, query, self.token, **variables)

    async def mutate(self, query: str, **variables: Json) -> Json:
        """The one payload, which has no userErrors."""
        (payload,) = (await self.ask(query, **variables)).values()
        assert payload["userErrors"] == []
        return payload

    async def tweet(self, text: str, **more: Json) -> str:
        """Posts; the tweet's id."""
        payload = await self.mutate(CREATE_TWEET, input={"text": text} | more)
        tweet_id: str = payload["tweet"]["id"]
        return tweet_id

    async def follow(self, other: "Account") -> None:
        await self.mutate(FOLLOW, id=other.id)

    async def timeline(self, **arguments: Json) -> Json:
        return (await self.ask(TIMELINE, **arguments))["timeline"]

    async def whole_timeline(self, size: int = 50) -> list[Json]:
        """All edges, page by page."""
        edges: list[Json] = []
        after = None
        while True:
            page = await self.timeline(first=size, after=after)
            edges += page["edges"]
            if not page["pageInfo"]["hasNextPage"]:
                return edges
            after = page["pageInfo"]["endCursor"]

    @asynccontextmanager
    async def updates(self, after: str | None = None) -> AsyncIterator["Subscription"]:
        """The live timeline."""
        async with socket(self.url, self.token) as live:
            yield await live.subscribe(UPDATES, after=after)


async def ask(http: httpx.AsyncClient, url: str, query: str, token: str | None = None, **variables: Json) -> Json:
    """Posts one operation; its data. Raises GraphQLFailed."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = await http.post(f"{url}/graphql", json={"query": query, "variables": variables}, headers=headers)
    body = answer.json()
    if body.get("errors"):
        raise GraphQLFailed(body["errors"])
    return body["data"]


async def sign_up(http: httpx.AsyncClient, url: str, handle: str | None = None) -> Account:
    """A new account; of a random handle where none is given."""
    name = handle or f"t{secrets.token_hex(6)}"
    account = {"handle": name, "email": f"{name}@example.org", "password": PASSWORD}
    payload = (await ask(http, url, SIGN_UP, input=account))["signUp"]
    assert payload["userErrors"] == []
    return Account(url, http, name, payload["viewer"]["user"]["id"], payload["token"])


class Socket:
    """A graphql-transport-ws connection that was acknowledged."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._ids = map(str, itertools.count(1))

    async def send(self, message: Json) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self, patience: float | None = PATIENCE_SECONDS) -> Json:
        """The next message. Raises TimeoutError after that many seconds, or ConnectionClosed with the close code."""
        async with asyncio.timeout(patience):
            return json.loads(await self.connection.recv())

    async def subscribe(self, query: str, **variables: Json) -> "Subscription":
        """Starts one; only one at a time may be read from a socket."""
        name = next(self._ids)
        await self.send({"id": name, "type": "subscribe", "payload": {"query": query, "variables": variables}})
        return Subscription(self, name)


class Subscription:
    def __init__(self, live: Socket, name: str) -> None:
        self._live = live
        self._name = name

    @property
    def connection(self) -> ClientConnection:
        """That of its socket, to be ended."""
        return self._live.connection

    async def next(self, patience: float | None = PATIENCE_SECONDS) -> Json:
        """The next event: the value of the subscription's one field; None once it is complete. Raises GraphQLFailed,
        and TimeoutError after that many seconds; without them waits for as long as it takes."""
        message = await self._live.receive(patience)
        assert message["id"] == self._name
        if message["type"] == "complete":
            return None
        if message["type"] == "error":
            raise GraphQLFailed(message["payload"])
        if message["payload"].get("errors"):
            raise GraphQLFailed(message["payload"]["errors"])
        (event,) = message["payload"]["data"].values()
        return event

    async def until(self, found: Callable[[Json], bool]) -> list[Json]:
        """Events up to the first for which `found` holds, that one included."""
        events = [await self.next()]
        while not found(events[-1]):
            events.append(await self.next())
        return events


@asynccontextmanager
async def socket(url: str, token: str | None = None) -> AsyncIterator[Socket]:
    """Connects, initialises and awaits the acknowledgement."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=["graphql-transport-ws"], compression=None) as connection:  # type: ignore[list-item]
        live = Socket(connection)
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await live.send({"type": "connection_init", "payload": payload})
        assert (await live.receive())["type"] == "connection_ack"
        yield live
