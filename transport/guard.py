"""Bounds on what a document asks for, checked before any rule of GraphQL's own looks at it.

Selections are counted after fragments: a fragment spread ten times counts ten times. Each definition is walked once and
each fragment's figures are remembered, without recursion, so that the check is linear in the document's length whatever
its fragments multiply to. A fragment that spreads itself counts for nothing there; the standard rules report it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from domain.errors import QueryTooComplex
from transport.limits import Limits

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})
SHOWN_AT_MOST = 1_000_000  # Beyond it a figure has hundreds of digits and says no more.


@dataclass(slots=True)
class Tally:
    """Figures of a selection set. `deepest` is the field, or the spread that leads to it, at level `depth`."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    deepest: Node | None = None

    def count(self, node: FieldNode, level: int) -> None:
        self.fields += 1
        self.aliases += node.alias is not None
        self._reach(level, node)

    def add(self, other: "Tally", level: int, node: Node) -> None:
        """Counts what is spread by `node` below `level`."""
        self.fields += other.fields
        self.aliases += other.aliases
        if other.fields:
            self._reach(level + other.depth, node)

    def _reach(self, level: int, node: Node) -> None:
        if level > self.depth:
            self.depth, self.deepest = level, node


@dataclass(slots=True)
class Cost:
    """Figures of a definition: its data, what it asks of the schema itself, and the directives of both."""

    data: Tally = field(default_factory=Tally)
    introspection: Tally = field(default_factory=Tally)
    directives: int = 0

    def add(self, other: "Cost", spread: "Spread") -> None:
        into = self.introspection if spread.introspective else self.data
        into.add(other.data, spread.level, spread.node)
        self.introspection.add(other.introspection, 0, spread.node)
        self.directives += other.directives


@dataclass(frozen=True, slots=True)
class Spread:
    """A fragment spread, at `level` fields below its definition or below the introspection field around it."""

    node: FragmentSpreadNode
    level: int
    introspective: bool


@dataclass(slots=True)
class Outline:
    """One definition as written: its own cost, and the spreads that are still to be added."""

    definition: ExecutableDefinitionNode
    cost: Cost = field(default_factory=Cost)
    spreads: list[Spread] = field(default_factory=list)


def outline(definition: ExecutableDefinitionNode) -> Outline:
    """Walks a definition without following its spreads."""
    result = Outline(definition)
    cost = result.cost
    variables = definition.variable_definitions or ()
    cost.directives = len(definition.directives or ()) + sum(len(variable.directives or ()) for variable in variables)
    stack: list[tuple[SelectionSetNode, int, bool]] = [(definition.selection_set, 0, False)]
    while stack:
        selections, level, introspective = stack.pop()
        for node in selections.selections:
            cost.directives += len(node.directives or ())
            if isinstance(node, FragmentSpreadNode):
                result.spreads.append(Spread(node, level, introspective))
            elif isinstance(node, InlineFragmentNode):
                stack.append((node.selection_set, level, introspective))
            elif isinstance(node, FieldNode):
                starts = node.name.value in INTROSPECTION_FIELDS
                inside, below = introspective or starts, 1 if starts else level + 1
                (cost.introspection if inside else cost.data).count(node, below)
                if node.selection_set:
                    stack.append((node.selection_set, below, inside))
    return result


def costs(outlines: Iterable[Outline]) -> Iterator[tuple[Outline, Cost]]:
    """Each definition with its figures after fragments."""
    outlines = list(outlines)
    fragments = {o.definition.name.value: o for o in outlines if isinstance(o.definition, FragmentDefinitionNode)}
    known: dict[str, Cost] = {}
    for name in fragments:
        _settle(name, fragments, known)
    for each in outlines:
        yield each, _total(each, known)


def _settle(name: str, fragments: dict[str, Outline], known: dict[str, Cost]) -> None:
    """Puts the cost of a fragment, and of all that it spreads, into `known`: depth first, innermost first."""
    stack = [name]
    entered: set[str] = set()
    while stack:
        name = stack[-1]
        if name in known:
            stack.pop()
            continue
        entered.add(name)
        spread = {each.node.name.value for each in fragments[name].spreads}
        waiting = [each for each in spread if each in fragments and each not in known and each not in entered]
        if waiting:
            stack.extend(waiting)
        else:
            known[stack.pop()] = _total(fragments[name], known)


def _total(outlined: Outline, known: dict[str, Cost]) -> Cost:
    total = Cost(directives=outlined.cost.directives)
    total.data.add(outlined.cost.data, 0, outlined.definition)
    total.introspection.add(outlined.cost.introspection, 0, outlined.definition)
    total.data.deepest, total.introspection.deepest = outlined.cost.data.deepest, outlined.cost.introspection.deepest
    for spread in outlined.spreads:
        cost = known.get(spread.node.name.value)
        if cost is not None:
            total.add(cost, spread)
    return total


def violations(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """The limits that a document breaks: at most one error for each, with code QUERY_TOO_COMPLEX and the place."""
    outlines = [outline(each) for each in document.definitions if isinstance(each, ExecutableDefinitionNode)]
    written = sum(each.cost.data.fields + each.cost.introspection.fields for each in outlines)
    errors: dict[str, GraphQLError] = {}
    if written > limits.written_fields:
        errors["written"] = _error("field selections", written, limits.written_fields, "the document", document)
    for outlined, cost in costs(outlines):
        for what, found, allowed, node in _figures(cost, limits):
            if found > allowed and what not in errors:
                place = _describe(outlined.definition)
                errors[what] = _error(what, found, allowed, place, node or outlined.definition)
    return list(errors.values())


def _figures(cost: Cost, limits: Limits) -> Iterator[tuple[str, int, int, Node | None]]:
    data, introspection = cost.data, cost.introspection
    yield "levels of fields", data.depth, limits.depth, data.deepest
    yield "field selections after fragments", data.fields, limits.fields, None
    yield "aliases after fragments", data.aliases, limits.aliases, None
    yield "directives after fragments", cost.directives, limits.directives, None
    yield "levels of introspection", introspection.depth, limits.introspection_depth, introspection.deepest
    yield "introspection selections after fragments", introspection.fields, limits.introspection_fields, None
    yield "introspection aliases after fragments", introspection.aliases, limits.introspection_aliases, None


def _describe(definition: ExecutableDefinitionNode) -> str:
    kind = definition.operation.value if isinstance(definition, OperationDefinitionNode) else "fragment"
    return f"{kind} '{definition.name.value[:60]}'" if definition.name else f"the {kind}"


def _error(what: str, found: int, allowed: int, place: str, node: Node) -> GraphQLError:
    figure = f"over {SHOWN_AT_MOST}" if found > SHOWN_AT_MOST else str(found)
    message = f"Too complex: {figure} {what} in {place}, at most {allowed} are allowed."
    return GraphQLError(message, node, extensions={"code": QueryTooComplex.code})
