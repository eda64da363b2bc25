"""What the cache of documents keeps, and what it never does twice."""

from dataclasses import replace

import pytest
import strawberry
from graphql import DocumentNode, build_schema, parse
from strawberry.extensions import SchemaExtension

from tests.unit.transport.kit import SCHEMA as STRAWBERRY_SCHEMA
from tests.unit.transport.kit import Query
from transport.documents import Documents
from transport.errors import RequestError
from transport.limits import Limits
from transport.operations import Operations

SCHEMA = build_schema("type Query { a: Int b: Int }")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []

    def recording(text: str, **options: int) -> DocumentNode:
        texts.append(text)
        return parse(text, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("transport.documents.parse", recording)
    return texts


def test_a_repeated_text_is_neither_parsed_nor_validated(parsed: list[str]) -> None:
    documents = Documents(SCHEMA, Limits())
    assert documents.get("{ a }") is documents.get("{ a }")
    assert parsed == ["{ a }"]


def test_the_least_recently_used_goes_first(parsed: list[str]) -> None:
    documents = Documents(SCHEMA, replace(Limits(), cached_documents=2))
    for text in ("{ a }", "{ b }", "{ a }", "{ a b }", "{ a }", "{ b }"):
        documents.get(text)
    assert parsed == ["{ a }", "{ b }", "{ a b }", "{ b }"]


def test_the_cache_is_bounded_by_characters(parsed: list[str]) -> None:
    documents = Documents(SCHEMA, replace(Limits(), cached_chars=12))
    for text in ("{ a }", "{ b }", "{ a }", "{ a b }", "{ a }", "{ b }", "{ a b a b a }", "{ b }"):
        documents.get(text)
    assert parsed == ["{ a }", "{ b }", "{ a b }", "{ b }", "{ a b a b a }", "{ b }"]


def test_refused_documents_are_not_kept(parsed: list[str]) -> None:
    documents = Documents(SCHEMA, Limits())
    for text in ("{", "{", "{ c }", "{ c }"):
        with pytest.raises(RequestError):
            documents.get(text)
    assert parsed == ["{", "{", "{ c }", "{ c }"]


def test_a_schema_whose_extensions_would_not_run_is_refused() -> None:
    Operations(STRAWBERRY_SCHEMA, Limits())
    with pytest.raises(ValueError, match="are not run"):
        Operations(strawberry.Schema(Query, extensions=[SchemaExtension]), Limits())
