"""What viewers did with tweets: of one, and of many at once."""

from domain.tweets import NewTweet, ViewerMarks
from stores.tweets import TweetStore
from tests.contract.makers import LARGEST, event, new_id, tweet


async def create(tweets: TweetStore, new: NewTweet) -> int:
    assert await tweets.create(new, event()) == new.id
    return new.id


async def test_a_viewers_marks_are_given_for_every_tweet(tweets: TweetStore) -> None:
    liked, retweeted, neither = [await create(tweets, tweet(1)) for _ in range(3)]
    await tweets.like(liked, 2, new_id())
    await tweets.retweet(tweet(2, text="", retweet_of=retweeted), event())
    assert await tweets.viewer_marks(2, [liked, retweeted, neither, LARGEST]) == {
        liked: ViewerMarks(likes=True, retweeted=False),
        retweeted: ViewerMarks(likes=False, retweeted=True),
        neither: ViewerMarks(likes=False, retweeted=False),
        LARGEST: ViewerMarks(likes=False, retweeted=False),
    }
    assert await tweets.viewer_marks(2, []) == {}


async def test_marks_of_many_are_those_of_each(tweets: TweetStore) -> None:
    liked, retweeted, both = [await create(tweets, tweet(1)) for _ in range(3)]
    for user_id, tweet_id in ((2, liked), (3, liked), (2, both), (9, both), (LARGEST, both)):
        await tweets.like(tweet_id, user_id, new_id())
    retweets = [tweet(user, text="", retweet_of=which) for user, which in ((2, retweeted), (3, both), (9, both))]
    for each in retweets:
        await tweets.retweet(each, event())
    people, asked = [1, 2, 3, 4, LARGEST, 2], {liked, retweeted, both, retweets[0].id, LARGEST}
    assert await tweets.likes_among(people, asked) == {(2, liked), (3, liked), (2, both), (LARGEST, both)}
    assert await tweets.likes_among([2], [both, both]) == {(2, both)}
    assert await tweets.retweets_among(people, asked) == {(2, retweeted), (3, both)}
    for user_id in (1, 2, 3):
        marks = await tweets.viewer_marks(user_id, list(asked))
        assert {each for each in asked if marks[each].likes} == {
            each for _, each in await tweets.likes_among([user_id], asked)
        }
        assert {each for each in asked if marks[each].retweeted} == {
            each for _, each in await tweets.retweets_among([user_id], asked)
        }


async def test_marks_that_were_taken_back_are_not_among_those_of_many(tweets: TweetStore) -> None:
    root = await create(tweets, tweet(1))
    await tweets.like(root, 2, new_id())
    retweet = tweet(2, text="", retweet_of=root)
    await tweets.retweet(retweet, event())
    assert (await tweets.likes_among([2], [root]), await tweets.retweets_among([2], [root])) == ({(2, root)},) * 2
    await tweets.unlike(root, 2)
    await tweets.delete(retweet.id, event())
    assert (await tweets.likes_among([2], [root]), await tweets.retweets_among([2], [root])) == (set(), set())


async def test_of_nobody_or_nothing_there_are_no_marks(tweets: TweetStore) -> None:
    root = await create(tweets, tweet(1))
    await tweets.like(root, 2, new_id())
    for people, asked in (([], [root]), ([2], []), ([], [])):
        assert await tweets.likes_among(people, asked) == set()
        assert await tweets.retweets_among(people, asked) == set()
