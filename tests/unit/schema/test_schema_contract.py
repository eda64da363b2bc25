"""The schema is a part of the public contract, and its export is up to date."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from commands import export_schema
from tests.unit.schema.contradictions import contradictions

CONTRACT = Path(__file__).resolve().parents[4] / "shared" / "schema.graphql"


@pytest.fixture(scope="module")
def exported() -> GraphQLSchema:
    return build_schema(export_schema.export())


def test_nothing_contradicts_the_contract(exported: GraphQLSchema) -> None:
    if not CONTRACT.is_file():
        assert "CI" not in os.environ, f"the contract is missing: {CONTRACT}"
        pytest.skip(f"the contract is not beside this checkout: {CONTRACT}")
    assert contradictions(exported, build_schema(CONTRACT.read_text(encoding="utf-8"))) == []


SMALL = """
    interface Node { id: ID! }
    type Query implements Node { id: ID! list(first: Int, kind: Kind! = A): [String!] found: Found other: Other }
    input In { a: Int b: Int = 1 }
    enum Kind { A B }
    type Other { in(it: In): Kind }
    type Third { a: Int }
    union Found = Other | Third
"""


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("Node", "Node", []),
        ("other: Other }", "}", []),
        ("= Other | Third", "= Third", []),
        (" B }", " }", []),
        ("b: Int = 1", "", []),
        ("[String!]", "[String!]!", ["Query: list: [String!]!, not list: [String!]"]),
        ("[String!]", "[String]", ["Query: list: [String], not list: [String!]"]),
        ("list(", "items(", ["Query.items: no such field"]),
        ("first: Int,", "", ["Query.list: other argument first"]),
        ("first: Int,", "first: Int, after: Int,", ["Query.list: other argument after"]),
        ("first: Int,", "first: Int = 20,", ["Query.list: first: Int = 20, not first: Int"]),
        ("first: Int,", "first: Int = null,", ["Query.list: first: Int = null, not first: Int"]),
        ("first: Int,", "first: Int!,", ["Query.list: first: Int!, not first: Int"]),
        ("kind: Kind! = A", "kind: Kind!", ["Query.list: kind: Kind!, not kind: Kind! = A"]),
        ("Query implements Node", "Query", ["Query: other interfaces"]),
        (" B }", " C }", ["Kind.C: no such value"]),
        ("b: Int = 1", "b: Int", ["In: b: Int, not b: Int = 1"]),
        ("b: Int = 1", "c: Int", ["In.c: no such field"]),
        ("= Other | Third", "= Other | Third | Query", ["Found: Query is no member"]),
        ("type Third", "interface Third", ["Third: no such GraphQLInterfaceType"]),
    ],
)
def test_contradictions_are_told(written: str, instead: str, told: list[str]) -> None:
    part = SMALL.replace(written, instead)
    assert contradictions(build_schema(part), build_schema(SMALL)) == told


def test_the_export_is_up_to_date() -> None:
    assert export_schema.PATH.read_text(encoding="utf-8") == export_schema.export()


def test_the_check_fails_for_a_stale_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.graphql"
    monkeypatch.setattr(export_schema, "PATH", path)
    monkeypatch.setattr("sys.argv", ["export_schema", "--check"])
    assert export_schema.main() == 1
    path.write_text(export_schema.export() + "\n", encoding="utf-8")
    assert export_schema.main() == 1
    told = "schema/schema.graphql is stale: run `python -m commands.export_schema`.\n"
    assert capsys.readouterr().err == told * 2
    monkeypatch.setattr("sys.argv", ["export_schema"])
    assert export_schema.main() == 0
    monkeypatch.setattr("sys.argv", ["export_schema", "--check"])
    assert export_schema.main() == 0


def undescribed(schema: GraphQLSchema) -> Iterator[str]:
    """Types, fields and enum values without a description."""
    for name, named in schema.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Boolean", "ID", "Float"}:
            continue
        if not named.description:
            yield name
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from (f"{name}.{field}" for field, value in named.fields.items() if not value.description)
        if isinstance(named, GraphQLEnumType):
            yield from (f"{name}.{member}" for member, value in named.values.items() if not value.description)


def test_everything_is_described(exported: GraphQLSchema) -> None:
    assert list(undescribed(exported)) == []
    assert list(undescribed(build_schema("type Query { a: E } enum E { B }"))) == ["Query", "Query.a", "E", "E.B"]
