"""Acting on tweets: what may be acted on, what is pulled, and that what is refused leaves no trace."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from domain.errors import Unavailable
from domain.refusals import Refused, UserError, UserErrorCode
from domain.tweets import NewTweet, Tweet
from events import Event, TweetsDeleted, TweetsLiked, TweetsPosted
from services.access import AccessService
from services.tweets import TweetDraft, TweetService
from tests.unit.services.people import Graph, person
from tests.unit.services.tweets import Tweets, reply, retweet, tweet

VIEWER, OPEN, PROTECTED, BLOCKING, BLOCKED, FOLLOWED, FAMOUS = range(1, 8)
"""PROTECTED and FOLLOWED are protected; the viewer follows the latter."""

MINE = tweet(11, VIEWER)
OPEN_TWEET = tweet(12, OPEN)
HIDDEN = {author_id: tweet(10 + author_id, author_id) for author_id in (PROTECTED, BLOCKING, BLOCKED)}
FOLLOWED_TWEET = tweet(16, FOLLOWED)
RETWEET = retweet(22, FAMOUS, OPEN_TWEET)
ANSWER = reply(23, OPEN, OPEN_TWEET)
HIDDEN_RETWEET = retweet(24, BLOCKED, OPEN_TWEET)
RETWEET_OF_HIDDEN = retweet(25, OPEN, HIDDEN[BLOCKING])
FOLLOWED_RETWEET = retweet(26, FOLLOWED, OPEN_TWEET)
RETWEET_OF_FOLLOWED = retweet(27, OPEN, FOLLOWED_TWEET)

NOT_SEEN = (*HIDDEN.values(), HIDDEN_RETWEET, RETWEET_OF_HIDDEN)
SEEN = (OPEN_TWEET, FOLLOWED_TWEET, RETWEET, ANSWER, FOLLOWED_RETWEET, RETWEET_OF_FOLLOWED)
MISSING = 99

EVENT, TWEET = 1002, 1001
"""Ids in the order in which a new tweet's are minted."""


@pytest.fixture
def graph() -> Graph:
    people = {each: person(each, is_protected=each in (PROTECTED, FOLLOWED)) for each in range(1, 7)}
    people[FAMOUS] = person(FAMOUS, is_famous=True)
    return Graph(people, follows={(VIEWER, FOLLOWED)}, blocks={(BLOCKING, VIEWER), (VIEWER, BLOCKED)})


@pytest.fixture
def tweets(graph: Graph) -> Tweets:
    return Tweets(graph, {each.id: each for each in (MINE, *SEEN, *NOT_SEEN)})


@pytest.fixture
def service(graph: Graph, tweets: Tweets) -> TweetService:
    return TweetService(
        tweets.store, graph.store, AccessService(graph.store), graph.dispatcher, graph.snowflakes, graph.media
    )


def hinted(tweet_id: int, event_id: int = 1002) -> tuple[str, Event]:
    return "hinted", Event(event_id, TweetsLiked((tweet_id,)))


Action = Callable[[TweetService, int], Awaitable[object]]

ACTIONS: list[tuple[Action, str]] = [
    (lambda service, tweet_id: service.create(VIEWER, TweetDraft("Hi", in_reply_to_id=tweet_id)), "inReplyToId"),
    (lambda service, tweet_id: service.create(VIEWER, TweetDraft("Hi", quote_of_id=tweet_id)), "quoteOfId"),
    (lambda service, tweet_id: service.like(VIEWER, tweet_id), "tweetId"),
    (lambda service, tweet_id: service.retweet(VIEWER, tweet_id), "tweetId"),
    (lambda service, tweet_id: service.unlike(VIEWER, tweet_id), "tweetId"),
    (lambda service, tweet_id: service.unretweet(VIEWER, tweet_id), "tweetId"),
    (lambda service, tweet_id: service.delete(VIEWER, tweet_id), "id"),
]
NAMES = ["reply", "quote", "like", "retweet", "unlike", "unretweet", "delete"]


async def refusal(action: Awaitable[object]) -> UserError:
    with pytest.raises(Refused) as refused:
        await action
    (error,) = refused.value.errors
    return error


@pytest.mark.parametrize(("act", "field"), ACTIONS, ids=NAMES)
@pytest.mark.parametrize("tweet_id", [*(each.id for each in NOT_SEEN), MISSING])
async def test_what_is_not_to_be_seen_is_as_if_it_were_not_there(
    graph: Graph, tweets: Tweets, service: TweetService, act: Action, field: str, tweet_id: int
) -> None:
    before = dict(tweets.rows)
    error = await refusal(act(service, tweet_id))
    assert error == UserError("There is no such tweet.", UserErrorCode.NOT_FOUND, (field,))
    assert (graph.done, tweets.rows, tweets.likes) == ([], before, set())


@pytest.mark.parametrize(("act", "field"), ACTIONS, ids=NAMES)
@pytest.mark.parametrize("method", ["users", "boundaries", "following_among"])
async def test_nothing_is_acted_on_unchecked(
    graph: Graph, service: TweetService, act: Action, field: str, method: str
) -> None:
    graph.down = {method}
    with pytest.raises(Unavailable):
        await act(service, FOLLOWED_TWEET.id)
    assert graph.done == []


@pytest.mark.parametrize("seen", SEEN, ids=lambda each: str(each.id))
async def test_liking_what_is_seen(graph: Graph, service: TweetService, seen: Tweet) -> None:
    original_id = seen.retweet_of_id or seen.id
    assert await service.like(VIEWER, seen.id) == original_id
    assert graph.done == [("like", original_id, VIEWER, 1001), hinted(original_id)]


@pytest.mark.parametrize(
    ("count", "liked", "disliked"),
    [(0, True, False), (1, False, True), (2, True, False), (3, False, True), (4, False, False)],
)
@pytest.mark.parametrize("by_retweet", [False, True])
async def test_what_is_liked_twice_as_often_is_ranked_anew(
    graph: Graph, tweets: Tweets, service: TweetService, count: int, liked: bool, disliked: bool, by_retweet: bool
) -> None:
    """Whatever makes up its engagement, and not for a like that was there."""
    tweets.rows[OPEN_TWEET.id] = replace(OPEN_TWEET, like_count=count - count // 2, reply_count=count // 2)
    named = RETWEET.id if by_retweet else OPEN_TWEET.id
    for _ in range(2):
        await service.like(VIEWER, named)
    assert [step for step in graph.done if step[0] == "hinted"] == [hinted(OPEN_TWEET.id, 1002)] * liked
    graph.done.clear()
    for _ in range(2):
        await service.unlike(VIEWER, named)
    assert [step for step in graph.done if step[0] == "hinted"] == [hinted(OPEN_TWEET.id, 1003 + liked)] * disliked


@pytest.mark.parametrize("answered", [MINE, *SEEN], ids=lambda each: str(each.id))
async def test_answering_what_is_seen(graph: Graph, tweets: Tweets, service: TweetService, answered: Tweet) -> None:
    original = tweets.rows[answered.retweet_of_id or answered.id]
    assert await service.create(VIEWER, TweetDraft("Hi", in_reply_to_id=answered.id)) == TWEET
    event = Event(EVENT, TweetsPosted(((TWEET, VIEWER),)))
    made = NewTweet(TWEET, EVENT, VIEWER, "Hi", original.conversation_id, in_reply_to_id=original.id)
    assert graph.done == [("create", made, event), ("dispatched", event)]


@pytest.mark.parametrize("shared", [OPEN_TWEET, RETWEET, FOLLOWED_RETWEET], ids=lambda each: str(each.id))
async def test_passing_on_what_is_seen(graph: Graph, service: TweetService, shared: Tweet) -> None:
    original_id = shared.retweet_of_id or shared.id
    assert await service.retweet(VIEWER, shared.id) == (TWEET, original_id)
    assert await service.create(VIEWER, TweetDraft("Look", quote_of_id=shared.id)) == TWEET + 2
    events = [Event(EVENT + at, TweetsPosted(((TWEET + at, VIEWER),))) for at in (0, 2)]
    assert graph.done == [
        ("retweet", NewTweet(TWEET, EVENT, VIEWER, "", TWEET, retweet_of_id=original_id), events[0]),
        ("dispatched", events[0]),
        ("create", NewTweet(TWEET + 2, EVENT + 2, VIEWER, "Look", TWEET + 2, quote_of_id=original_id), events[1]),
        ("dispatched", events[1]),
    ]


@pytest.mark.parametrize("shared", [FOLLOWED_TWEET, RETWEET_OF_FOLLOWED], ids=lambda each: str(each.id))
@pytest.mark.parametrize(("act", "field"), [ACTIONS[1], ACTIONS[3]], ids=["quote", "retweet"])
async def test_followers_do_not_pass_on_what_is_protected(
    graph: Graph, service: TweetService, act: Action, field: str, shared: Tweet
) -> None:
    message = "Tweets of a protected account can't be retweeted or quoted by others."
    assert await refusal(act(service, shared.id)) == UserError(message, UserErrorCode.FORBIDDEN, (field,))
    assert graph.done == []


async def test_protected_people_pass_on_their_own(graph: Graph, service: TweetService) -> None:
    assert await service.retweet(FOLLOWED, FOLLOWED_TWEET.id) == (TWEET, FOLLOWED_TWEET.id)
    assert await service.create(FOLLOWED, TweetDraft("Look", quote_of_id=FOLLOWED_TWEET.id)) == TWEET + 2
    assert [step[0] for step in graph.done] == ["retweet", "dispatched", "create", "dispatched"]


async def test_a_reply_that_quotes(graph: Graph, service: TweetService) -> None:
    draft = TweetDraft("Both", in_reply_to_id=FOLLOWED_TWEET.id, quote_of_id=ANSWER.id)
    assert await service.create(VIEWER, draft) == TWEET
    made = NewTweet(TWEET, EVENT, VIEWER, "Both", FOLLOWED_TWEET.id, FOLLOWED_TWEET.id, quote_of_id=ANSWER.id)
    assert graph.done[0] == ("create", made, Event(EVENT, TweetsPosted(((TWEET, VIEWER),))))


async def test_famous_peoples_tweets_are_pulled(graph: Graph, service: TweetService) -> None:
    assert await service.create(FAMOUS, TweetDraft("Hi")) == TWEET
    assert await service.retweet(FAMOUS, MINE.id) == (TWEET + 2, MINE.id)
    events = [Event(EVENT + at, TweetsPosted(((TWEET + at, FAMOUS),), pulled=(TWEET + at,))) for at in (0, 2)]
    again = NewTweet(TWEET + 2, EVENT + 2, FAMOUS, "", TWEET + 2, retweet_of_id=MINE.id, pulled=True)
    assert graph.done == [
        ("create", NewTweet(TWEET, EVENT, FAMOUS, "Hi", TWEET, pulled=True), events[0]),
        ("dispatched", events[0]),
        ("retweet", again, events[1]),
        ("dispatched", events[1]),
    ]


@pytest.mark.parametrize("people", [{FAMOUS: person(FAMOUS, is_famous=True)}, {}], ids=["down", "missing"])
async def test_a_tweet_is_pushed_where_nobody_can_tell(
    graph: Graph, service: TweetService, people: dict[int, object]
) -> None:
    """A graph that is down does not keep anybody from posting."""
    if people:
        graph.down = {"users", "boundaries", "following_among"}
    else:
        del graph.people[FAMOUS]
    event = Event(EVENT, TweetsPosted(((TWEET, FAMOUS),)))
    assert await service.create(FAMOUS, TweetDraft("Hi")) == TWEET
    assert graph.done == [("create", NewTweet(TWEET, EVENT, FAMOUS, "Hi", TWEET), event), ("dispatched", event)]


async def test_one_acts_on_ones_own_with_the_graph_down(graph: Graph, service: TweetService) -> None:
    graph.down = {"users", "boundaries", "following_among"}
    assert await service.like(VIEWER, MINE.id) == MINE.id
    assert await service.create(VIEWER, TweetDraft("Hi", in_reply_to_id=MINE.id, quote_of_id=MINE.id)) == 1003
    assert await service.retweet(VIEWER, MINE.id) == (1005, MINE.id)
    await service.delete(VIEWER, MINE.id)
    assert [step[0] for step in graph.done] == [
        *("like", "hinted", "create", "dispatched", "retweet", "dispatched", "delete", "dispatched")
    ]


@pytest.mark.parametrize("liked", [*NOT_SEEN, OPEN_TWEET, MINE], ids=lambda each: str(each.id))
async def test_a_like_can_always_be_taken_back(
    graph: Graph, tweets: Tweets, service: TweetService, liked: Tweet
) -> None:
    original_id = liked.retweet_of_id or liked.id
    tweets.likes = {(original_id, VIEWER), (original_id, OPEN)}
    assert await service.unlike(VIEWER, liked.id) == original_id
    assert tweets.likes == {(original_id, OPEN)}
    assert graph.done == [("unlike", original_id, VIEWER)]
    assert graph.asked == []


@pytest.mark.parametrize("of", [*NOT_SEEN, OPEN_TWEET], ids=lambda each: str(each.id))
async def test_a_retweet_can_always_be_taken_back(
    graph: Graph, tweets: Tweets, service: TweetService, of: Tweet
) -> None:
    """By what it is of, and by itself."""
    original = tweets.rows[of.retweet_of_id or of.id]
    for named, mine in ((of.id, 31), (32, 32)):
        tweets.rows[mine] = retweet(mine, VIEWER, original)
        assert await service.unretweet(VIEWER, named) == (original.id, mine)
        assert mine not in tweets.rows
    events = [Event(1001 + at, TweetsDeleted(((31 + at, VIEWER),))) for at in (0, 1)]
    assert graph.done == [
        ("delete", 31, events[0]),
        ("dispatched", events[0]),
        ("delete", 32, events[1]),
        ("dispatched", events[1]),
    ]
    assert graph.asked == []


async def test_nothing_to_take_back(graph: Graph, service: TweetService) -> None:
    for seen in SEEN:
        original_id = seen.retweet_of_id or seen.id
        assert await service.unlike(VIEWER, seen.id) == original_id
        assert await service.unretweet(VIEWER, seen.id) == (original_id, None)
    assert graph.done == []


async def test_a_retweet_that_is_there_is_told_of_no_more(graph: Graph, tweets: Tweets, service: TweetService) -> None:
    tweets.rows[31] = retweet(31, VIEWER, OPEN_TWEET)
    assert await service.retweet(VIEWER, OPEN_TWEET.id) == (31, OPEN_TWEET.id)
    assert graph.done == []


async def test_only_the_author_deletes(graph: Graph, tweets: Tweets, service: TweetService) -> None:
    error = UserError("Only its author can delete a tweet.", UserErrorCode.FORBIDDEN, ("id",))
    assert await refusal(service.delete(VIEWER, FOLLOWED_TWEET.id)) == error
    assert graph.done == []
    tweets.rows[31] = retweet(31, VIEWER, HIDDEN[BLOCKING])
    for mine in (MINE.id, 31):
        await service.delete(VIEWER, mine)
    assert [step for step in graph.done if step[0] == "dispatched"] == [
        ("dispatched", Event(1001, TweetsDeleted(((MINE.id, VIEWER),)))),
        ("dispatched", Event(1002, TweetsDeleted(((31, VIEWER),)))),
    ]


async def test_a_key_gives_its_tweet_whatever_became_of_what_it_answers(
    graph: Graph, tweets: Tweets, service: TweetService
) -> None:
    draft = TweetDraft("Hi", in_reply_to_id=OPEN_TWEET.id, idempotency_key="key")
    made = await service.create(VIEWER, draft)
    tweets.rows[made] = replace(reply(made, VIEWER, OPEN_TWEET), text="Hi")
    graph.blocks.add((OPEN, VIEWER))
    graph.done.clear()
    assert await service.create(VIEWER, draft) == made
    assert graph.done == []


@pytest.mark.parametrize(
    ("act", "tweet_reads", "graph_reads"),
    [
        (ACTIONS[0][0], [[12]], [("users", 1), ("users", 2), ("boundaries", 1)]),
        (ACTIONS[1][0], [[12]], [("users", 1), ("users", 2), ("boundaries", 1)]),
        (ACTIONS[2][0], [[12]], [("users", 2), ("boundaries", 1)]),
        (ACTIONS[3][0], [[12]], [("users", 1), ("users", 2), ("boundaries", 1)]),
    ],
    ids=NAMES[:4],
)
async def test_how_little_is_read(
    graph: Graph,
    tweets: Tweets,
    service: TweetService,
    act: Action,
    tweet_reads: list[list[int]],
    graph_reads: list[tuple[object, ...]],
) -> None:
    await act(service, OPEN_TWEET.id)
    assert (tweets.asked, graph.asked) == (tweet_reads, graph_reads)
