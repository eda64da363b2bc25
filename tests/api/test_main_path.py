"""The product's main path, as its users go it."""

import asyncio
import time

from tests.conftest import MakeAccount
from tests.support.clients import DELETE_TWEET, UNFOLLOW, Account, ask

PATIENCE_SECONDS = 20


async def wait_for_sources(reader: Account, sources: list[str]) -> None:
    """Waits until the reader's first page has entries of these sources."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while [edge["source"] for edge in (await reader.timeline())["edges"]] != sources:
            await asyncio.sleep(0)


async def test_a_tweet_is_read_by_followers_at_once(make_account: MakeAccount) -> None:
    author, reader = await make_account(), await make_account()
    await reader.follow(author)
    tweet = await author.tweet("Hello")
    assert [edge["node"]["id"] for edge in (await reader.timeline())["edges"]] == [tweet]


async def test_sources_tell_how_an_entry_got_onto_the_page(make_account: MakeAccount) -> None:
    author, reader = await make_account(), await make_account()
    await reader.follow(author)
    await author.tweet("in the log at once, or in the store while the timeline is built")
    [edge] = (await reader.timeline())["edges"]
    assert edge["source"] in {"LIVE", "STORE", "PUSHED"}
    await wait_for_sources(reader, ["PUSHED"])
    await author.tweet("after")
    await wait_for_sources(reader, ["PUSHED", "PUSHED"])


async def test_unfollowing_takes_the_tweets_off_the_page(make_account: MakeAccount) -> None:
    author, reader = await make_account(), await make_account()
    await reader.follow(author)
    await author.tweet("gone soon")
    own = await reader.tweet("my own")
    await reader.mutate(UNFOLLOW, id=author.id)
    assert [edge["node"]["id"] for edge in await reader.whole_timeline()] == [own]


async def test_following_brings_tweets_from_before_into_a_built_timeline(make_account: MakeAccount) -> None:
    author, reader = await make_account(), await make_account()
    old = await author.tweet("old")
    own = await reader.tweet("own")
    await reader.timeline()
    await wait_for_sources(reader, ["PUSHED"])
    await reader.follow(author)
    assert [edge["node"]["id"] for edge in (await reader.timeline())["edges"]] == [own, old]


async def test_pages_go_on_past_what_is_precomputed(make_account: MakeAccount) -> None:
    """The server keeps 20 entries; 50 are read, by pages of 7, forwards and backwards."""
    author, reader = await make_account(), await make_account()
    await reader.follow(author)
    posted = [await author.tweet(f"number {number}") for number in range(30)]
    await reader.timeline()
    await wait_for_sources(reader, ["PUSHED"] * 20)
    posted += [await author.tweet(f"number {number}") for number in range(30, 50)]
    edges = await reader.whole_timeline(7)
    assert [edge["node"]["id"] for edge in edges] == posted[::-1]
    assert {edge["source"] for edge in edges} >= {"PUSHED", "STORE"}
    back = await reader.timeline(last=7, before=edges[40]["cursor"])
    assert [edge["node"]["id"] for edge in back["edges"]] == posted[::-1][33:40]
    assert back["pageInfo"]["hasPreviousPage"] is True
    oldest = await reader.timeline(last=3)
    assert [edge["node"]["id"] for edge in oldest["edges"]] == posted[2::-1]


async def test_a_stream_goes_on_from_the_page(make_account: MakeAccount) -> None:
    author, reader = await make_account(), await make_account()
    await reader.follow(author)
    await author.tweet("on the page")
    cursor = (await reader.timeline())["liveCursor"]
    missed = await author.tweet("between page and stream")
    async with reader.updates(after=cursor) as stream:
        assert (await stream.next())["tweet"]["id"] == missed
        started = time.perf_counter()
        live = await author.tweet("live")
        event = await stream.next()
        assert event["tweet"]["id"] == live
        await author.mutate(DELETE_TWEET, id=missed)
        assert (await stream.next())["tweetId"] == missed
    async with reader.updates(after=event["cursor"]) as resumed:
        assert (await resumed.next())["tweetId"] == missed
    assert time.perf_counter() - started < PATIENCE_SECONDS


async def test_a_changed_following_resets_the_stream(make_account: MakeAccount) -> None:
    author, reader = await make_account(), await make_account()
    cursor = (await reader.timeline())["liveCursor"]
    async with reader.updates(after=cursor) as stream:
        await reader.follow(author)
        assert await stream.next() == {"__typename": "TimelineReset", "reason": "REBUILT"}
        assert await stream.next() is None


async def test_search_finds_a_tweet_and_its_author(make_account: MakeAccount) -> None:
    author = await make_account()
    tweet = await author.tweet(f"a word of {author.handle} alone")
    query = "query($q: String!, $t: SearchType!) { search(query: $q, type: $t) { nodes { ... on Node { id } } } }"

    async def found(kind: str) -> list[str]:
        nodes = (await ask(author.http, author.url, query, q=author.handle, t=kind))["search"]["nodes"]
        return [node["id"] for node in nodes]

    async with asyncio.timeout(PATIENCE_SECONDS):
        for kind, expected in (("TOP", tweet), ("LATEST", tweet), ("PEOPLE", author.id)):
            while await found(kind) != [expected]:
                await asyncio.sleep(0)


async def test_deleting_an_original_takes_its_retweets_along(make_account: MakeAccount) -> None:
    author, reader, retweeter = await make_account(), await make_account(), await make_account()
    await reader.follow(retweeter)
    tweet = await author.tweet("retweeted")
    cursor = (await reader.timeline())["liveCursor"]
    retweet = await retweeter.mutate(
        "mutation($id: ID!) { retweet(tweetId: $id) { retweet { id } userErrors { code } } }", id=tweet
    )
    assert [edge["node"]["id"] for edge in (await reader.timeline())["edges"]] == [retweet["retweet"]["id"]]
    async with reader.updates(after=cursor) as stream:
        assert (await stream.next())["tweet"]["id"] == retweet["retweet"]["id"]
        await author.mutate(DELETE_TWEET, id=tweet)
        assert (await stream.next())["tweetId"] == retweet["retweet"]["id"]
    assert await reader.whole_timeline() == []
