"""Objects that can be found again by their id."""

import strawberry

import resolvers.nodes as resolve
from schema.fields import attribute, edge


@strawberry.interface(description="An object with a global id.")
class Node:
    global_id: strawberry.ID = attribute(
        "Opaque and global: node(id:) finds the object again, whatever its type.", name="id"
    )


@strawberry.type
class NodeQuery:
    node: Node | None = edge(resolve.node, "The object of that id; null where it is not found or not to be seen.")
    nodes: list[Node | None] = edge(
        resolve.nodes, "At most 100 ids; a null at the place of each id that is not found or not to be seen."
    )
