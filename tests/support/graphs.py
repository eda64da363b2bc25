"""The one graph that a Neo4j has, as good as new."""

from stores.neo4j import Neo4jDatabase

# Edges by themselves: those of one node together may be more than a transaction may hold.
_STATEMENTS = (
    "MATCH ()-[edge]->() WITH edge LIMIT 5000 DELETE edge RETURN count(*)",
    "MATCH (node:Person|Event) WITH node LIMIT 5000 DELETE node RETURN count(*)",
)


async def empty(database: Neo4jDatabase) -> None:
    """Deletes all people and events, however many somebody has left there; the schema and its record stay."""
    for statement in _STATEMENTS:
        while await database.write("graph", statement):
            pass


async def empty_at(url: str) -> None:
    database = await Neo4jDatabase.open(url)
    try:
        await empty(database)
    finally:
        await database.close()
