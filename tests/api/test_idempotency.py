"""A key for a creation: sent again, the first tweet comes back and none is added."""

import asyncio
import secrets

import pytest

from tests.api.asking import REFUSALS, refusals, standing, unchanged
from tests.support.clients import CREATE_TWEET, DELETE_TWEET, Account, Json

OTHER_INPUT = [("CONFLICT", "This key was used with another input.", "idempotencyKey")]
DELETED = [("CONFLICT", "The tweet that this key made was deleted; use another key.", "idempotencyKey")]
OUT_OF_RANGE = [("INVALID", "An idempotency key has 1 to 100 printable characters.", "idempotencyKey")]
TWICE = f"""mutation($input: CreateTweetInput!) {{
  a: createTweet(input: $input) {{ tweet {{ id }} {REFUSALS} }}
  b: createTweet(input: $input) {{ tweet {{ id }} {REFUSALS} }} }}"""


@pytest.fixture
def key() -> str:
    return secrets.token_hex(8)


async def count(account: Account) -> int:
    [seen] = await standing(account)
    tweets: int = seen["viewer"]["user"]["tweetsCount"]
    return tweets


async def test_the_same_key_and_input_make_one_tweet(viewer: Account, key: str) -> None:
    before = await count(viewer)
    first = await viewer.tweet("once", idempotencyKey=key)
    async with unchanged(viewer):
        assert await viewer.tweet("once", idempotencyKey=key) == first
    assert await viewer.tweet("once") != first
    assert await count(viewer) == before + 2


async def test_twice_in_one_operation(viewer: Account, key: str) -> None:
    before = await count(viewer)
    data = await viewer.ask(TWICE, input={"text": "once", "idempotencyKey": key})
    assert data["a"] == data["b"]
    assert await count(viewer) == before + 1


async def test_many_at_once_make_one_tweet(viewer: Account, key: str) -> None:
    before = await count(viewer)
    made = await asyncio.gather(*(viewer.tweet("once", idempotencyKey=key) for _ in range(20)))
    assert len(set(made)) == 1
    assert await count(viewer) == before + 1
    assert [edge["node"]["id"] for edge in (await viewer.timeline(first=2))["edges"]].count(made[0]) == 1


async def test_many_inputs_at_once_make_one_tweet(viewer: Account, key: str) -> None:
    before = await count(viewer)
    inputs = [{"text": f"number {number % 4}", "idempotencyKey": key} for number in range(20)]
    answers = await asyncio.gather(*(viewer.ask(CREATE_TWEET, input=each) for each in inputs))
    made = {answer["createTweet"]["tweet"]["text"] for answer in answers if answer["createTweet"]["tweet"]}
    assert len(made) == 1
    refused = [answer["createTweet"]["userErrors"] for answer in answers if not answer["createTweet"]["tweet"]]
    assert [error["code"] for [error] in refused] == ["CONFLICT"] * 15
    assert await count(viewer) == before + 1


async def test_the_same_key_and_another_input_conflict(viewer: Account, other: Account, key: str) -> None:
    tweet = await other.tweet("answered")
    await viewer.tweet("first", inReplyToId=tweet, idempotencyKey=key)
    inputs: list[Json] = [
        {"text": "first"},
        {"text": "first ", "inReplyToId": tweet},
        {"text": "first", "quoteOfId": tweet},
        {"text": "first", "inReplyToId": tweet, "quoteOfId": tweet},
    ]
    async with unchanged(viewer, other):
        for each in inputs:
            assert await refusals(viewer, CREATE_TWEET, input=each | {"idempotencyKey": key}) == OTHER_INPUT


async def test_a_key_is_its_account_s_own(viewer: Account, other: Account, key: str) -> None:
    mine = await viewer.tweet("ours", idempotencyKey=key)
    theirs = await other.tweet("theirs", idempotencyKey=key)
    assert mine != theirs
    assert await viewer.tweet("ours", idempotencyKey=key) == mine
    assert await other.tweet("theirs", idempotencyKey=key) == theirs


async def test_keys_are_told_apart_to_the_last_character(viewer: Account, key: str) -> None:
    keys = [key, key.upper() + "A", f"{key} ", f" {key}", "é" * 50, "e\u0301" * 50, "x" * 100, "😀" * 100]
    made = [await viewer.tweet("one each", idempotencyKey=each) for each in keys]
    assert len(set(made)) == len(keys)
    for each, tweet in zip(keys, made, strict=True):
        assert await viewer.tweet("one each", idempotencyKey=each) == tweet


async def test_what_is_no_key(viewer: Account) -> None:
    async with unchanged(viewer):
        for each in ("", "x" * 101, "a\x00", "a\tb"):
            draft = {"text": "never", "idempotencyKey": each}
            assert await refusals(viewer, CREATE_TWEET, input=draft) == OUT_OF_RANGE


async def test_a_refused_tweet_leaves_its_key_free(viewer: Account, key: str) -> None:
    draft = {"text": "x" * 281, "idempotencyKey": key}
    assert [code for code, _, _ in await refusals(viewer, CREATE_TWEET, input=draft)] == ["TOO_LONG"]
    draft = {"text": "x", "inReplyToId": "nothing", "idempotencyKey": key}
    assert [code for code, _, _ in await refusals(viewer, CREATE_TWEET, input=draft)] == ["NOT_FOUND"]
    await viewer.tweet("x", idempotencyKey=key)


async def test_the_key_of_a_deleted_tweet_conflicts(viewer: Account, key: str) -> None:
    """It neither brings the tweet back nor posts it again."""
    made = await viewer.tweet("gone", idempotencyKey=key)
    await viewer.mutate(DELETE_TWEET, id=made)
    async with unchanged(viewer):
        for text, expected in (("gone", DELETED), ("another", OTHER_INPUT)):
            draft = {"text": text, "idempotencyKey": key}
            assert await refusals(viewer, CREATE_TWEET, input=draft) == expected


async def test_a_repeat_finds_its_tweet_when_what_it_answers_is_gone(viewer: Account, other: Account, key: str) -> None:
    answered, quoted = await other.tweet("answered"), await other.tweet("quoted")
    draft = {"inReplyToId": answered, "quoteOfId": quoted, "idempotencyKey": key}
    made = await viewer.tweet("a reply and a quote", **draft)
    for gone in (answered, quoted):
        await other.mutate(DELETE_TWEET, id=gone)
    async with unchanged(viewer, other):
        assert await viewer.tweet("a reply and a quote", **draft) == made
        no_tweet = [("NOT_FOUND", "There is no such tweet.", "inReplyToId")]
        assert (
            await refusals(viewer, CREATE_TWEET, input={"text": "a"} | draft | {"idempotencyKey": "free"}) == no_tweet
        )
