"""Every bound that transport puts on a client."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one request, one document, one socket; all inclusive.

    The introspection figures are those of a `__schema` or `__type` field's subtree, counted apart from the data. The
    standard introspection query with every option has 15 levels, 230 field selections and no alias.
    """

    body_bytes: int = 1_000_000
    query_string_bytes: int = 16_384
    variables_depth: int = 50

    source_chars: int = 100_000
    tokens: int = 10_000
    comments: int = 1_000

    depth: int = 15
    fields: int = 400
    aliases: int = 100
    directives: int = 50
    written_fields: int = 1_000
    """Field selections in the text, of all its operations and fragments: validation compares them pair by pair."""

    introspection_depth: int = 15
    introspection_fields: int = 300
    introspection_aliases: int = 10

    cached_documents: int = 500
    cached_chars: int = 250_000
    """Of source text; the syntax tree takes up to about 300 bytes a character."""

    operations_per_socket: int = 50
    sockets_per_account: int = 50
    sockets_per_address: int = 500
    init_seconds: float = 10.0
