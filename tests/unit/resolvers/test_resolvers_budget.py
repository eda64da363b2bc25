"""Nested lists multiply; an operation's have 10,000 objects and 100,000 fields in all."""

from contextlib import nullcontext

import pytest
from graphql import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, parse

from domain.errors import BadUserInput, QueryTooComplex
from domain.live import TweetAdded
from resolvers.budget import Budget
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.records import make_session, make_tweet, make_user, tweet_id, user_id


def crowd(size: int) -> Api:
    """Everybody follows everybody."""
    api = Api()
    api.world.users = {number: make_user(number) for number in range(1, size + 1)}
    for number in api.world.users:
        api.world.lists["following", number] = [1000 + other for other in api.world.users]
    return api


def of_the_first(fields: str) -> str:
    """A query for fields of the first one in the crowd."""
    return f'{{ node(id: "{user_id(1)}") {{ ... on User {{ {fields} }} }} }}'


async def test_a_budget_that_is_just_used_up() -> None:
    api = crowd(100)
    data = await api.data(of_the_first("following(first: 100) { nodes { following(first: 99) { nodes { id } } } }"))
    pages = [person["following"]["nodes"] for person in data["node"]["following"]["nodes"]]
    assert [len(page) for page in pages] == [99] * 100


async def test_what_is_beyond_the_budget_is_refused_with_the_figure_and_not_read() -> None:
    api = crowd(100)
    nested = "following(first: 100) { nodes { following(first: 100) { nodes { id } } } }"
    data, errors = await api.run(of_the_first(nested))
    assert [path for path, _ in errors] == [["node", "following", "nodes", 99, "following"]]
    cause = errors[0][1]
    assert isinstance(cause, QueryTooComplex)
    assert str(cause) == (
        "Too complex: lists of 10100 objects or more in all, at most 10000 are allowed; "
        "ask for smaller pages, fewer fields, or nest fewer pages."
    )
    read = [("graph.users", 1), ("graph.following", 1), ("graph.users", 99), ("graph.following", 99)]
    assert api.world.calls == read
    assert data["node"]["following"]["nodes"][99] == {"following": None}


async def test_deep_nesting_reads_little() -> None:
    api = crowd(100)
    nested = "id"
    for _ in range(6):
        nested = f"following(first: 100) {{ nodes {{ {nested} }} }}"
    _, errors = await api.run(of_the_first(nested))
    assert {type(cause) for _, cause in errors} == {QueryTooComplex}
    assert sum(keys for _, keys in api.world.calls) < 1000


@pytest.mark.parametrize(
    "selected",
    [
        "{ list { %s } }",
        "{ list { ... { %s } } }",
        "{ list { ... on A { ... on B { %s } } } }",
        "{ list { ...f } } fragment f on A { ...g } fragment g on A { %s }",
        "{ list { x { %s } } list: list { ...f } } fragment f on A { y }",
    ],
)
def test_a_list_costs_the_fields_below_it(selected: str) -> None:
    extra = 2 if "list: list" in selected else 0
    for below, refused in ((1000 - extra, False), (1001 - extra, True)):
        document = parse(selected % " ".join(f"a{n}: b" for n in range(below)))
        operation, *fragments = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        nodes = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
        named = {each.name.value: each for each in fragments if isinstance(each, FragmentDefinitionNode)}
        budget = Budget()
        with pytest.raises(QueryTooComplex, match=" 100100 fields ") if refused else nullcontext():
            for _ in range(100):
                budget.charge(1, nodes, named)
        assert (budget.objects, budget.fields) == (100, 100 * (below + extra))


async def test_fields_are_bounded_as_objects_are() -> None:
    api = crowd(100)
    names = " ".join(f"a{n}: handle" for n in range(100))
    data, errors = await api.run(
        of_the_first(f"following(first: 100) {{ nodes {{ following(first: 20) {{ nodes {{ {names} }} }} }} }}")
    )
    assert {type(cause) for _, cause in errors} == {QueryTooComplex}
    assert " 101200 fields " in str(errors[0][1])
    pages = [person["following"] for person in data["node"]["following"]["nodes"]]
    assert [page is None for page in pages] == [False] * 44 + [True] * 56


async def test_entities_count_too() -> None:
    api = Api()
    api.world.tweets = {7: make_tweet(7, 1, "@user1 #tag http://example.com " * 30)}
    found = " ".join(f"a{n}: entities {{ __typename }}" for n in range(111))
    assert await api.data(f'{{ tweet(id: "{tweet_id(7)}") {{ {found} }} }}')
    _, errors = await api.run(f'{{ tweet(id: "{tweet_id(7)}") {{ {found} b: entities {{ __typename }} }} }}')
    assert [str(path) for path, _ in errors] == ["['tweet', 'b']"]


async def test_ids_count_too_and_are_at_most_100() -> None:
    api = crowd(1)
    ids = ", ".join(f'"{user_id(1)}"' for _ in range(100))
    data = await api.data(f"{{ nodes(ids: [{ids}]) {{ id }} }}")
    assert data == {"nodes": [{"id": user_id(1)}] * 100}
    assert api.world.calls == [("graph.users", 1)]
    data, errors = await api.run(f'{{ nodes(ids: [{ids}, "x"]) {{ id }} }}')
    assert data is None
    assert [(type(cause), str(cause)) for _, cause in errors] == [
        (BadUserInput, "ids: at most 100 at a time, not 101.")
    ]


async def test_aliases_share_one_budget() -> None:
    api = crowd(1)
    pages = " ".join(f"a{n}: following(first: 100) {{ nodes {{ id }} }}" for n in range(101))
    _, errors = await api.run(f'{{ user(handle: "user1") {{ {pages} }} }}')
    assert [path for path, _ in errors] == [["user", "a100"]]


async def test_mutations_share_one_budget() -> None:
    api = crowd(2)
    api.viewer = make_session(1)
    inner = "user { following(first: 100) { nodes { following(first: 49) { nodes { id } } } } }"
    api.world.lists["following", 2] = [1000 + 1] * 100
    writes = " ".join(f'a{n}: follow(userId: "{user_id(2)}") {{ {inner} }}' for n in range(3))
    _, errors = await api.run(f"mutation {{ {writes} }}")
    assert {path[0] for path, _ in errors} == {"a2"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("first: 101", "first: must lie between 0 and 100, not 101."),
        ("first: -1", "first: must lie between 0 and 100, not -1."),
        ("last: 101", "last: must lie between 0 and 100, not 101."),
    ],
)
async def test_pages_out_of_range(arguments: str, message: str) -> None:
    api = Api(viewer=make_session(1))
    data, errors = await api.run(f"{{ timeline({arguments}) {{ nodes {{ id }} }} }}")
    assert data == {"timeline": None}
    assert [(type(cause), str(cause)) for _, cause in errors] == [(BadUserInput, message)]
    assert api.fake.acts == []


async def test_each_event_has_a_budget_and_loaders_of_its_own() -> None:
    api = crowd(100)
    api.viewer = make_session(1)
    api.world.tweets = {7: make_tweet(7)}
    api.fake.events = [TweetAdded(f"c{n}", make_tweet(7)) for n in range(3)]
    pages = "following(first: 100) { nodes { following(first: 99) { pageInfo { hasNextPage } } } }"
    query = f"subscription {{ timelineUpdates {{ ... on TimelineTweetAdded {{ tweet {{ author {{ {pages} }} }} }} }} }}"
    results = await api.events(query)
    assert [result.errors for result in results] == [None, None, None]
    assert api.world.counts["graph.following"] == 6
