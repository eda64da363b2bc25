"""Queries and cursors as bodies of searches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from domain.matching import Phrase, Query, compile_query, read_query
from domain.matching.tokens import tokens
from domain.search import SearchCursor
from stores.search.texts import GAP
from stores.search.words import about, beginnings, handle_of, shown

Body = Mapping[str, Any]

WHOLE_HANDLE, BEGINNING, WORDS = 3, 2, 1
"""What people are found by; the followers decide among equals."""

CLASS = 1e12
"""A rank of people is class * CLASS + followers: exact, as long as nobody has a million million of them."""

_LARGEST_SCORE = 3e38


@dataclass(frozen=True, slots=True)
class Search:
    """The body of a search, the words to be marked in what it finds, and a hit's rank by what it was sorted by."""

    body: Body
    marks: frozenset[str]
    rank: Callable[[Sequence[float]], float]


def top_tweets(query: str, limit: int, after: SearchCursor | None) -> Search | None:
    """None where there is no word to look for, and so no hit. The match counts together with `standing`, what recency
    and engagement are worth. All that makes a rank lies in the tweet itself, nothing in the clock or in other tweets:
    so pages meet without gap or overlap while others are written."""
    words = compile_query(query)
    if not words.alternatives:
        return None
    ranked = {"query": _any(words, "words"), "field_value_factor": {"field": "standing"}, "boost_mode": "sum"}
    end = [max(-_LARGEST_SCORE, min(after.rank, _LARGEST_SCORE)), after.id] if after else None
    return _search({"function_score": ranked}, ["_score", "id"], limit, end, shown(query), itemgetter(0))


def latest_tweets(query: str, limit: int, after: SearchCursor | None) -> Search | None:
    """None where there is no word to look for."""
    words = compile_query(query)
    if not words.alternatives:
        return None
    filtered = {"constant_score": {"filter": _any(words, "words")}}
    return _search(filtered, ["id"], limit, [after.id] if after else None, shown(query), lambda _: 0.0)


def people(query: str, limit: int, after: SearchCursor | None) -> Search | None:
    """None where there is nothing to look for."""
    bio = about(query)
    ways = _begun(query)
    for words in (bio, read_query(query, _as_written)):
        if words.alternatives:
            ways.append(_class(WORDS, _any(words, "all")))
    if not ways:
        return None
    rank = max(0.0, min(after.rank, (WHOLE_HANDLE + 1) * CLASS)) if after else 0.0
    end = [rank // CLASS, int(rank % CLASS), after.id] if after else None
    return _search(
        {"dis_max": {"queries": ways}}, ["_score", "followers", "id"], limit, end, bio.wanted, _rank_of_person
    )


def _rank_of_person(sorted_by: Sequence[float]) -> float:
    worth, followers, _ = sorted_by
    return worth * CLASS + followers


def _search(
    query: Body,
    keys: Sequence[str],
    limit: int,
    end: Sequence[float] | None,
    marks: frozenset[str],
    rank: Callable[[Sequence[float]], float],
) -> Search:
    """`end` has the keys of the last hit before the page."""
    body: dict[str, Any] = {
        "query": query,
        "sort": [{key: "desc"} for key in keys],
        "size": limit,
        "_source": ["text", "words", "places"],
        "track_total_hits": False,
    }
    return Search(body | {"search_after": end} if end else body, marks, rank)


def _any(query: Query, field: str) -> Body:
    """Every alternative wants something: so what was removed from the index, and has no words, matches none."""
    alternatives = [
        {
            "bool": {
                "must": [_has(each, field) for each in either.wanted],
                "must_not": [_has(each, field) for each in either.unwanted],
            }
        }
        for either in query.alternatives
    ]
    return alternatives[0] if len(alternatives) == 1 else {"bool": {"should": alternatives}}


def _has(phrase: Phrase, field: str) -> Body:
    if len(phrase) == 1:
        return {"term": {field: phrase[0][1]}}
    words = [GAP] * (phrase[-1][0] + 1)
    for place, word in phrase:
        words[place] = word
    return {"match_phrase": {field: " ".join(words)}}


def _begun(query: str) -> list[Body]:
    """For people whose handle is or begins as the query, or whose names begin as its words."""
    ways: list[Body] = []
    handle, _ = handle_of(query)
    if handle:
        ways.append(_class(WHOLE_HANDLE, {"term": {"handle": handle}}))
        ways.append(_class(BEGINNING, {"prefix": {"handle": handle}}))
    words = [token for word in beginnings(query) for token, _ in tokens(word)]
    if words:
        ways.append(_class(BEGINNING, {"bool": {"must": [{"prefix": {"names": word}} for word in words]}}))
    return ways


def _class(worth: int, matching: Body) -> Body:
    return {"constant_score": {"filter": matching, "boost": worth}}


def _as_written(text: str) -> Phrase:
    return tuple((place, token) for place, (token, _) in enumerate(tokens(text)))
