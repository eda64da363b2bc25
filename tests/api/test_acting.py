"""Acting on tweets and people twice, on retweets, and on oneself."""

from tests.api.asking import LIKE, RETWEET, UNLIKE, UNRETWEET, refusals, unchanged
from tests.conftest import MakeAccount
from tests.support.clients import FOLLOW, UNFOLLOW, Account, Json

TWEET = """query($id: ID!) { tweet(id: $id) { likeCount retweetCount replyCount quoteCount inReplyToId quoteOfId
  viewerLikes viewerRetweeted likedBy { nodes { id } } retweetedBy { nodes { id } } } }"""
PERSON = """query($id: ID!) { node(id: $id) { ... on User { followersCount followingCount viewerFollows followsViewer
  followers { nodes { id } } following { nodes { id } } } } }"""


async def see_tweet(account: Account, tweet_id: str) -> Json:
    return (await account.ask(TWEET, id=tweet_id))["tweet"]


async def see_person(account: Account, user_id: str) -> Json:
    return (await account.ask(PERSON, id=user_id))["node"]


async def test_liking_twice_is_liking_once(viewer: Account, other: Account) -> None:
    tweet = await other.tweet("likeable")
    for _ in range(2):
        assert await viewer.mutate(LIKE, id=tweet) == {"tweet": {"id": tweet}, "userErrors": []}
    seen = await see_tweet(viewer, tweet)
    assert (seen["likeCount"], seen["viewerLikes"], seen["likedBy"]["nodes"]) == (1, True, [{"id": viewer.id}])
    assert (await see_tweet(other, tweet))["viewerLikes"] is False
    for _ in range(2):
        assert await viewer.mutate(UNLIKE, id=tweet) == {"tweet": {"id": tweet}, "userErrors": []}
    seen = await see_tweet(viewer, tweet)
    assert (seen["likeCount"], seen["viewerLikes"], seen["likedBy"]["nodes"]) == (0, False, [])


async def test_retweeting_twice_is_retweeting_once(viewer: Account, other: Account) -> None:
    tweet = await other.tweet("worth it")
    first = await viewer.mutate(RETWEET, id=tweet)
    assert await viewer.mutate(RETWEET, id=tweet) == first
    assert first["tweet"] == {"id": tweet}
    retweet = first["retweet"]["id"]
    assert await viewer.mutate(RETWEET, id=retweet) == first
    seen = await see_tweet(viewer, tweet)
    assert (seen["retweetCount"], seen["viewerRetweeted"]) == (1, True)
    assert seen["retweetedBy"]["nodes"] == [{"id": viewer.id}]
    gone = {"tweet": {"id": tweet}, "removedRetweetId": retweet, "userErrors": []}
    assert await viewer.mutate(UNRETWEET, id=tweet) == gone
    assert await viewer.mutate(UNRETWEET, id=tweet) == gone | {"removedRetweetId": None}
    assert (await see_tweet(viewer, tweet))["retweetCount"] == 0
    assert (await viewer.mutate(RETWEET, id=tweet))["retweet"]["id"] != retweet


async def test_acting_on_a_retweet_is_acting_on_its_original(viewer: Account, other: Account) -> None:
    tweet = await other.tweet("the original")
    retweet = (await other.mutate(RETWEET, id=tweet))["retweet"]["id"]
    assert await viewer.mutate(LIKE, id=retweet) == {"tweet": {"id": tweet}, "userErrors": []}
    reply = await viewer.tweet("an answer", inReplyToId=retweet)
    quote = await viewer.tweet("a quote", quoteOfId=retweet)
    assert (await see_tweet(viewer, reply))["inReplyToId"] == tweet
    assert (await see_tweet(viewer, quote))["quoteOfId"] == tweet
    counts = "likeCount", "retweetCount", "replyCount", "quoteCount"
    assert [(await see_tweet(viewer, tweet))[count] for count in counts] == [1, 1, 1, 1]
    assert [(await see_tweet(viewer, retweet))[count] for count in counts] == [0, 0, 0, 0]
    assert await viewer.mutate(UNLIKE, id=retweet) == {"tweet": {"id": tweet}, "userErrors": []}
    assert (await see_tweet(viewer, tweet))["likeCount"] == 0


async def test_oneself_can_be_neither_followed_nor_unfollowed(viewer: Account) -> None:
    async with unchanged(viewer):
        assert await refusals(viewer, FOLLOW, id=viewer.id) == [("INVALID", "You can't follow yourself.", "userId")]
        assert await refusals(viewer, UNFOLLOW, id=viewer.id) == [("INVALID", "You can't unfollow yourself.", "userId")]


async def test_following_twice_is_following_once(make_account: MakeAccount) -> None:
    follower, followee = await make_account(), await make_account()
    for _ in range(2):
        await follower.follow(followee)
    assert await see_person(follower, followee.id) == {
        "followersCount": 1,
        "followingCount": 0,
        "viewerFollows": True,
        "followsViewer": False,
        "followers": {"nodes": [{"id": follower.id}]},
        "following": {"nodes": []},
    }
    assert (await see_person(followee, follower.id))["followsViewer"] is True
    for _ in range(2):
        await follower.mutate(UNFOLLOW, id=followee.id)
    seen = await see_person(follower, followee.id)
    assert (seen["followersCount"], seen["viewerFollows"], seen["followers"]["nodes"]) == (0, False, [])
    assert (await see_person(follower, follower.id))["followingCount"] == 0
