"""What a viewer may see of tweets, against a plain reading of the rules; and how little is asked for it."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.tweets import Tweet
from services.access import AccessService
from tests.unit.services.people import Edge, Graph, person

PEOPLE = range(1, 6)
EDGES = st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)).filter(lambda edge: edge[0] != edge[1]))


def tweet(tweet_id: int, author_id: int, retweet_of_author_id: int | None = None) -> Tweet:
    original_id = None if retweet_of_author_id is None else 1000 + tweet_id
    numbers = (tweet_id, tweet_id, author_id, "", tweet_id, None, original_id, retweet_of_author_id, None)
    return Tweet(*numbers, pulled=False, like_count=0, retweet_count=0, reply_count=0, quote_count=0)


@dataclass
class World:
    graph: Graph
    tweets: list[Tweet]
    viewer: int | None

    def may_see(self, author_id: int) -> bool:
        """The rules as a reader would say them."""
        if author_id == self.viewer:
            return True
        pair = {(self.viewer, author_id), (author_id, self.viewer)}
        if self.viewer is not None and pair & self.graph.blocks:
            return False
        author = self.graph.people.get(author_id)
        return author is None or not author.is_protected or (self.viewer, author_id) in self.graph.follows


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Anybody may be missing in the graph, where nothing protects them."""
    known = draw(st.dictionaries(st.sampled_from(PEOPLE), st.booleans()))
    graph = Graph({each: person(each, is_protected=protected) for each, protected in known.items()})
    graph.follows, graph.blocks, graph.mutes = draw(EDGES), draw(EDGES), draw(EDGES)
    authors = draw(st.lists(st.tuples(st.sampled_from(PEOPLE), st.none() | st.sampled_from(PEOPLE)), max_size=8))
    tweets = [tweet(number, *pair) for number, pair in enumerate(authors, 1)]
    return World(graph, tweets, draw(st.none() | st.sampled_from(PEOPLE)))


@given(worlds())
async def test_visible_is_what_author_and_original_author_allow(world: World) -> None:
    seen = await AccessService(world.graph.store).visible(world.viewer, world.tweets)
    assert seen == [each for each in world.tweets if all(world.may_see(author_id) for author_id in each.author_ids)]


@given(worlds())
async def test_each_thing_is_asked_for_once(world: World) -> None:
    await AccessService(world.graph.store).visible(world.viewer, world.tweets)
    methods = [asked[0] for asked in world.graph.asked]
    assert methods in (
        [],
        ["users"],
        ["users", "boundaries"],
        ["users", "boundaries", "following_among"],
    )


@pytest.mark.parametrize(
    ("viewer", "authors", "asked"),
    [
        (1, [], []),
        (1, [1], []),
        (1, [1, 2, 2], [("users", 2), ("boundaries", 1)]),
        (None, [1, 3], [("users", 1, 3)]),
        (1, [2, 3, 4, 5], [("users", 2, 3, 4, 5), ("boundaries", 1), ("following_among", (1, 3))]),
        (3, [3], []),
    ],
)
async def test_follows_are_asked_for_where_they_decide(
    viewer: int | None, authors: list[int], asked: list[tuple[object, ...]]
) -> None:
    """3, 4 and 5 are protected; 4 blocks the viewer, 5 is blocked."""
    graph = Graph({each: person(each, is_protected=each > 2) for each in PEOPLE}, blocks={(4, 1), (1, 5)})
    await AccessService(graph.store).visible(viewer, [tweet(number, each) for number, each in enumerate(authors, 1)])
    assert graph.asked == asked


async def test_a_mute_hides_nothing() -> None:
    mutes: set[Edge] = {(1, 2), (2, 1)}
    graph = Graph({1: person(1), 2: person(2)}, mutes=mutes)
    assert await AccessService(graph.store).visible(1, [tweet(7, 2)]) == [tweet(7, 2)]


@pytest.mark.parametrize("method", ["users", "boundaries", "following_among"])
async def test_nothing_is_shown_unchecked(method: str) -> None:
    graph = Graph({2: person(2, is_protected=True)}, follows={(1, 2)}, down={method})
    with pytest.raises(Unavailable):
        await AccessService(graph.store).visible(1, [tweet(7, 2)])
