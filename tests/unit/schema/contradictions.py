"""Where a schema contradicts the contract that it is a part of."""

from collections.abc import Iterator, Mapping
from typing import cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)
from graphql.utilities.print_schema import print_input_value

Fields = Mapping[str, GraphQLField] | Mapping[str, GraphQLInputField]
Arguments = Mapping[str, GraphQLArgument]


def contradictions(part: GraphQLSchema, contract: GraphQLSchema) -> list[str]:
    """One line for each thing of `part` that the contract lacks or has otherwise. A field has all of its arguments;
    types, inputs, unions and enums may have less than in the contract."""
    return [
        line
        for name, found in sorted(part.type_map.items())
        if not name.startswith("__")
        for line in _of_type(found, contract.type_map.get(name))
    ]


def _of_type(found: GraphQLNamedType, wanted: GraphQLNamedType | None) -> Iterator[str]:
    if wanted is None or type(found) is not type(wanted):
        yield f"{found.name}: no such {type(found).__name__}"
    elif isinstance(found, GraphQLEnumType) and isinstance(wanted, GraphQLEnumType):
        yield from (f"{found}.{value}: no such value" for value in found.values if value not in wanted.values)
    elif isinstance(found, GraphQLUnionType) and isinstance(wanted, GraphQLUnionType):
        members = {member.name for member in wanted.types}
        yield from (f"{found}: {member} is no member" for member in found.types if member.name not in members)
    elif isinstance(found, GraphQLInputObjectType) and isinstance(wanted, GraphQLInputObjectType):
        yield from _of_fields(found.name, found.fields, wanted.fields)
    elif isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(wanted, GraphQLObjectType | GraphQLInterfaceType)
        if {each.name for each in found.interfaces} != {each.name for each in wanted.interfaces}:
            yield f"{found}: other interfaces"
        yield from _of_fields(found.name, found.fields, wanted.fields)


def _of_fields(owner: str, found: Fields, wanted: Fields) -> Iterator[str]:
    for name, field in found.items():
        other = wanted.get(name)
        if other is None:
            yield f"{owner}.{name}: no such field"
        elif _written(name, field) != _written(name, other):
            yield f"{owner}: {_written(name, field)}, not {_written(name, other)}"
        elif isinstance(field, GraphQLField) and isinstance(other, GraphQLField):
            yield from _of_arguments(f"{owner}.{name}", field.args, other.args)


def _of_arguments(owner: str, found: Arguments, wanted: Arguments) -> Iterator[str]:
    yield from (f"{owner}: other argument {name}" for name in sorted(found.keys() ^ wanted.keys()))
    for name in found.keys() & wanted.keys():
        if _written(name, found[name]) != _written(name, wanted[name]):
            yield f"{owner}: {_written(name, found[name])}, not {_written(name, wanted[name])}"


def _written(name: str, value: GraphQLField | GraphQLInputField | GraphQLArgument) -> str:
    """Name and type, and the default where there is one."""
    if isinstance(value, GraphQLField):
        return f"{name}: {value.type}"
    return print_input_value(name, cast("GraphQLArgument", value))  # It prints input fields as well.
