"""What the adapters on Cassandra share: the cluster's address, statements in waves, and what becomes Unavailable."""

from stores.cassandra.address import Address
from stores.cassandra.asking import ask
from stores.cassandra.database import Among, Database, Query, Row, answering
from stores.cassandra.store import CassandraStore

__all__ = ["Address", "Among", "CassandraStore", "Database", "Query", "Row", "answering", "ask"]
