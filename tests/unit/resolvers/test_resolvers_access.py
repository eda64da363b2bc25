"""What is hidden from whom, wherever it is asked for, against an oracle that knows sets alone."""

from hypothesis import given

from domain.access import Boundaries
from domain.errors import Unavailable
from tests.unit.resolvers.networks import PEOPLE, Network, networks, quoted
from tests.unit.resolvers.records import make_tweet, make_user, tweet_id, user_id

STRANGER = 99
"""Somebody of whom the graph knows nothing, so that nothing is between them and anybody."""


@given(networks)
async def test_tweets_by_their_ids(network: Network) -> None:
    api = network.api()
    tweets = sorted(api.world.tweets)
    data = await api.data(f"{{ nodes(ids: [{quoted([tweet_id(each) for each in tweets])}]) {{ id }} }}")
    visible = network.visible()
    assert data["nodes"] == [{"id": tweet_id(each)} if each in visible else None for each in tweets]
    assert max(api.world.counts.values()) == 1


@given(networks)
async def test_what_tweets_refer_to(network: Network) -> None:
    """For each one's tweet a stranger's that answers, quotes and retweets it. Ids stay."""
    api = network.api()
    for person in PEOPLE:
        number = 100 * person
        api.world.tweets[1000 + number] = make_tweet(
            1000 + number, STRANGER, root=number, reply_to=number, quote_of=number, retweet_of=number
        )
    referring = quoted(tweet_id(1000 + 100 * person) for person in PEOPLE)
    fields = "inReplyToId inReplyTo { id } quoteOfId quoteOf { id } retweetOf { id } conversationRoot { id }"
    data = await api.data(f"{{ nodes(ids: [{referring}]) {{ ... on Tweet {{ {fields} }} }} }}")
    for person, node in zip(PEOPLE, data["nodes"], strict=True):
        target = tweet_id(100 * person)
        shown = {"id": target} if network.sees(person) else None
        names = "inReplyTo", "quoteOf", "retweetOf", "conversationRoot"
        assert node == dict.fromkeys(names, shown) | {"inReplyToId": target, "quoteOfId": target}


@given(networks)
async def test_lists_of_a_tweet(network: Network) -> None:
    api = network.api()
    tweets = sorted(api.world.tweets)
    api.world.tweets[1000] = make_tweet(1000, STRANGER)
    api.world.lists |= {(name, 1000): [1000 + each for each in tweets] for name in ("replies", "quotes", "ancestors")}
    api.world.lists |= {(name, 1000): [1000 + each for each in PEOPLE] for name in ("liked_by", "retweeted_by")}
    page = "{ nodes { id } }"
    query = f"""replies(first: 50) {page} quotes(first: 50) {page} ancestors(last: 50) {page}
                likedBy {page} retweetedBy {page}"""
    found = (await api.data(f'{{ tweet(id: "{tweet_id(1000)}") {{ {query} }} }}'))["tweet"]
    visible = network.visible()
    rising = [{"id": tweet_id(each)} for each in tweets if each in visible]
    people = [{"id": user_id(person)} for person in reversed(PEOPLE) if network.sees(person)]
    assert found == {
        "ancestors": {"nodes": rising},
        "replies": {"nodes": rising[::-1]},
        "quotes": {"nodes": rising[::-1]},
        "likedBy": {"nodes": people},
        "retweetedBy": {"nodes": people},
    }


@given(networks)
async def test_lists_of_what_people_do(network: Network) -> None:
    api = network.api()
    api.world.tweets[1000] = make_tweet(1000, STRANGER)
    for person in PEOPLE:
        api.world.lists |= {(name, person): [1000 + 1000] for name in ("posts", "posts_and_replies", "likes")}
        api.world.lists |= {(name, person): [1000 + each for each in PEOPLE] for name in ("followers", "following")}
    people = quoted(user_id(person) for person in PEOPLE)
    data = await api.data(f"""{{ nodes(ids: [{people}]) {{ id ... on User {{
        tweets {{ nodes {{ id }} }} all: tweets(includeReplies: true) {{ nodes {{ id }} }} likes {{ nodes {{ id }} }}
        followers {{ nodes {{ id }} }} following {{ nodes {{ id }} }} }} }} }}""")
    tweets, follows = [{"id": tweet_id(1000)}], [{"id": user_id(person)} for person in reversed(PEOPLE)]
    for person, node in zip(PEOPLE, data["nodes"], strict=True):
        lists = dict.fromkeys(("tweets", "all", "likes"), tweets) | dict.fromkeys(("followers", "following"), follows)
        shown = {name: {"nodes": nodes if network.sees(person) else []} for name, nodes in lists.items()}
        assert node == {"id": user_id(person)} | shown
    assert api.world.counts["graph.following_among"] <= 1
    assert api.world.counts["graph.boundaries"] == (1 if network.viewer else 0)


async def test_profiles_are_for_everybody() -> None:
    api = Network(1, {2}, {(1, 3), (4, 1)}, set(), set()).api()
    people = quoted(user_id(person) for person in PEOPLE)
    data = await api.data(f"{{ nodes(ids: [{people}]) {{ ... on User {{ handle displayName tweetsCount }} }} }}")
    assert data["nodes"] == [
        {"handle": f"User{person}", "displayName": f"Name {person}", "tweetsCount": 1} for person in PEOPLE
    ]


async def test_a_mute_hides_nothing() -> None:
    api = Network(1, set(), set(), set(), set()).api()
    api.world.boundaries[1] = Boundaries(mutes=frozenset({2}))
    data = await api.data(f'{{ node(id: "{tweet_id(200)}") {{ id }} }}')
    assert data == {"node": {"id": tweet_id(200)}}


async def test_nothing_is_shown_unchecked() -> None:
    """With the graph down there is no tweet, also where the store of tweets has it."""
    api = Network(1, set(), set(), set(), set()).api()
    api.world.down = {"graph"}
    data, errors = await api.run(
        f'{{ a: tweet(id: "{tweet_id(100)}") {{ id }} b: node(id: "{tweet_id(200)}") {{ id }} }}'
    )
    assert data == {"a": None, "b": None}
    assert [(type(cause), str(cause)) for _, cause in errors] == [
        (Unavailable, "The graph store does not answer now; try again.")
    ] * 2


async def test_marks_of_what_tweets_refer_to_come_with_its_authors() -> None:
    api = Network(1, set(), set(), set(), set()).api()
    api.fake.timeline = [make_tweet(1000 + number, 1, quote_of=100 * number) for number in (2, 3)]
    api.fake.people = {1: make_user(1)}
    await api.data("{ timeline { nodes { viewerLikes quoteOf { viewerLikes author { handle } } } } }")
    waves = api.world.calls[:2], api.world.calls[2:]
    assert [sorted(wave) for wave in waves] == [
        [("tweets.tweets", 2), ("tweets.viewer_marks", 2)],
        [("graph.users", 2), ("tweets.viewer_marks", 2)],
    ]


async def test_marks_are_not_read_where_nobody_asks_for_them() -> None:
    api = Network(1, set(), set(), set(), set()).api()
    api.fake.timeline = [make_tweet(1002, 1, quote_of=200)]
    await api.data("{ timeline { nodes { text quoteOf { text author { handle } } } } }")
    assert "tweets.viewer_marks" not in api.world.counts
