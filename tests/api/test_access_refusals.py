"""Acting on what one may not see, and on what may not be passed on."""

import pytest

from tests.api.asking import LIKE, RETWEET, UNLIKE, UNRETWEET
from tests.api.conftest import OpenProcess
from tests.api.in_process import ask, post, tweet_ids, user_ids
from tests.api.stage import Stage, set_stage
from tests.support.clients import BLOCK, CREATE_TWEET

COUNTS = "query($id: ID!) { tweet(id: $id) { likeCount retweetCount replyCount quoteCount } }"
NO_TWEET = ("NOT_FOUND", "There is no such tweet.")
NO_SHARING = ("FORBIDDEN", "Tweets of a protected account can't be retweeted or quoted by others.")


@pytest.fixture
async def stage(open_process: OpenProcess) -> Stage:
    return await set_stage(await open_process())


@pytest.mark.parametrize("why", ["blocks", "blocked", "protected"])
async def test_nobody_acts_on_what_they_may_not_see(stage: Stage, why: str) -> None:
    match why:
        case "blocks":
            await stage.do(stage.stranger, BLOCK, stage.author)
        case "blocked":
            await stage.do(stage.author, BLOCK, stage.stranger)
        case _:
            await stage.protect(stage.author)
    [tweet] = tweet_ids([stage.tweet])
    before, events = await ask(stage.process, stage.author, COUNTS, id=tweet), await stage.events_so_far()
    for mutation in (LIKE, UNLIKE, RETWEET, UNRETWEET):
        assert await stage.refusals(stage.stranger, mutation, id=tweet) == [(*NO_TWEET, "tweetId")]
    for field in ("inReplyToId", "quoteOfId"):
        refused = await stage.refusals(stage.stranger, CREATE_TWEET, input={"text": "no", field: tweet})
        assert refused == [(*NO_TWEET, field)]
    assert await ask(stage.process, stage.author, COUNTS, id=tweet) == before
    assert await stage.events_so_far() == events
    tweets = "query($id: ID!) { node(id: $id) { ... on User { tweetsCount } } }"
    assert await ask(stage.process, None, tweets, id=user_ids([stage.stranger])[0]) == {"node": {"tweetsCount": 0}}


async def test_followers_of_protected_people_answer_and_like_but_share_nothing(stage: Stage) -> None:
    await stage.protect(stage.author)
    [tweet] = tweet_ids([stage.tweet])
    await stage.do(stage.reader, LIKE, stage.tweet)
    assert await stage.refusals(stage.reader, RETWEET, id=tweet) == [(*NO_SHARING, "tweetId")]
    refused = await stage.refusals(stage.reader, CREATE_TWEET, input={"text": "no", "quoteOfId": tweet})
    assert refused == [(*NO_SHARING, "quoteOfId")]
    await post(stage.process, stage.reader, "an answer", reply_to=stage.tweet)
    shown = {"likeCount": 2, "retweetCount": 1, "replyCount": 2, "quoteCount": 1}
    assert await ask(stage.process, stage.author, COUNTS, id=tweet) == {"tweet": shown}
