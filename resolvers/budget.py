"""A bound on what nested lists multiply to. The guard before execution counts fields as they are written; how often
each is resolved shows only here."""

from dataclasses import dataclass, field

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from domain.errors import QueryTooComplex

MAX_OBJECTS = 10_000
"""How many objects the lists of one operation, or of one event of a subscription, may have together."""

MAX_FIELDS = 100_000
"""How many fields those objects may have together: half a second of execution for plain ones, a few at worst."""

Fragments = dict[str, FragmentDefinitionNode]


@dataclass(slots=True)
class Budget:
    """What was spent of it. `_below`: fields selected below a field node, by the node's id()."""

    objects: int = 0
    fields: int = 0
    _below: dict[int, int] = field(default_factory=dict)

    def charge(self, objects: int, nodes: list[FieldNode], fragments: Fragments) -> None:
        """Counts a list of so many objects, before it is read. Raises QueryTooComplex beyond either bound. `nodes`: the
        list's field in the document; no fragment may spread itself."""
        self.objects += objects
        self.fields += objects * sum(self._selected(node, fragments) for node in nodes)
        for found, allowed, what in ((self.objects, MAX_OBJECTS, "objects"), (self.fields, MAX_FIELDS, "fields")):
            if found > allowed:
                raise QueryTooComplex(
                    f"Too complex: lists of {found} {what} or more in all, at most {allowed} are allowed; "
                    "ask for smaller pages, fewer fields, or nest fewer pages."
                )

    def _selected(self, node: FieldNode, fragments: Fragments) -> int:
        count = self._below.get(id(node))
        if count is None:
            count = self._below[id(node)] = _fields(node.selection_set, fragments)
        return count


def _fields(selection_set: SelectionSetNode | None, fragments: Fragments) -> int:
    total = 0
    for node in selection_set.selections if selection_set else ():
        if isinstance(node, FragmentSpreadNode):
            total += _fields(fragments[node.name.value].selection_set, fragments)
        elif isinstance(node, FieldNode | InlineFragmentNode):
            total += isinstance(node, FieldNode) + _fields(node.selection_set, fragments)
    return total
