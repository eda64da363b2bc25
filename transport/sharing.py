"""Which subscriptions ask for the same."""

from collections.abc import Iterable, Iterator
from weakref import WeakValueDictionary

import orjson
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    SelectionSetNode,
    VariableNode,
)

from transport.broadcast import Broadcast
from transport.operations import Operation, Operations


class Broadcasts:
    """One broadcast for each document, operation and values of those variables that tell events apart, for as long as
    somebody has it. What only the stream itself is asked with, as where it begins, is not of these."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._broadcasts: WeakValueDictionary[tuple[object, ...], Broadcast] = WeakValueDictionary()

    def of(self, operation: Operation) -> Broadcast:
        names = variables_of_events(operation)
        values = {name: operation.variables[name] for name in sorted(names & operation.variables.keys())}
        name = operation.definition.name
        key = (operation.document, name.value if name else None, orjson.dumps(values, option=orjson.OPT_SORT_KEYS))
        broadcast = self._broadcasts.get(key)
        if broadcast is None:
            broadcast = self._broadcasts[key] = Broadcast(self._operations, operation)
        return broadcast


def variables_of_events(operation: Operation) -> set[str]:
    """Names of the variables that a subscription's events are executed with: all but the arguments of its own field."""
    return set(_Used(operation.document).below(operation.definition.selection_set, is_root=True))


class _Used:
    def __init__(self, document: DocumentNode) -> None:
        definitions = (each for each in document.definitions if isinstance(each, FragmentDefinitionNode))
        self._fragments = {each.name.value: each for each in definitions}
        self._visited: set[tuple[str, bool]] = set()

    def below(self, selections: SelectionSetNode | None, *, is_root: bool) -> Iterator[str]:
        """Each fragment is visited once."""
        for selection in selections.selections if selections else ():
            yield from _names(selection.directives)
            match selection:
                case FieldNode(arguments=arguments, selection_set=inner):
                    yield from () if is_root else _names(arguments)
                    yield from self.below(inner, is_root=False)
                case InlineFragmentNode(selection_set=inner):
                    yield from self.below(inner, is_root=is_root)
                case FragmentSpreadNode(name=name):
                    yield from self._in_fragment(name.value, is_root=is_root)

    def _in_fragment(self, name: str, *, is_root: bool) -> Iterator[str]:
        if (name, is_root) not in self._visited:
            self._visited.add((name, is_root))
            fragment = self._fragments[name]
            yield from _names(fragment.directives)
            yield from self.below(fragment.selection_set, is_root=is_root)


def _names(nodes: Iterable[Node | DirectiveNode] | None) -> Iterator[str]:
    """Of the variables anywhere in arguments or directives."""
    pending: list[object] = list(nodes or ())
    while pending:
        node = pending.pop()
        if isinstance(node, VariableNode):
            yield node.name.value
        elif isinstance(node, Node):
            pending += [getattr(node, key, None) for key in node.keys if key != "name"]
        elif isinstance(node, list | tuple):
            pending += node
