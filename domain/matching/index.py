"""Many queries at once: which of them does a text match?"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domain.matching.query import Alternative, Query
from domain.matching.words import words_of

Handle = TypeVar("Handle", bound=Hashable)


@dataclass(eq=False, slots=True)
class _Entry(Generic[Handle]):
    """A query and those who ask it."""

    query: Query
    handles: set[Handle] = field(default_factory=set)


class QuerySet(Generic[Handle]):
    """Queries under handles, which may be anything. For a text only those are evaluated that have one of its words.

    Each alternative of a query is filed under one word that it needs. Equal queries are evaluated once.
    """

    def __init__(self) -> None:
        self._queries: dict[Handle, Query] = {}
        self._entries: dict[Query, _Entry[Handle]] = {}
        self._by_word: dict[str, set[_Entry[Handle]]] = {}

    def __len__(self) -> int:
        """How many handles there are."""
        return len(self._queries)

    def add(self, handle: Handle, query: Query) -> None:
        """Raises ValueError if the handle is there already."""
        if handle in self._queries:
            raise ValueError(f"there already: {handle!r}")
        self._queries[handle] = query
        entry = self._entries.get(query)
        if entry is None:
            entry = self._entries[query] = _Entry(query)
            for word in _keys(query):
                self._by_word.setdefault(word, set()).add(entry)
        entry.handles.add(handle)

    def remove(self, handle: Handle) -> None:
        """Raises KeyError if the handle isn't there."""
        query = self._queries.pop(handle)
        entry = self._entries[query]
        entry.handles.remove(handle)
        if not entry.handles:
            del self._entries[query]
            self._unfile(entry)

    def matching(self, text: str) -> set[Handle]:
        """The handles of the queries that the text matches."""
        words = words_of(text)
        candidates: set[_Entry[Handle]] = set()
        for word in words.places.keys() & self._by_word.keys():
            candidates |= self._by_word[word]
        return {handle for entry in candidates if entry.query.matches(words) for handle in entry.handles}

    def _unfile(self, entry: _Entry[Handle]) -> None:
        for word in set(_keys(entry.query)):
            filed = self._by_word[word]
            filed.remove(entry)
            if not filed:
                del self._by_word[word]


def _keys(query: Query) -> Iterator[str]:
    return map(_key, query.alternatives)


def _key(alternative: Alternative) -> str:
    """The longest word: longer ones are rarer, and stop words, which a phrase may have, are short."""
    return max((word for phrase in alternative.wanted for _, word in phrase), key=lambda word: (len(word), word))
