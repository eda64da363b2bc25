"""The viewer, sign-up, log-in and sessions."""

from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.accounts as resolve
import resolvers.graph as resolve_graph
import resolvers.walls as resolve_walls
from resolvers import payloads
from resolvers.context import Info
from schema.fields import INPUT, attribute, edge
from schema.graph import User
from schema.pages import UserConnection
from schema.refusals import Payload

USE_COOKIE = (
    "The token comes as an HttpOnly, SameSite=Lax cookie and `token` is null; else it is sent back as "
    '`Authorization: Bearer TOKEN`, or in connection_init as {"authorization": "Bearer TOKEN"}.'
)


@strawberry.type(description="A log-in of one client.")
class Session:
    global_id: strawberry.ID = attribute("For revokeSession.", name="id")
    created_at: datetime = attribute("When it began.")
    last_seen_at: datetime = attribute("When it was last used, to the minute.")
    user_agent: str | None = attribute("What the client called itself at log-in.")
    is_current: bool = edge(resolve.is_current, "Whether this request is made with it.")


@strawberry.type(description="What only the account's owner sees.")
class Viewer:
    user: User | None = edge(resolve.user, "Oneself, as others see it.")
    email: str | None = edge(resolve.email, "Null for accounts that were imported.")
    blocked: UserConnection | None = edge(resolve_walls.blocked, "Whom the viewer blocks, the newest block first.")
    muted: UserConnection | None = edge(resolve_walls.muted, "Whom the viewer mutes, the newest mute first.")
    follow_requests: UserConnection | None = edge(
        resolve_graph.follow_requests, "Who asks to follow the viewer, the newest request first."
    )
    sessions: list[Session] | None = edge(resolve.sessions, "Where the account is signed in, newest first.")


@strawberry.input(description="A new account.")
class SignUpInput:
    handle: str = attribute("1 to 15 letters, digits and underscores, unique whatever the case.")
    email: str = attribute("An address that no other account has; only the account's owner sees it.")
    password: str = attribute("10 to 200 characters.")
    display_name: str | None = attribute("1 to 50 characters; by default the handle.", default=None)
    use_cookie: bool = attribute(USE_COOKIE, default=False)


@strawberry.input(description="Who one is, and the proof.")
class LogInInput:
    login: str = attribute("A handle or an e-mail address.")
    password: str = attribute("The account's password.")
    use_cookie: bool = attribute(USE_COOKIE, default=False)


@strawberry.type(description="The new session.")
class SignedInPayload(Payload):
    token: str | None = attribute("The session's secret, told this once; null with useCookie.")
    expires_at: datetime | None = attribute("When the session ends, unless it is used before.")
    viewer: Viewer | None = attribute("The account that is signed in now.")


@strawberry.type(description="The new account, signed in.")
class SignUpPayload(SignedInPayload):
    pass


@strawberry.type(description="The account that is signed in now.")
class LogInPayload(SignedInPayload):
    pass


@strawberry.type(description="How log-out went.")
class LogOutPayload(Payload):
    ok: bool = attribute("True where the session is ended.")


@strawberry.type(description="The session that is ended.")
class RevokeSessionPayload(Payload):
    revoked_session_id: strawberry.ID | None = attribute("Its id.")


async def sign_up(info: Info, form: Annotated[SignUpInput, INPUT]) -> payloads.SignedInPayload:
    return await resolve.sign_up(
        info,
        handle=form.handle,
        email=form.email,
        password=form.password,
        display_name=form.display_name,
        use_cookie=form.use_cookie,
    )


async def log_in(info: Info, form: Annotated[LogInInput, INPUT]) -> payloads.SignedInPayload:
    return await resolve.log_in(info, login=form.login, password=form.password, use_cookie=form.use_cookie)


@strawberry.type
class AccountQuery:
    viewer: Viewer | None = edge(resolve.viewer, "The signed-in account; null for a guest.")


@strawberry.type
class AccountMutation:
    sign_up: SignUpPayload = edge(sign_up, "Makes an account and signs it in.")
    log_in: LogInPayload = edge(log_in, "Begins a session.")
    log_out: LogOutPayload = edge(resolve.log_out, "Ends this session, or with `everywhere` all of the account's.")
    revoke_session: RevokeSessionPayload = edge(resolve.revoke_session, "Ends another session of the viewer's.")
