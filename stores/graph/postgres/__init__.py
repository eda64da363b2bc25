"""The follow graph in Postgres: `people`, `follows` and what is read of them (`edges`), `walls` between people, and
`classes` of readers and authors. `locks` and `counts` are what the writing ones share."""

from stores.graph.postgres.classes import Classes
from stores.graph.postgres.edges import Edges
from stores.graph.postgres.follows import Follows
from stores.graph.postgres.people import People
from stores.graph.postgres.walls import Walls


class PostgresGraph(People, Follows, Edges, Walls, Classes):
    """The whole port."""
