"""Each server of the scale-out form down in turn: what goes on, and what is refused for want of which store, as the
table in docs/operations.md says; and afterwards all that was answered is there."""

import asyncio
import secrets
from collections.abc import Mapping
from functools import partial

import httpx
import pytest

from tests.faults.deployment import Deployment
from tests.faults.waiting import eventually
from tests.support import stack
from tests.support.clients import CREATE_TWEET, FOLLOW, PASSWORD, TIMELINE, Account, Json, sign_up
from tests.support.forms import SCALED_OUT
from tests.support.servers import ROOT

WORD = "lighthouse"
WORKS = "works"

LOG_IN = "mutation($input: LogInInput!) { logIn(input: $input) { token viewer { email user { handle } } } }"
PERSON = "query($handle: String!) { user(handle: $handle) { handle followersCount } }"
PEOPLES_TWEETS = "query($handle: String!) { user(handle: $handle) { handle tweets { nodes { id } } } }"
TWEET = "query($id: ID!) { tweet(id: $id) { text likeCount } }"
AUTHOR = "query($id: ID!) { tweet(id: $id) { text author { handle } } }"
SEARCH = "query($words: String!) { search(query: $words, type: LATEST, first: 100) { nodes { ... on Tweet { id } } } }"
LIKE = "mutation($id: ID!) { like(tweetId: $id) { tweet { id } } }"
UPLOAD = """mutation { createMediaUpload(input: {mimeType: "image/png", byteSize: 100}) {
  upload { url } userErrors { code } } }"""


class Scene:
    """A reader who follows an author, the author's tweets, and what readers do."""

    def __init__(self, reader: Account, author: Account) -> None:
        self.reader = reader
        self.author = author
        self.word = f"{WORD}{secrets.token_hex(4)}"
        self.posted: list[str] = []

    async def post(self) -> Json:
        """Its answer; a tweet that was answered must be there for ever."""
        answer = await self._ask(self.author, CREATE_TWEET, input={"text": f"the {self.word}"})
        if not answer.get("errors"):
            self.posted.append(answer["data"]["createTweet"]["tweet"]["id"])
        return answer

    async def outcomes(self) -> dict[str, str]:
        """What becomes of each thing that people do."""
        ask = partial(self._ask, self.reader)
        by_handle, by_id = {"handle": self.author.handle}, {"id": self.posted[0]}
        log_in = {"login": self.reader.handle, "password": PASSWORD}
        answers = {
            "log in": await ask(LOG_IN, input=log_in),
            "a person": await ask(PERSON, **by_handle),
            "their tweets": await ask(PEOPLES_TWEETS, **by_handle),
            "a tweet": await ask(TWEET, **by_id),
            "with its author": await ask(AUTHOR, **by_id),
            "timeline": await ask(TIMELINE, first=10),
            "search": await ask(SEARCH, words=self.word),
            "post": await self.post(),
            "like": await ask(LIKE, **by_id),
            "follow": await ask(FOLLOW, id=self.author.id),
            "upload": await ask(UPLOAD),
        }
        return {name: outcome(answer) for name, answer in answers.items()}

    async def check_working(self) -> None:
        assert set((await self.outcomes()).values()) == {WORKS}

    async def check_posted(self) -> None:
        """Whatever was answered is in the timeline and found, each once. More may be: a post that was refused can have
        been written before its answer could not be made."""
        timeline = [edge["node"]["id"] for edge in await self.reader.whole_timeline()]
        found = [node["id"] for node in (await self.reader.ask(SEARCH, words=self.word))["search"]["nodes"]]
        assert found == timeline
        assert len(timeline) == len(set(timeline))
        assert set(self.posted) <= set(timeline)

    async def _ask(self, account: Account, query: str, **variables: Json) -> Json:
        headers = {"authorization": f"Bearer {account.token}"}
        body = {"query": query, "variables": variables}
        return (await account.http.post(f"{account.url}/graphql", json=body, headers=headers)).json()


def outcome(answer: Json) -> str:
    """Whether all of it was answered, or which stores some or all of it lacks."""
    if not (errors := answer.get("errors")):
        return WORKS
    assert {error["extensions"]["code"] for error in errors} == {"UNAVAILABLE"}, errors
    lacking = ", ".join(sorted({error["extensions"]["store"] for error in errors}))
    rest = answer["data"] and any(field is not None for field in answer["data"].values())
    return f"without {lacking}" if rest else f"UNAVAILABLE: {lacking}"


def table(outcomes: Mapping[str, Mapping[str, str]]) -> str:
    """A row per thing that people do, a column per server that is down."""
    servers = list(outcomes)
    rows = [[f"| {name} |", *(f" {outcomes[server][name]} |" for server in servers)] for name in outcomes[servers[0]]]
    head = ["| down: |", *(f" {server} |" for server in servers)]
    return "\n".join("".join(row) for row in (head, ["|---" * (len(servers) + 1) + "|"], *rows))


async def down(server: str, scene: Scene, deployment: Deployment) -> dict[str, str]:
    """What is refused while it is."""
    await asyncio.to_thread(stack.kill, server)
    try:
        ready = await scene.reader.http.get(f"{deployment.server.url}/readyz")
        assert ready.status_code == 503
        assert [name for name, latency in ready.json()["stores"].items() if latency is None] == [server]
        return await scene.outcomes()
    finally:
        await asyncio.to_thread(stack.start, server)


@pytest.mark.parametrize("deployment", [SCALED_OUT], indirect=True, scope="package")
async def test_each_server_down_in_turn(deployment: Deployment, http: httpx.AsyncClient) -> None:
    reader, author = [await sign_up(http, deployment.server.url) for _ in range(2)]
    scene = Scene(reader, author)
    await reader.follow(author)
    await scene.post()
    await eventually(scene.check_posted)
    found = {}
    for server in stack.URLS:
        found[server] = await down(server, scene, deployment)
        await eventually(scene.check_working)
        await eventually(scene.check_posted)
    assert table(found) in (ROOT / "docs" / "operations.md").read_text("utf-8"), table(found)
