"""Lists of relationships, by pages; and looking one up by both its ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.page import Link, Window
from domain.snowflake import MAX_ID
from stores.graph.neo4j.locks import GraphPart

_PAGES = """
    UNWIND $given.parents AS parent
    CALL (parent) {
        MATCH ()-[row:<type>]->() USING INDEX SEEK row:<type>(<parent>, id, <node>)
        WHERE row.<parent> = parent AND row.id > $given.low AND row.id <= $given.last AND row.<node> IS NOT NULL
        WITH row ORDER BY row.<parent> <order>, row.id <order>, row.<node> <order> LIMIT $given.limit
        RETURN collect([row.id, row.<node>]) AS page
    }
    RETURN collect([parent, page])
"""


@dataclass(frozen=True, slots=True)
class List:
    """Relationships of a type sorted by their id, of those whose property `parent` is somebody; `node` is the property
    of the other end. An index on (parent, id, node) has all that a page is made of, so that it costs its own length
    wherever it lies: sorted by all of the index, nothing is."""

    type: str
    parent: str
    node: str

    def statement(self, window: Window) -> str:
        names = {"type": self.type, "parent": self.parent, "node": self.node}
        statement = _PAGES.replace("<order>", "ASC" if window.ascending else "DESC")
        for name, value in names.items():
            statement = statement.replace(f"<{name}>", value)
        return statement


class Pages(GraphPart):
    async def _pages(self, rows: List, parent_ids: Iterable[int], window: Window) -> dict[int, Sequence[Link]]:
        """A page of each parent's list; for every id given."""
        parents = list(dict.fromkeys(parent_ids))
        low = 0 if window.low is None else window.low
        last = MAX_ID if window.high is None else window.high - 1
        pages = await self._read(rows.statement(window), parents=parents, low=low, last=last, limit=window.limit)
        return {parent: [Link(key, node_id) for key, node_id in page] for parent, page in pages}


def between(relationship: str, type_: str, source: str, target: str, first: str, second: str) -> str:
    """A pattern: the one relationship of a type whose ends have these ids, by the index that keeps it the one."""
    return f"""
        ()-[{relationship}:{type_}]->() USING INDEX SEEK {relationship}:{type_}({source}, {target})
        WHERE {relationship}.{source} = {first} AND {relationship}.{target} = {second}
    """
