"""The locks of the graph: people's nodes.

Whoever writes relationships between people, their counts or their class, locks their nodes first, by their ids, and
reads nothing before that is not fixed for ever: Neo4j reads what is committed at that moment, even within a statement.
So of one person's edges one transaction writes at a time, and no two that follow, part or block wait for each other in
a circle. A follow locks both ends, the followee as well, whose count it changes.

A change of class locks its readers alone. That it changes edges has the server lock whom they follow as well, when it
commits, in an order of its own: whoever waits in a circle with it is turned down, and done again.

Who sets a property has the lock, whether the value changes or not.
https://neo4j.com/docs/operations-manual/5/database-internals/locks-deadlocks/
"""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.activity import Fame
from events import Event
from stores.events.neo4j import logged
from stores.neo4j import Neo4jDatabase

# One by one, in the order of the list: a plan of all at once goes through them in any order.
LOCK = """
    UNWIND $given.people AS person_id
    MATCH (locked:Person {id: person_id})
    SET locked.locked = true
    WITH count(*) AS locked
"""


class GraphPart:
    """Base of the adapter's parts."""

    port = "graph"

    def __init__(self, database: Neo4jDatabase, fame: Fame) -> None:
        self._database = database
        self._fame = fame

    async def _read(self, statement: str, **parameters: object) -> Any:
        return await self._database.read(self.port, statement, **parameters)

    async def _write(self, statement: str, people: Iterable[int], **parameters: object) -> Any:
        """A statement that begins with LOCK."""
        return await self._database.write(self.port, statement, people=sorted(set(people)), **parameters)

    async def _write_event(
        self, statement: str, people: Iterable[int], event: Event, **parameters: object
    ) -> Sequence[int]:
        """The answer of a statement that `with_event` made with LOCK."""
        fame = {"famous": self._fame.followers, "stays": self._fame.stays}
        answer: Sequence[int] = await self._write(statement, people, **logged(event), **fame, **parameters)
        return answer
