"""Which subscriptions ask for the same: by which variables their events differ, and for how long that is remembered."""

import gc
from typing import Any
from weakref import ref

import pytest
from graphql import OperationDefinitionNode, parse

from tests.unit.transport.kit import SCHEMA
from tests.unit.transport.listening import OPERATIONS, prepared
from transport.limits import Limits
from transport.operations import Operation, Operations
from transport.request import OperationRequest
from transport.sharing import Broadcasts, variables_of_events

QUERY = "subscription S($after: String, $n: Int!) { told(after: $after) { text(chars: $n) } }"


def operation(text: str) -> Operation:
    """The first of a document, which need not fit a schema."""
    document = parse(text)
    definition = document.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return Operation(document, definition, {})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("subscription { a }", set()),
        ("subscription ($x: X) { a(x: $x) }", set()),
        ("subscription ($x: X) { a(x: {y: [$x]}) { b } }", set()),
        ("subscription ($x: X) { alias: a(x: $x) { x } }", set()),
        ("subscription ($x: X) { a { b(x: $x) } }", {"x"}),
        ("subscription ($x: X) { a(x: $x) { b(x: $x) } }", {"x"}),
        ("subscription ($x: X, $y: Y) { a { b(x: [1, $x, [$y]]) } }", {"x", "y"}),
        ("subscription ($x: X, $y: Y) { a { b(x: {p: {q: $x}, r: [{s: $y}]}) } }", {"x", "y"}),
        ("subscription ($x: X) { a { b { c { d(x: $x) } } } }", {"x"}),
        ("subscription ($x: X) { a @include(if: $x) }", {"x"}),
        ("subscription ($x: X) { a(y: 1) @d(z: {p: [$x]}) }", {"x"}),
        ("subscription ($x: X, $y: Y) { a { b @skip(if: $x) @include(if: $y) } }", {"x", "y"}),
        ("subscription ($x: X, $y: Y) { ... { a(y: $y) { b(x: $x) } } }", {"x"}),
        ("subscription ($x: X, $y: Y) { ... on S @include(if: $x) { a(y: $y) } }", {"x"}),
        ("subscription ($x: X) { a { ... on T @skip(if: $x) { b } } }", {"x"}),
        ("subscription ($x: X) { a { ... { b(x: $x) } } }", {"x"}),
        ("subscription ($x: X) { ...F } fragment F on S { a(x: $x) }", set()),
        ("subscription ($x: X, $y: Y) { ...F } fragment F on S { a(x: $x) { b(y: $y) } }", {"y"}),
        ("subscription ($x: X) { ...F @include(if: $x) } fragment F on S { a }", {"x"}),
        ("subscription ($x: X) { a { ...F @include(if: $x) } } fragment F on T { b }", {"x"}),
        ("subscription ($x: X) { a { ...F } } fragment F on T { b(x: $x) }", {"x"}),
        ("subscription ($x: X) { a { ...F } } fragment F on T @d(x: $x) { b }", {"x"}),
        ("subscription ($x: X) { a { ...F } } fragment F on T { ...G } fragment G on T { b(x: $x) }", {"x"}),
        ("subscription ($x: X) { ...F } fragment F on S { ...G } fragment G on S { a(x: $x) }", set()),
        ("subscription ($x: X) { ...F a { ...F } } fragment F on S { a(x: $x) }", {"x"}),
        ("subscription ($x: X) { a { ...F } ...F } fragment F on S { a(x: $x) }", {"x"}),
        ("subscription ($x: X) { a } fragment F on S { a { b(x: $x) } }", set()),
        ("subscription ($x: X) { a } subscription T($x: X) { a { b(x: $x) } }", set()),
        ("subscription ($x: X) { a { ...F } } fragment F on T { b ...F c(x: $x) }", {"x"}),
    ],
)
def test_the_variables_that_events_are_executed_with(text: str, names: set[str]) -> None:
    assert variables_of_events(operation(text)) == names


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({"n": 1}, {"n": 1}, True),
        ({"n": 1}, {"n": 1, "after": "x"}, True),
        ({"n": 1, "after": "y"}, {"n": 1, "after": "x"}, True),
        ({"n": 1, "unknown": 1}, {"n": 1, "unknown": 2}, True),
        ({"n": 1}, {"n": 2}, False),
        ({"n": 1}, {"n": 1.0}, False),
        ({"n": 1}, {"n": True}, False),
        ({"n": 1}, {"n": "1"}, False),
        ({"n": None}, {}, False),
        ({"n": {"a": 1, "b": 2}}, {"n": {"b": 2, "a": 1}}, True),
        ({"n": [1, 2]}, {"n": [2, 1]}, False),
        ({"n": [[1], 2]}, {"n": [1, [2]]}, False),
    ],
)
def test_those_share_whose_events_are_executed_with_the_same(
    first: dict[str, Any], second: dict[str, Any], is_same: bool
) -> None:
    broadcasts = Broadcasts(OPERATIONS)
    one, other = broadcasts.of(prepared(QUERY, first)), broadcasts.of(prepared(QUERY, second))
    assert (one is other) == is_same


def test_two_variables_are_not_taken_for_each_other() -> None:
    query = "subscription ($n: Int!, $m: Int!) { told { a: text(chars: $n) b: text(chars: $m) } }"
    broadcasts = Broadcasts(OPERATIONS)
    one = broadcasts.of(prepared(query, {"n": 1, "m": 2}))
    assert broadcasts.of(prepared(query, {"m": 2, "n": 1})) is one
    assert broadcasts.of(prepared(query, {"n": 2, "m": 1})) is not one


def test_documents_and_operations_are_not_taken_for_each_other() -> None:
    two = "subscription A { told { number } } subscription B { told { number mine } }"
    operations = [
        prepared("subscription { told { number } }"),
        prepared("subscription { told { number mine } }"),
        prepared("subscription A { told { number } }"),
        prepared(two, name="A"),
        prepared(two, name="B"),
    ]
    broadcasts = Broadcasts(OPERATIONS)
    made = [broadcasts.of(each) for each in operations]
    assert len(set(made)) == 5
    assert [broadcasts.of(each) for each in operations] == made


def test_a_document_that_is_parsed_again_is_the_same() -> None:
    """As one is that left the cache of documents meanwhile."""
    operations = Operations(SCHEMA, Limits(cached_documents=1))
    broadcasts = Broadcasts(operations)

    def asked(text: str) -> Operation:
        return operations.prepare(OperationRequest(text, None, {}))

    first, other, again = (asked(f"subscription {{ told {{ {name} }} }}") for name in ("number", "mine", "number"))
    assert again.document is not first.document
    kept = broadcasts.of(first)
    assert broadcasts.of(other) is not kept
    assert broadcasts.of(again) is kept


def test_one_that_nobody_has_is_forgotten() -> None:
    broadcasts = Broadcasts(OPERATIONS)
    asked = prepared(QUERY, {"n": 1})
    kept, left = broadcasts.of(asked), ref(broadcasts.of(prepared(QUERY, {"n": 2})))
    gc.collect()
    assert left() is None
    assert broadcasts.of(asked) is kept
    assert list(broadcasts._broadcasts.values()) == [kept]
    del kept
    gc.collect()
    assert list(broadcasts._broadcasts.values()) == []
