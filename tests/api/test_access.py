"""Who meets whose tweets and doings where: blocks, mutes and protected accounts."""

import pytest

from tests.api.conftest import OpenProcess
from tests.api.in_process import ask, post, tweet_ids, user_ids
from tests.api.stage import ELSEWHERE, EVERYWHERE, NOWHERE, Stage, set_stage
from tests.support.clients import BLOCK, FOLLOW, MUTE, UNBLOCK, UNFOLLOW, UNMUTE, Json

STANDING = """query($id: ID!) { node(id: $id) { ... on User {
  handle displayName followersCount followingCount tweetsCount
  viewerFollows followsViewer viewerBlocks viewerMutes blocksViewer isProtected } } }"""
TWEET = "query($id: ID!) { tweet(id: $id) { id } }"
SEARCH = """query($first: Int!, $after: String) {
  search(query: "harbour", type: LATEST, first: $first, after: $after) {
    nodes { ... on Node { id } } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture
async def stage(open_process: OpenProcess) -> Stage:
    return await set_stage(await open_process())


async def standing(stage: Stage, viewer: int | None, person: int) -> Json:
    return (await ask(stage.process, viewer, STANDING, id=user_ids([person])[0]))["node"]


async def test_what_is_between_nobody_is_met_everywhere(stage: Stage) -> None:
    assert await stage.places(stage.reader) == EVERYWHERE
    assert await stage.places(stage.author) == EVERYWHERE
    assert await stage.places(stage.stranger) == ELSEWHERE
    assert await stage.places(None) == ELSEWHERE


@pytest.mark.parametrize("path", ["store", "precomputed", "live"])
async def test_a_block_hides_each_from_the_other(stage: Stage, path: str) -> None:
    """Whichever way the timeline came about."""
    if path != "store":
        await stage.process.activity.wake(stage.reader)
    late = await post(stage.process, stage.author, "late") if path == "live" else stage.tweet
    assert tweet_ids([late])[0] in await stage.timeline(stage.reader)
    await stage.do(stage.reader, BLOCK, stage.author)
    assert await stage.places(stage.reader) == NOWHERE
    assert await stage.timeline(stage.reader) == []
    assert await stage.places(stage.author) == EVERYWHERE - {"author.followers"}
    assert await stage.places(stage.stranger) == ELSEWHERE - {"author.followers"}
    await stage.do(stage.reader, UNBLOCK, stage.author)
    assert await stage.places(stage.reader) == ELSEWHERE - {"author.followers"}


async def test_a_block_hides_from_the_blocked(stage: Stage) -> None:
    await stage.do(stage.author, BLOCK, stage.reader)
    assert await stage.places(stage.reader) == NOWHERE
    [own] = tweet_ids([await post(stage.process, stage.reader, "unseen by the author")])
    assert await ask(stage.process, stage.author, TWEET, id=own) == {"tweet": None}
    await stage.do(stage.author, UNBLOCK, stage.reader)
    assert await stage.places(stage.reader) == ELSEWHERE - {"author.followers"}


async def test_a_profile_stays_and_tells_of_the_block(stage: Stage) -> None:
    before = await standing(stage, stage.reader, stage.author)
    assert before == {
        "handle": "person0",
        "displayName": "person 0",
        "followersCount": 1,
        "followingCount": 1,
        "tweetsCount": 2,
        "viewerFollows": True,
        "isProtected": False,
        **dict.fromkeys(("followsViewer", "viewerBlocks", "viewerMutes", "blocksViewer"), False),
    }
    await stage.do(stage.author, BLOCK, stage.reader)
    gone = {"followersCount": 0, "viewerFollows": False}
    assert await standing(stage, stage.reader, stage.author) == before | gone | {"blocksViewer": True}
    assert (await standing(stage, stage.author, stage.reader))["viewerBlocks"] is True
    nobody = ("viewerFollows", "followsViewer", "viewerBlocks", "viewerMutes", "blocksViewer")
    assert await standing(stage, None, stage.author) == before | gone | dict.fromkeys(nobody)


async def test_a_mute_keeps_somebody_out_of_the_timeline_alone(stage: Stage) -> None:
    """The author's own tweets and the author's words in others' retweets."""
    await stage.do(stage.reader, FOLLOW, stage.other)
    shown = await stage.timeline(stage.reader)
    await stage.do(stage.reader, MUTE, stage.author)
    assert await stage.places(stage.reader) == ELSEWHERE
    others = tweet_ids([stage.quote, stage.reply, stage.answered])
    assert await stage.timeline(stage.reader) == others
    await stage.do(stage.reader, UNMUTE, stage.author)
    assert await stage.timeline(stage.reader) == shown
    assert await stage.places(stage.reader) == EVERYWHERE


async def test_what_protected_people_do_is_for_followers(stage: Stage) -> None:
    await stage.protect(stage.author)
    assert await stage.places(stage.reader) == EVERYWHERE
    assert await stage.places(stage.author) == EVERYWHERE
    assert await stage.places(stage.stranger) == NOWHERE
    assert await stage.places(None) == NOWHERE
    await stage.do(stage.reader, UNFOLLOW, stage.author)
    assert await stage.places(stage.reader) == NOWHERE
    await stage.protect(stage.author, protected=False)
    assert await stage.places(None) == ELSEWHERE - {"author.followers"}


async def test_retweets_of_protected_people_are_hidden_with_what_they_show(stage: Stage) -> None:
    """From whoever follows the retweeter alone; also where the retweet was there before."""
    await stage.do(stage.stranger, FOLLOW, stage.other)
    [retweet] = tweet_ids([stage.retweet])
    assert retweet in await stage.timeline(stage.stranger)
    await stage.protect(stage.author)
    assert await stage.timeline(stage.stranger) == tweet_ids([stage.quote, stage.reply, stage.answered])
    query = "query($id: ID!) { tweet(id: $id) { retweetOf { id } } }"
    assert await ask(stage.process, stage.stranger, query, id=retweet) == {"tweet": None}
    shown = {"tweet": {"retweetOf": {"id": tweet_ids([stage.tweet])[0]}}}
    assert await ask(stage.process, stage.reader, query, id=retweet) == shown
    await stage.do(stage.reader, FOLLOW, stage.other)
    assert retweet in await stage.timeline(stage.reader)


async def test_ids_stay_where_their_tweets_are_hidden(stage: Stage) -> None:
    await stage.protect(stage.author)
    query = """query($reply: ID!, $quote: ID!) { reply: tweet(id: $reply) { inReplyToId inReplyTo { id } }
      quote: tweet(id: $quote) { quoteOfId quoteOf { id } } }"""
    tweet, reply, quote = tweet_ids([stage.tweet, stage.reply, stage.quote])
    assert await ask(stage.process, None, query, reply=reply, quote=quote) == {
        "reply": {"inReplyToId": tweet, "inReplyTo": None},
        "quote": {"quoteOfId": tweet, "quoteOf": None},
    }


async def test_a_search_goes_on_past_what_is_hidden(stage: Stage) -> None:
    """One hit among 43 of somebody whom the viewer blocks. A page looks at ten times its size and one more at most."""
    hidden = [await post(stage.process, stage.other, f"a harbour, {number}") for number in range(40)]
    found = await post(stage.process, stage.author, "a harbour, seen")
    hidden += [await post(stage.process, stage.other, f"harbour again, {number}") for number in range(3)]
    await stage.process.services.search.tweets_posted([*hidden, found])
    assert await search_pages(stage, stage.reader, 50) == [44]
    await stage.do(stage.reader, BLOCK, stage.other)
    assert await search_pages(stage, stage.reader, 1) == [1, 0, 0, 0]
    assert await search_pages(stage, stage.reader, 20) == [1]


async def search_pages(stage: Stage, viewer: int, size: int) -> list[int]:
    """How many tweets there are on each page, to the end."""
    lengths: list[int] = []
    after, more = None, True
    while more:
        page = (await ask(stage.process, viewer, SEARCH, first=size, after=after))["search"]
        lengths.append(len(page["nodes"]))
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return lengths
