"""Selecting and executing one operation of a document.

This calls graphql-core's executor rather than `Schema.execute`, which knows a query only by its text, hides whether a
failure came before execution or in it, and wraps each call in hooks that nothing here uses.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, TypeVar, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute_subscription_event,
    get_operation_ast,
)
from graphql.execution import Executor
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from domain.errors import BadUserInput
from domain.live import Stream
from transport.documents import Documents
from transport.errors import RequestError
from transport.limits import Limits
from transport.request import OperationRequest

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid operation and the variables it was sent with, not coerced yet."""

    document: DocumentNode
    definition: OperationDefinitionNode
    variables: dict[str, object]

    @property
    def type(self) -> OperationType:
        return self.definition.operation


class Operations:
    """What both endpoints run operations with; they share it, and so its cache of documents.

    Extensions and operation directives of a Strawberry schema are not run: a schema that has them is a ValueError.
    """

    def __init__(self, schema: Schema, limits: Limits) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("schema extensions and operation directives are not run by this transport")
        self._schema = schema._schema
        self._executor_class = schema.execution_context_class
        self._documents = Documents(self._schema, limits)

    def prepare(self, request: OperationRequest) -> Operation:
        """Parses, validates and selects. Raises RequestError."""
        document = self._documents.get(request.query)
        definition = get_operation_ast(document, request.operation_name)
        if definition is None:
            name = request.operation_name
            message = (
                "'operationName' must name one of the document's operations."
                if name is None
                else f"The document has no operation '{name[:200]}'."
            )
            raise RequestError(BadUserInput.code, [GraphQLError(message)])
        return Operation(document, definition, request.variables)

    async def execute(self, operation: Operation, context: object) -> ExecutionResult:
        """Runs a query or mutation. Raises RequestError for variables that don't fit."""
        result = self._executor(operation, context).execute_operation()
        return cast("ExecutionResult", await _whole(result) if isawaitable(result) else result)

    async def subscribe(self, operation: Operation, context: object) -> Stream | ExecutionResult:
        """A subscription's stream, or why there is none. Raises RequestError for variables that don't fit."""
        source = create_source_event_stream(self._executor(operation, context))
        return cast("Stream | ExecutionResult", await _whole(source) if isawaitable(source) else source)

    async def execute_event(self, operation: Operation, context: object, event: object) -> ExecutionResult:
        """What a subscription asks for of one event."""
        result = execute_subscription_event(self._executor(operation, context, event))
        return await _whole(result) if isawaitable(result) else result

    def _executor(self, operation: Operation, context: object, root: object = None) -> Executor[Any]:
        name = operation.definition.name
        executor = self._executor_class.build(
            self._schema,
            operation.document,
            root_value=root,
            context_value=context,
            raw_variable_values=operation.variables,
            operation_name=name.value if name else None,
            is_awaitable=cast("Any", optimized_is_awaitable),
        )
        if isinstance(executor, list):
            raise RequestError(BadUserInput.code, executor)
        return executor


async def _whole(result: Awaitable[Result]) -> Result:
    """A CancelledError that comes from what a resolver awaited ends nobody's task: it is a failure like any other."""
    try:
        return await result
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise
        raise RuntimeError("what a resolver awaited was cancelled") from error
