"""How fields and enums are declared."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import strawberry

INPUT: Final = strawberry.argument(name="input")


def attribute(description: str, **options: Any) -> Any:
    """A field that is an attribute of the record."""
    return strawberry.field(description=description, **options)


def edge(resolver: Callable[..., object], description: str) -> Any:
    """A field with a resolver. Its type is the annotation of the class; resolvers are annotated with records."""
    return strawberry.field(resolver=resolver, description=description)


def stream(resolver: Callable[..., object], description: str) -> Any:
    """A subscription's field."""
    return strawberry.subscription(resolver=resolver, description=description)


def describe_enum(enum: type[Enum], description: str, **values: str) -> None:
    """Makes an enum of domain/ one of the schema; `values` are the descriptions of its members."""
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
