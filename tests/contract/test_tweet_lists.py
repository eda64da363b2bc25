"""Lists of tweets and people: order, windows, pages."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.page import Link, Window
from domain.snowflake import EPOCH_MS, compose
from domain.tweets import NewTweet
from stores.tweets import TweetStore
from tests.contract.makers import LARGEST, all_pages, event, examples, new_id, tweet

Add = Callable[[TweetStore, int], Awaitable[Link]]
Read = Callable[[TweetStore, int, Window], Awaitable[Sequence[Link]]]


async def add_post(tweets: TweetStore, author_id: int) -> Link:
    tweet_id = await tweets.create(tweet(author_id), event())
    return Link(tweet_id, tweet_id)


async def add_reply(tweets: TweetStore, tweet_id: int) -> Link:
    reply_id = await tweets.create(tweet(new_id(), reply_to=tweet_id), event())
    return Link(reply_id, reply_id)


async def add_quote(tweets: TweetStore, tweet_id: int) -> Link:
    quote_id = await tweets.create(tweet(new_id(), quote_of=tweet_id), event())
    return Link(quote_id, quote_id)


async def add_retweet(tweets: TweetStore, tweet_id: int) -> Link:
    retweet = tweet(new_id(), text="", retweet_of=tweet_id)
    return Link(await tweets.retweet(retweet, event()), retweet.author_id)


async def add_like_by(tweets: TweetStore, user_id: int) -> Link:
    like = Link(new_id(), new_id())
    assert await tweets.like(like.node_id, user_id, like.key)
    return like


async def add_like_of(tweets: TweetStore, tweet_id: int) -> Link:
    like = Link(new_id(), new_id())
    assert await tweets.like(tweet_id, like.node_id, like.key)
    return like


async def read_posts(tweets: TweetStore, author_id: int, window: Window) -> Sequence[Link]:
    return (await tweets.by_author([author_id], window, include_replies=False))[author_id]


async def read_replies(tweets: TweetStore, tweet_id: int, window: Window) -> Sequence[Link]:
    return (await tweets.replies([tweet_id], window))[tweet_id]


async def read_quotes(tweets: TweetStore, tweet_id: int, window: Window) -> Sequence[Link]:
    return (await tweets.quotes([tweet_id], window))[tweet_id]


async def read_retweeters(tweets: TweetStore, tweet_id: int, window: Window) -> Sequence[Link]:
    return (await tweets.retweeted_by([tweet_id], window))[tweet_id]


async def read_likes(tweets: TweetStore, user_id: int, window: Window) -> Sequence[Link]:
    return (await tweets.likes([user_id], window))[user_id]


async def read_likers(tweets: TweetStore, tweet_id: int, window: Window) -> Sequence[Link]:
    return (await tweets.liked_by([tweet_id], window))[tweet_id]


LISTS = pytest.mark.parametrize(
    ("add", "read"),
    [
        (add_post, read_posts),
        (add_reply, read_replies),
        (add_quote, read_quotes),
        (add_retweet, read_retweeters),
        (add_like_by, read_likes),
        (add_like_of, read_likers),
    ],
    ids=["by_author", "replies", "quotes", "retweeted_by", "likes", "liked_by"],
)


@LISTS
async def test_a_window_is_open_at_both_ends(tweets: TweetStore, add: Add, read: Read) -> None:
    parent_id = new_id()
    a, b, c, d = [await add(tweets, parent_id) for _ in range(4)]
    await add(tweets, new_id())
    assert await read(tweets, parent_id, Window(9)) == [d, c, b, a]
    assert await read(tweets, parent_id, Window(9, ascending=True)) == [a, b, c, d]
    assert await read(tweets, parent_id, Window(2, high=d.key)) == [c, b]
    assert await read(tweets, parent_id, Window(2, low=a.key, ascending=True)) == [b, c]
    assert await read(tweets, parent_id, Window(9, high=d.key, low=a.key)) == [c, b]
    assert await read(tweets, parent_id, Window(9, high=a.key)) == []
    assert await read(tweets, parent_id, Window(9, low=LARGEST, high=LARGEST)) == []
    assert await read(tweets, parent_id, Window(9, high=0)) == []
    assert await read(tweets, parent_id, Window(0)) == []


@LISTS
@examples
@given(
    steps=st.lists(st.integers(0, 2), min_size=1),
    size=st.integers(1, 4),
    start=st.integers(0, 7),
    ascending=st.booleans(),
)
async def test_pages_neither_lose_nor_repeat_while_rows_are_added(
    tweets: TweetStore, add: Add, read: Read, steps: list[int], size: int, start: int, *, ascending: bool
) -> None:
    """`steps`: how many rows are added after each page, at most one less than a page has."""
    parent_id = new_id()
    before = [await add(tweets, parent_id) for _ in range(start)]
    after: list[Link] = []
    remaining = iter(steps)

    async def page(window: Window) -> Sequence[Link]:
        links = await read(tweets, parent_id, window)
        after.extend([await add(tweets, parent_id) for _ in range(min(next(remaining, 0), size - 1))])
        return links

    links = await all_pages(page, size, ascending=ascending)
    if ascending:
        assert links == (before + after)[: len(links)]
        assert len(links) >= len(before)
    else:
        assert links == before[::-1]


async def test_a_page_for_each_of_many_at_once(tweets: TweetStore) -> None:
    one, two, none = new_id(), new_id(), new_id()
    a, b, c = await add_reply(tweets, one), await add_reply(tweets, two), await add_reply(tweets, one)
    assert await tweets.replies([two, none, one, two], Window(2)) == {two: [b], none: [], one: [c, a]}
    assert await tweets.replies([], Window(2)) == {}


async def test_an_authors_posts_are_with_or_without_replies(tweets: TweetStore) -> None:
    post = await add_post(tweets, 1)
    reply = tweet(1, reply_to=post.key)
    await tweets.create(reply, event())
    assert await tweets.by_author([1], Window(5), include_replies=False) == {1: [post]}
    assert await tweets.by_author([1], Window(5), include_replies=True) == {1: [Link(reply.id, reply.id), post]}


@pytest.mark.parametrize("tweet_id", [1, LARGEST])
async def test_ids_at_the_edges_are_within_an_open_window(tweets: TweetStore, tweet_id: int) -> None:
    await tweets.create(tweet(LARGEST, tweet_id=tweet_id), event())
    for ascending in (False, True):
        assert await tweets.ids_by_authors([LARGEST], Window(1, ascending=ascending)) == [tweet_id]
        assert await read_posts(tweets, LARGEST, Window(1, ascending=ascending)) == [Link(tweet_id, tweet_id)]
    assert await tweets.ids_by_authors([LARGEST], Window(1, high=tweet_id)) == []
    assert await tweets.ids_by_authors([LARGEST], Window(1, low=tweet_id)) == []


@examples
@given(
    authors=st.lists(st.integers(0, 5), max_size=30),
    asked=st.lists(st.integers(0, 7), max_size=8),
    bounds=st.tuples(st.none() | st.integers(0, 30), st.none() | st.integers(0, 30)),
    limit=st.integers(0, 12),
    ascending=st.booleans(),
)
async def test_the_tweets_of_many_authors_are_merged(
    tweets: TweetStore,
    authors: list[int],
    asked: list[int],
    bounds: tuple[int | None, int | None],
    limit: int,
    *,
    ascending: bool,
) -> None:
    people = [new_id() for _ in range(8)]
    base = new_id()
    news = [tweet(people[author]) for author in authors]
    await tweets.create_missing(news, event())
    low, high = (None if bound is None else base + bound for bound in bounds)
    found = await tweets.ids_by_authors([people[one] for one in asked], Window(limit, high, low, ascending))
    wanted = {people[one] for one in asked}
    expected = sorted((new.id for new in news if new.author_id in wanted), reverse=not ascending)
    within = [one for one in expected if (low is None or low < one) and (high is None or one < high)]
    assert found == within[:limit]


async def test_pulled_ids_are_an_authors_newest_first_within_the_window(tweets: TweetStore) -> None:
    a, b, c, d = [tweet(1, pulled=True) for _ in range(4)]
    await tweets.create_missing([b, tweet(1), a, d, tweet(2, pulled=True), c], event())
    assert await tweets.pulled_ids(1, Window(9)) == [d.id, c.id, b.id, a.id]
    assert await tweets.pulled_ids(1, Window(2)) == [d.id, c.id]
    assert await tweets.pulled_ids(1, Window(9, high=d.id, low=a.id)) == [c.id, b.id]
    assert await tweets.pulled_ids(1, Window(2, low=a.id, ascending=True)) == [b.id, c.id]
    assert await tweets.pulled_ids(1, Window(0)) == []
    assert await tweets.pulled_ids(3, Window(9)) == []
    await tweets.delete(c.id, event())
    assert await tweets.pulled_ids(1, Window(2)) == [d.id, b.id]


async def test_ancestors_come_nearest_first_and_pass_over_tombstones(tweets: TweetStore) -> None:
    root = (await add_post(tweets, 1)).key
    thread = [root]
    for _ in range(5):
        thread.append((await add_reply(tweets, thread[-1])).key)
    await tweets.delete(thread[3], event())
    above = [Link(tweet_id, tweet_id) for tweet_id in (thread[4], thread[2], thread[1], root)]
    assert await tweets.ancestors([thread[5], root, thread[1], LARGEST], Window(10)) == {
        thread[5]: above,
        root: [],
        thread[1]: above[3:],
        LARGEST: [],
    }
    assert await tweets.ancestors([thread[5]], Window(2)) == {thread[5]: above[:2]}
    assert await tweets.ancestors([thread[5]], Window(2, high=thread[2])) == {thread[5]: above[2:]}
    assert await tweets.ancestors([thread[5]], Window(0)) == {thread[5]: []}
    assert await tweets.ancestors([thread[3]], Window(1)) == {thread[3]: above[1:2]}


async def test_a_circle_of_replies_ends(tweets: TweetStore) -> None:
    a, b = new_id(), new_id()
    news = [tweet(1, tweet_id=a, reply_to=b), tweet(1, tweet_id=b, reply_to=a)]
    await tweets.create_missing(news, event())
    assert await tweets.ancestors([a, b], Window(9)) == {a: [], b: [Link(a, a)]}


AGES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40 * 31 * 24)), max_size=20, unique=True)
"""(author, hours) of tweets over years."""


@examples
@given(ages=AGES, cut=st.integers(0, 40 * 31 * 24), limit=st.integers(1, 12), upwards=st.booleans())
async def test_tweets_of_many_years_are_one_list(
    tweets: TweetStore, ages: list[tuple[int, int]], cut: int, limit: int, *, upwards: bool
) -> None:
    people = [new_id() for _ in range(3)]
    news = [tweet(people[author], tweet_id=aged(hours), pulled=hours % 3 == 0) for author, hours in ages]
    for new in news:
        await tweets.create(new, event())
    at = aged(cut)
    window = Window(limit, low=at, ascending=True) if upwards else Window(limit, high=at)

    def expected(among: list[NewTweet]) -> list[int]:
        within = [new.id for new in among if (new.id > at if upwards else new.id < at)]
        return sorted(within, reverse=not upwards)[:limit]

    assert await tweets.ids_by_authors(people, window) == expected(news)
    pages = await tweets.by_author(people, window, include_replies=True)
    for person in people:
        own = [new for new in news if new.author_id == person]
        assert [link.key for link in pages[person]] == expected(own)
        assert await tweets.pulled_ids(person, window) == expected([new for new in own if new.pulled])
    assert await tweets.tweet_counts(people) == {one: sum(new.author_id == one for new in news) for one in people}


@examples
@given(ages=st.lists(st.integers(0, 40 * 31 * 24), max_size=12, unique=True), limit=st.integers(1, 5))
async def test_likes_of_many_years_are_one_list(tweets: TweetStore, ages: list[int], limit: int) -> None:
    """Of tweets of any age; a like is found by its tweet's."""
    user_id, likes = new_id(), {aged(hours): aged(hours // 2) for hours in ages}
    for like_id, tweet_id in likes.items():
        await tweets.like(tweet_id, user_id, like_id)
    given_back = {tweet_id for tweet_id in likes.values() if tweet_id % 3 == 0}
    for tweet_id in given_back:
        assert await tweets.unlike(tweet_id, user_id) is True
    held = {tweet_id for tweet_id in likes.values() if tweet_id not in given_back}
    for ascending in (False, True):
        fetch = partial(fetch_likes, tweets, user_id)
        links = await all_pages(fetch, limit, ascending=ascending)
        assert {link.node_id for link in links} == held
        assert [link.key for link in links] == sorted((link.key for link in links), reverse=not ascending)
    assert await tweets.likes_among([user_id], set(likes.values())) == {(user_id, tweet_id) for tweet_id in held}


async def fetch_likes(tweets: TweetStore, user_id: int, window: Window) -> Sequence[Link]:
    return (await tweets.likes([user_id], window))[user_id]


def aged(hours: int) -> int:
    """An id that no other example has, of a time so many hours after the first there is."""
    return compose(EPOCH_MS + 60_000 + hours * 3_600_000, 0, 0) + new_id()
