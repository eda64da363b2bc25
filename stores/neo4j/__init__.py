"""What the adapters on Neo4j share: the connection, statements that are planned once, and what becomes Unavailable."""

from stores.neo4j.database import CONNECTIONS, Neo4jDatabase, ask, database_of, driver_of

__all__ = ["CONNECTIONS", "Neo4jDatabase", "ask", "database_of", "driver_of"]
