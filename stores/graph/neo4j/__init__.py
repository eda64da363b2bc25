"""The follow graph in Neo4j: `people`, `follows` and what is read of them (`edges`), `walls` between people, and
`classes` of readers and authors. `locks` and `counts` are what the writing ones share, `pages` what the lists do.

People are nodes; FOLLOWS, REQUESTS, BLOCKS and MUTES are relationships, which bear the ids of both ends. What is read
of them comes from indexes alone, named as hints: the planner would choose by how much there was of each when it was
asked first. https://neo4j.com/docs/cypher-manual/5/planning-and-tuning/query-tuning/using/
"""

from stores.graph.neo4j.classes import Classes
from stores.graph.neo4j.edges import Edges
from stores.graph.neo4j.follows import Follows
from stores.graph.neo4j.people import People
from stores.graph.neo4j.walls import Walls


class Neo4jGraph(People, Follows, Edges, Walls, Classes):
    """The whole port."""
