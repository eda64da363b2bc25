"""Optional arguments and input fields without `= null`."""

from collections.abc import Iterator

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)


def drop_null_defaults(schema: GraphQLSchema) -> None:
    """Null as a default says no more than that the type is nullable. Strawberry spells it out wherever a resolver's
    parameter or an input's attribute defaults to None, which resolvers need to get None for what was left out."""
    for value in _inputs(schema):
        if value.default_value is None:
            value.default_value = Undefined


def _inputs(schema: GraphQLSchema) -> Iterator[GraphQLArgument | GraphQLInputField]:
    for named in schema.type_map.values():
        if isinstance(named, GraphQLInputObjectType):
            yield from named.fields.values()
        elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for field in named.fields.values():
                yield from field.args.values()
