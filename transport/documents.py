"""Parsed and validated documents, remembered by their text."""

from collections import OrderedDict

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from transport.errors import MAX_ERRORS, PARSE_FAILED, VALIDATION_FAILED, RequestError
from transport.guard import violations
from transport.limits import Limits

# Strawberry's rule for @oneOf fails with a KeyError on undefined variables; its input types check themselves as well.
RULES = (*specified_rules, MaybeNullValidationRule)


class Documents:
    """An LRU cache of valid documents: a repeated text costs neither parsing nor validation.

    Bounded by count and by characters of text. RequestError documents are not kept.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()
        self._chars = 0

    def get(self, text: str) -> DocumentNode:
        """The document of a text. Raises RequestError."""
        document = self._documents.get(text)
        if document is None:
            document = self._load(text)
            self._keep(text, document)
        else:
            self._documents.move_to_end(text)
        return document

    def _load(self, text: str) -> DocumentNode:
        document = self._parse(text)
        errors = violations(document, self._limits) or validate(self._schema, document, RULES, MAX_ERRORS)
        if errors:
            raise RequestError(VALIDATION_FAILED, errors)
        return document

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        try:
            return parse(
                text,
                max_source_length=limits.source_chars,
                max_lexical_tokens=limits.tokens,
                max_comments=limits.comments,
            )
        except GraphQLError as error:
            raise RequestError(PARSE_FAILED, [error]) from error

    def _keep(self, text: str, document: DocumentNode) -> None:
        self._documents[text] = document
        self._chars += len(text)
        while len(self._documents) > self._limits.cached_documents or self._chars > self._limits.cached_chars:
            oldest, _ = self._documents.popitem(last=False)
            self._chars -= len(oldest)
