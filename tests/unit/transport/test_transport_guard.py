"""Figures against a naive expansion, the limits to the edge, and documents made to be slow."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from time import process_time

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_introspection_query,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from transport.documents import Documents
from transport.errors import RequestError
from transport.guard import Cost, costs, outline, violations
from transport.limits import Limits

LIMITS = Limits()
SCHEMA = build_schema("type Query { a(x: Int): Query b: Query s: String l: [Query] }")


def cost_of(text: str) -> Cost:
    """The cost of the first definition."""
    definitions = parse(text).definitions
    return next(costs(outline(each) for each in definitions))[1]  # type: ignore[arg-type]


def refusals(text: str, limits: Limits = LIMITS) -> list[str]:
    return [error.message for error in violations(parse(text), limits)]


def chain(length: int, spreads: int, last: str = "s") -> str:
    """An operation and fragments that each spread the next `spreads` times."""
    fragments = (f"fragment f{i} on Query {{{f' ...f{i + 1}' * spreads} }}" for i in range(length))
    return "{ ...f0 }" + "".join(fragments) + f"fragment f{length} on Query {{ {last} }}"


Figures = tuple[int, int, int]


class Oracle:
    """Expands every spread in place, and counts what is there then."""

    def __init__(self, document: DocumentNode) -> None:
        self.document = document
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def expand(self, selections: SelectionSetNode, level: int, apart: bool) -> Iterator[tuple[Node, int, bool]]:
        for node in selections.selections:
            yield node, level + 1, apart
            if isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                yield fragment, level + 1, apart
                yield from self.expand(fragment.selection_set, level, apart)
            elif isinstance(node, InlineFragmentNode):
                yield from self.expand(node.selection_set, level, apart)
            elif isinstance(node, FieldNode) and node.selection_set:
                starts = node.name.value == "__schema"
                yield from self.expand(node.selection_set, 1 if starts else level + 1, apart or starts)

    def figures(self) -> tuple[Figures, Figures, int]:
        operation = self.document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        nodes = list(self.expand(operation.selection_set, 0, apart=False))
        fields: dict[bool, list[tuple[int, bool]]] = {False: [], True: []}
        for node, level, apart in nodes:
            if isinstance(node, FieldNode):
                starts = node.name.value == "__schema"
                fields[apart or starts].append((1 if starts else level, node.alias is not None))
        directives = sum(len(getattr(node, "directives", None) or ()) for node, _, _ in nodes)
        return self.tally(fields[False]), self.tally(fields[True]), directives

    @staticmethod
    def tally(fields: list[tuple[int, bool]]) -> Figures:
        return max((level for level, _ in fields), default=0), len(fields), [alias for _, alias in fields].count(True)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """An operation and up to five fragments, each of which spreads only later ones."""
    fragments = draw(st.integers(0, 5))

    def selections(after: int, depth: int) -> str:
        return "{" + " ".join(selection(after, depth) for _ in range(draw(st.integers(1, 3)))) + "}"

    def selection(after: int, depth: int) -> str:
        directive = draw(st.sampled_from(["", "", " @include(if: true)"]))
        kinds = ["leaf", "leaf"] + ["field", "inline"] * (depth > 0) + ["spread"] * (after < fragments)
        match draw(st.sampled_from(kinds)):
            case "spread":
                return f"...f{draw(st.integers(after, fragments - 1))}{directive}"
            case "inline":
                return f"...{directive}{selections(after, depth - 1)}"
            case "field":
                name = draw(st.sampled_from(["a", "b", "x: a", "__schema", "y: __schema"]))
                return f"{name}{directive}{selections(after, depth - 1)}"
            case _:
                return draw(st.sampled_from(["s", "z: s"])) + directive

    text = selections(0, 3)
    for index in range(fragments):
        text += f" fragment f{index} on Query {selections(index + 1, 2)}"
    return text


@given(documents())
def test_figures_are_those_of_the_naive_expansion(text: str) -> None:
    cost = cost_of(text)
    data, introspection = ((tally.depth, tally.fields, tally.aliases) for tally in (cost.data, cost.introspection))
    assert (data, introspection, cost.directives) == Oracle(parse(text)).figures()


@pytest.mark.parametrize(
    ("allowed", "refused", "message"),
    [
        (
            "{" + "a{" * 14 + "s" + "}" * 15,
            "query Q {" + "a{" * 15 + "s" + "}" * 16,
            "Too complex: 16 levels of fields in query 'Q', at most 15 are allowed.",
        ),
        (
            "{" + "s " * 400 + "}",
            "{" + "s " * 401 + "}",
            "Too complex: 401 field selections after fragments in the query, at most 400 are allowed.",
        ),
        (
            "{" + "x:s " * 100 + "}",
            "mutation {" + "x:s " * 101 + "}",
            "Too complex: 101 aliases after fragments in the mutation, at most 100 are allowed.",
        ),
        (
            "query($v: Int @d) @d { s" + " @d" * 48 + " }",
            "query($v: Int @d) @d { s" + " @d" * 49 + " }",
            "Too complex: 51 directives after fragments in the query, at most 50 are allowed.",
        ),
        (
            "{" + "...f " * 100 + "} fragment f on Query { s a { s b } }",
            "{" + "...f " * 101 + "} fragment f on Query { s a { s b } }",
            "Too complex: 404 field selections after fragments in the query, at most 400 are allowed.",
        ),
        (
            "".join(f"query q{i} {{" + "s " * 250 + "}" for i in range(4)),
            "".join(f"query q{i} {{" + "s " * 250 + "}" for i in range(4)) + "{ s }",
            "Too complex: 1001 field selections in the document, at most 1000 are allowed.",
        ),
        (
            "{ __schema {" + "ofType {" * 13 + "name" + "}" * 15,
            "{ __schema {" + "ofType {" * 14 + "name" + "}" * 16,
            "Too complex: 16 levels of introspection in the query, at most 15 are allowed.",
        ),
        (
            "{" + "__typename " * 400 + "__schema {" + "name " * 299 + "} }",
            "{ __schema {" + "name " * 300 + "} }",
            "Too complex: 301 introspection selections after fragments in the query, at most 300 are allowed.",
        ),
        (
            "{" + 't: __type(name: "Query") { name } ' * 10 + "}",
            "{" + 't: __type(name: "Query") { name } ' * 11 + "}",
            "Too complex: 11 introspection aliases after fragments in the query, at most 10 are allowed.",
        ),
    ],
)
def test_each_limit_to_the_edge(allowed: str, refused: str, message: str) -> None:
    assert refusals(allowed) == []
    assert refusals(refused) == [message]


def test_an_error_names_code_and_place() -> None:
    (error,) = violations(parse("{\n" + "a{" * 15 + "s" + "}" * 16), LIMITS)
    assert error.extensions == {"code": "QUERY_TOO_COMPLEX"}
    assert [(at.line, at.column) for at in error.locations or ()] == [(2, 31)]
    (error,) = violations(
        parse("{" + "a{" * 10 + " ...f" + "}" * 11 + "fragment f on Query {" + "a{" * 5 + "s" + "}" * 6), LIMITS
    )
    assert [(at.line, at.column) for at in error.locations or ()] == [(1, 23)]


def test_introspection_lists_are_not_to_be_nested() -> None:
    deep = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    with pytest.raises(RequestError) as refused:
        Documents(SCHEMA, LIMITS).get(deep)
    assert [error.message for error in refused.value.errors] == ["Maximum introspection depth exceeded"]


def test_the_standard_introspection_query_is_admitted() -> None:
    text = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    cost = cost_of(text)
    assert (cost.introspection.depth, cost.introspection.fields, cost.introspection.aliases) == (15, 230, 0)
    assert (cost.data.depth, cost.data.fields) == (0, 0)
    assert refusals(text) == []


def test_a_doubling_chain_of_30_is_refused_at_once() -> None:
    document = parse(chain(30, 2))
    best = min(_timed(document) for _ in range(3))
    assert best < 0.005
    assert refusals(chain(30, 2)) == [
        "Too complex: over 1000000 field selections after fragments in the query, at most 400 are allowed."
    ]


def _timed(document: DocumentNode) -> float:
    start = process_time()
    assert violations(document, LIMITS)
    return process_time() - start


@pytest.mark.parametrize(
    "text",
    [
        "{ ...f } fragment f on Query { ...f }",
        "{ ...f } fragment f on Query { a { ...g } } fragment g on Query { s ...f ...f }",
        chain(30, 2, last="...f0"),
        chain(30, 2, last="...f15 s"),
        "{ ...missing }",
    ],
)
def test_cycles_and_unknown_fragments_are_left_to_the_standard_rules(text: str) -> None:
    assert refusals(text) == [] or text.endswith("s }")
    with pytest.raises(RequestError) as refused:
        Documents(SCHEMA, LIMITS).get(text)
    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"


def test_long_chains_do_not_recurse() -> None:
    cost = cost_of(chain(1_400, 1))
    assert (cost.data.depth, cost.data.fields) == (1, 1)
    assert refusals(chain(900, 3))[0].startswith("Too complex: over 1000000 field selections")


ADVERSARIAL = {
    "one name": "{" + "s " * 9_990 + "}",
    "one name with a leaf": "{" + "a{s}" * 2_400 + "}",
    "one name in parts": "{" + "a{s}" * 200 + "}" + "".join(f"query q{i} {{" + "a{s}" * 150 + "}" for i in range(2)),
    "arguments": "{" + "a(x:1){s}" * 200 + "}" + "".join(f"query q{i} {{" + "a(x:1){s}" * 150 + "}" for i in range(2)),
    "unused fragments": "{ s }" + "".join(f"fragment f{i} on Query {{" + "a{s}" * 195 + "}" for i in range(5)),
    "many operations": "".join(f"query q{i} {{ ...f0 }}" for i in range(900)) + chain(150, 1)[9:],
    "many fragments": "{"
    + "".join(f"...f{i} " for i in range(390))
    + "}"
    + "".join(f"fragment f{i} on Query {{ s }}" for i in range(390)),
    "variables": "query(" + "".join(f"$v{i}: Int " for i in range(2_400)) + ") { s }",
    "a list": "{ a(x: [" + "1 " * 9_900 + "]) { s } }",
    "nested objects": "{ a(x: " + "{a: " * 190 + "1" + "}" * 190 + ") { s } }",
    "unknown directives": "{ s" + " @x" * 4_900 + "}",
    "unknown names": "{" + "".join(f"n{i} " for i in range(400)) + "}",
    "a long name": "{ " + "a" * 99_000 + " }",
    "a wide graph": "{ ...f0 }"
    + "".join(
        f"fragment f{i} on Query {{ s " + "".join(f"...f{j} " for j in range(i + 1, 80)) + "}" for i in range(80)
    ),
    "a knot": "{ ...f0 }"
    + "".join(f"fragment f{i} on Query {{" + "".join(f"...f{j} " for j in range(60)) + "}" for i in range(60)),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_the_worst_10_000_tokens_are_judged_soon(name: str) -> None:
    """In one of three tries: others at work on the machine lengthen the processor's time too, but not always."""
    assert any(_judged(ADVERSARIAL[name]) < 1.5 for _ in range(3))


def _judged(text: str) -> float:
    documents = Documents(SCHEMA, LIMITS)
    start = process_time()
    with suppress(RequestError):
        documents.get(text)
    return process_time() - start


def test_a_limit_is_reported_once_for_a_document() -> None:
    numbers = count()
    text = "".join(f"query q{next(numbers)} {{" + "a{" * 15 + "s" + "}" * 16 for _ in range(3))
    assert refusals(text) == ["Too complex: 16 levels of fields in query 'q0', at most 15 are allowed."]
    assert all(isinstance(error, GraphQLError) for error in violations(parse(text), LIMITS))
