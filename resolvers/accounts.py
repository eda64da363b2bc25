"""The viewer, sign-up, log-in and sessions. A Viewer is resolved from its session."""

from collections.abc import Awaitable, Sequence

from domain.accounts import Session
from domain.global_id import Kind
from domain.graph import User
from domain.refusals import UserErrorCode, refuse
from resolvers.arguments import Id
from resolvers.context import Context, Info
from resolvers.mutations import decode_id, mutation
from resolvers.payloads import OkPayload, RevokeSessionPayload, SignedInPayload
from services.accounts import SignedIn


def viewer(info: Info) -> Session | None:
    return info.context.viewer


def user(root: Session, info: Info) -> Awaitable[User | None]:
    return info.context.loaders.graph.users.load(root.account_id)


async def email(root: Session, info: Info) -> str | None:
    account = await info.context.loaders.accounts.accounts.load(root.account_id)
    return account.email if account else None


def sessions(root: Session, info: Info) -> Awaitable[Sequence[Session]]:
    return info.context.services.accounts.sessions(root.account_id)


def is_current(root: Session, info: Info) -> bool:
    return info.context.viewer is not None and info.context.viewer.id == root.id


@mutation(SignedInPayload)
async def sign_up(
    info: Info, *, handle: str, email: str, password: str, display_name: str | None, use_cookie: bool
) -> SignedInPayload:
    context = info.context
    _check_cookie(context, use_cookie=use_cookie)
    signed_in = await context.services.accounts.sign_up(
        handle=handle, email=email, password=password, display_name=display_name, origin=context.origin
    )
    return _enter(context, signed_in, use_cookie=use_cookie)


@mutation(SignedInPayload)
async def log_in(info: Info, *, login: str, password: str, use_cookie: bool) -> SignedInPayload:
    context = info.context
    _check_cookie(context, use_cookie=use_cookie)
    signed_in = await context.services.accounts.log_in(login=login, password=password, origin=context.origin)
    return _enter(context, signed_in, use_cookie=use_cookie)


@mutation(OkPayload)
async def log_out(info: Info, *, everywhere: bool = False) -> OkPayload:
    context = info.context
    await context.services.accounts.log_out(context.require_viewer(), everywhere=everywhere)
    context.viewer = None
    if context.cookies:
        context.cookies.clear_session()
    return OkPayload(ok=True)


@mutation(RevokeSessionPayload)
async def revoke_session(info: Info, session_id: Id) -> RevokeSessionPayload:
    session = info.context.require_viewer()
    await info.context.services.accounts.revoke_session(session, decode_id(Kind.SESSION, session_id, "id"))
    return RevokeSessionPayload(revoked_session_id=session_id)


def _check_cookie(context: Context, *, use_cookie: bool) -> None:
    if use_cookie and context.cookies is None:
        message = "A cookie can't be set over a websocket; ask over HTTP, or without useCookie."
        raise refuse(UserErrorCode.UNSUPPORTED, message, "useCookie")


def _enter(context: Context, signed_in: SignedIn, *, use_cookie: bool) -> SignedInPayload:
    """The rest of the operation, the payload first of all, is the new viewer's."""
    session = signed_in.session
    context.viewer = session
    if use_cookie and context.cookies:
        context.cookies.set_session(signed_in.token, session.expires_at)
    token = None if use_cookie else signed_in.token
    return SignedInPayload(token=token, expires_at=session.expires_at, viewer=session)
