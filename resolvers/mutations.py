"""The rules that all mutations share."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, ParamSpec, Protocol, TypeVar

import strawberry

from domain.global_id import Kind, decode_as
from domain.refusals import Refused, UserErrorCode, refuse
from resolvers.context import Info
from resolvers.payloads import Payload, UserPayload

UserId = Annotated[strawberry.ID, strawberry.argument(name="userId", description="The user's global id.")]

A = ParamSpec("A")
P = TypeVar("P", bound=Payload)
P_co = TypeVar("P_co", bound=Payload, covariant=True)


class Mutation(Protocol[A, P_co]):
    def __call__(self, info: Info, *args: A.args, **kwargs: A.kwargs) -> Awaitable[P_co]: ...


def mutation(payload: type[P]) -> Callable[[Mutation[A, P]], Mutation[A, P]]:
    """Turns a refusal into the payload's `user_errors`, and lets the payload's fields see what was written."""

    def decorate(write: Mutation[A, P]) -> Mutation[A, P]:
        @wraps(write)
        async def run(info: Info, *args: A.args, **kwargs: A.kwargs) -> P:
            try:
                written = await write(info, *args, **kwargs)
            except Refused as refusal:
                return payload(user_errors=refusal.errors)
            info.context.fresh_loaders()
            return written

        return run

    return decorate


async def act_on_user(info: Info, user_id: str, write: Callable[[int, int], Awaitable[object]]) -> UserPayload:
    """Has the viewer do something to somebody; `write` takes both their ids."""
    viewer, number = info.context.require_viewer(), decode_id(Kind.USER, user_id, "userId")
    await write(viewer.account_id, number)
    return UserPayload(user_id=number)


def decode_id(kind: Kind, text: str, field: str) -> int:
    """The number of a global id. Raises Refused for what can't be one of that kind, as for one that does not exist."""
    number = decode_as(kind, text)
    if number is None:
        raise refuse(UserErrorCode.NOT_FOUND, f"There is no such {kind.lower()}.", field)
    return number
