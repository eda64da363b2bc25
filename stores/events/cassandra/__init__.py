"""The event log in Cassandra: `writing` is what a fact's batch takes along, `reading` the port, `places` how far a
reader is, `tallies` what shows that something came late."""

from stores.events.cassandra.reading import CassandraEvents
from stores.events.cassandra.writing import STATEMENTS, logged

__all__ = ["STATEMENTS", "CassandraEvents", "logged"]
