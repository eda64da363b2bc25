"""What tests of refusals ask with, and what they look at afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.support.clients import Account, GraphQLFailed, Json

REFUSALS = "userErrors { message code field }"
LIKE = f"mutation($id: ID!) {{ like(tweetId: $id) {{ tweet {{ id }} {REFUSALS} }} }}"
UNLIKE = f"mutation($id: ID!) {{ unlike(tweetId: $id) {{ tweet {{ id }} {REFUSALS} }} }}"
RETWEET = f"mutation($id: ID!) {{ retweet(tweetId: $id) {{ tweet {{ id }} retweet {{ id }} {REFUSALS} }} }}"
UNRETWEET = f"mutation($id: ID!) {{ unretweet(tweetId: $id) {{ tweet {{ id }} removedRetweetId {REFUSALS} }} }}"
UPDATE_PROFILE = f"""mutation($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{
  user {{ displayName bio }} {REFUSALS} }} }}"""
REVOKE = f"mutation($id: ID!) {{ revokeSession(id: $id) {{ revokedSessionId {REFUSALS} }} }}"
LOG_IN = f"""mutation($input: LogInInput!) {{ logIn(input: $input) {{
  token viewer {{ user {{ id }} }} {REFUSALS} }} }}"""
LOG_OUT = f"mutation($everywhere: Boolean! = false) {{ logOut(everywhere: $everywhere) {{ ok {REFUSALS} }} }}"
TWEET_UPDATES = "subscription($id: ID!) { tweetUpdates(id: $id) { id likeCount replyCount viewerLikes } }"
STANDING = """{ viewer { email sessions { id } user { displayName bio followersCount followingCount tweetsCount
  followers { nodes { id } } following { nodes { id } } likes { nodes { id } }
  tweets(first: 100, includeReplies: true) { nodes {
    id text likeCount retweetCount replyCount quoteCount viewerLikes viewerRetweeted } } } } }"""


async def post(http: httpx.AsyncClient, url: str, body: bytes, **headers: str) -> httpx.Response:
    """Posts a body as it is, as JSON unless `content_type` says otherwise; underscores in names of headers are
    dashes."""
    named = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post(f"{url}/graphql", content=body, headers=named)


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    """(status, code, message) of an answer with one error."""
    [error] = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["message"]


async def failure(account: Account, query: str, **variables: Json) -> tuple[str, str, list[str] | None]:
    """(code, message, path) of an operation's one error."""
    try:
        data = await account.ask(query, **variables)
    except GraphQLFailed as failed:
        [error] = failed.errors
        return error["extensions"]["code"], error["message"], error.get("path")
    raise AssertionError(f"no error, but {data}")


async def refusals(account: Account, query: str, **variables: Json) -> list[tuple[str, str, str]]:
    """(code, message, field) of each user error of a mutation, which has nothing else to tell."""
    (payload,) = (await account.ask(query, **variables)).values()
    errors = payload.pop("userErrors")
    assert set(payload.values()) == {None}
    return [(error["code"], error["message"], *error["field"]) for error in errors]


async def standing(*accounts: Account) -> list[Json]:
    """All that others and they themselves see of some accounts, their sessions included."""
    return [await account.ask(STANDING) for account in accounts]


@asynccontextmanager
async def unchanged(*accounts: Account) -> AsyncIterator[None]:
    """Asserts that the block changes nothing for these accounts."""
    before = await standing(*accounts)
    yield
    assert await standing(*accounts) == before
