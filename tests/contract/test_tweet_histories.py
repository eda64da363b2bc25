"""Whatever happens in whatever order, all that is read agrees with a plain model of it."""

import asyncio
import random
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from domain.page import Window
from domain.tweets import NewTweet
from stores.tweets import TweetStore
from tests.contract.makers import event, examples, new_id, tweet

PEOPLE = 3
ALL = Window(10_000)


@dataclass(slots=True)
class Model:
    """Tweets and likes as plain sets; a step's numbers choose among people and the tweets so far."""

    people: list[int] = field(default_factory=lambda: [new_id() for _ in range(PEOPLE)])
    made: list[NewTweet] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)
    likes: set[tuple[int, int]] = field(default_factory=set)

    @property
    def alive(self) -> list[NewTweet]:
        return [made for made in self.made if made.id not in self.deleted]

    def pick(self, number: int) -> int | None:
        return self.made[number % len(self.made)].id if self.made else None


async def step(tweets: TweetStore, model: Model, kind: str, person: int, number: int) -> None:
    user_id, target = model.people[person], model.pick(number)
    if target is None or kind in {"post", "reply", "quote"}:
        new = tweet(user_id, reply_to=target if kind == "reply" else None, quote_of=target if kind == "quote" else None)
        assert await tweets.create(new, event()) == new.id
        model.made.append(new)
    elif kind == "retweet":
        new = tweet(user_id, text="", retweet_of=target)
        held = [one.id for one in model.alive if (one.author_id, one.retweet_of_id) == (user_id, target)]
        assert await tweets.retweet(new, event()) == (held or [new.id])[0]
        model.made += [] if held else [new]
    elif kind == "delete":
        assert await tweets.delete(target, event()) is (target not in model.deleted)
        model.deleted.add(target)
    elif kind == "like":
        assert await tweets.like(target, user_id, new_id()) is ((target, user_id) not in model.likes)
        model.likes.add((target, user_id))
    else:
        assert await tweets.unlike(target, user_id) is ((target, user_id) in model.likes)
        model.likes.discard((target, user_id))


async def assert_agrees(tweets: TweetStore, model: Model) -> None:
    ids = [made.id for made in model.made]
    alive = model.alive
    found = await tweets.tweets(ids)
    shown = {one.id for one in alive if one.retweet_of_id not in model.deleted}
    assert set(found) == shown
    assert await tweets.tweet_counts(model.people) == {
        user_id: sum(one.author_id == user_id for one in alive) for user_id in model.people
    }
    for tweet_id in shown:
        counted = found[tweet_id]
        assert counted.reply_count == sum(one.in_reply_to_id == tweet_id for one in alive)
        assert counted.quote_count == sum(one.quote_of_id == tweet_id for one in alive)
        assert counted.retweet_count == sum(one.retweet_of_id == tweet_id for one in alive)
        assert counted.like_count == sum(liked == tweet_id for liked, _ in model.likes)
    replies = await tweets.replies(ids, ALL)
    assert {(link.node_id, parent) for parent, links in replies.items() for link in links} == {
        (one.id, one.in_reply_to_id) for one in alive if one.in_reply_to_id
    }
    assert await tweets.ids_by_authors(model.people, ALL) == sorted((one.id for one in alive), reverse=True)


KINDS = ("post", "reply", "quote", "retweet", "retweet", "delete", "delete", "like", "like", "unlike")
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, PEOPLE - 1), st.integers(0, 20)), max_size=25)


@examples
@given(steps=STEPS)
async def test_a_history_agrees_with_a_plain_model(tweets: TweetStore, steps: list[tuple[str, int, int]]) -> None:
    model = Model()
    for kind, person, number in steps:
        await step(tweets, model, kind, person, number)
    await assert_agrees(tweets, model)


async def test_counts_are_those_of_the_rows_after_a_crush(tweets: TweetStore) -> None:
    """Many at once write batches across each other, delete, like and retweet the same few tweets."""
    people, roots = [new_id() for _ in range(4)], [tweet(new_id()) for _ in range(4)]
    await tweets.create_missing(roots, event())
    root_ids = [root.id for root in roots]
    batches = [
        [tweet(person, reply_to=root_id, quote_of=root_ids[-n]) for person in people for root_id in root_ids]
        for n in range(1, 5)
    ]

    async def crush(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(12):
            batch = chance.choice(batches)
            await tweets.create_missing(chance.sample(batch, len(batch)), event())
            await tweets.delete(chance.choice(chance.choice(batches)).id, event())
            person, root_id = chance.choice(people), chance.choice(root_ids)
            await tweets.retweet(tweet(person, text="", retweet_of=root_id), event())
            if chance.random() < 0.5:
                await tweets.like(root_id, person, new_id())
            else:
                await tweets.unlike(root_id, person)

    await asyncio.gather(*map(crush, range(8)))
    await assert_counts_are_those_of_the_rows(tweets, root_ids, people)


async def test_batches_across_each_other_end_and_count_right(tweets: TweetStore) -> None:
    """Batches of answers and of posts, over the same tweets and authors: nobody waits in a circle."""
    people, roots = [new_id() for _ in range(60)], [new_id() for _ in range(60)]
    await tweets.create_missing([tweet(one, tweet_id=root) for one, root in zip(people, roots, strict=True)], event())

    async def write_all(seed: int) -> int:
        chance = random.Random(seed)
        answers = [tweet(chance.choice(people), reply_to=root, quote_of=chance.choice(roots)) for root in roots]
        posts = [tweet(one) for one in people]
        written = await tweets.create_missing(chance.sample(answers, len(answers)), event())
        return len(written) + len(await tweets.create_missing(chance.sample(posts, len(posts)), event()))

    assert sum(await asyncio.gather(*map(write_all, range(40)))) == 40 * 120
    await assert_counts_are_those_of_the_rows(tweets, roots, people)


async def test_the_same_batch_from_many_at_once_is_written_once(tweets: TweetStore) -> None:
    for _ in range(5):
        author_id = new_id()
        batch = [tweet(author_id) for _ in range(200)]
        orders = [random.Random(seed).sample(batch, len(batch)) for seed in range(8)]
        written = await asyncio.gather(*(tweets.create_missing(order, event()) for order in orders))
        assert sorted(tweet_id for ids in written for tweet_id in ids) == [new.id for new in batch]
        assert await tweets.tweet_counts([author_id]) == {author_id: len(batch)}


async def assert_counts_are_those_of_the_rows(tweets: TweetStore, tweet_ids: list[int], people: list[int]) -> None:
    found = await tweets.tweets(tweet_ids)
    replies, quotes = await tweets.replies(tweet_ids, ALL), await tweets.quotes(tweet_ids, ALL)
    retweets, likes = await tweets.retweeted_by(tweet_ids, ALL), await tweets.liked_by(tweet_ids, ALL)
    for tweet_id in tweet_ids:
        counted = found[tweet_id]
        assert (counted.reply_count, counted.quote_count) == (len(replies[tweet_id]), len(quotes[tweet_id]))
        assert (counted.retweet_count, counted.like_count) == (len(retweets[tweet_id]), len(likes[tweet_id]))
    written = await tweets.by_author(people, ALL, include_replies=True)
    assert await tweets.tweet_counts(people) == {person: len(written[person]) for person in people}
