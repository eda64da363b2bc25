"""Sign-up, log-in and sessions."""

import hashlib
import logging
import re
import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from domain import text
from domain.accounts import Account, Session
from domain.errors import RateLimited, Unavailable
from domain.refusals import Refused, UserError, UserErrorCode, refuse
from domain.snowflake import created_at
from events import Event, SessionsRevoked, SignedUp
from faults import crash_point
from services.activity import ActivityService
from services.dispatch import Dispatcher
from services.graph import GraphService
from services.passwords import Passwords
from services.presence import PresenceService
from services.profiles import DISPLAY_NAME, check_field
from services.snowflakes import Snowflakes
from stores.accounts import AccountStore, Taken
from stores.cache import Cache

_logger = logging.getLogger(__name__)

HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")
EMAIL_LENGTH = 254
PASSWORD_LENGTH = range(10, 201)
ATTEMPT_WINDOW_SECONDS = 600
TOUCH_SECONDS = 60
"""A session's last-seen mark is written at most this often."""

TOUCHED_AT_ONCE = 1_000
USER_AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Failed attempts that are allowed in ten minutes, and how long an unused session lasts."""

    failed_logins_per_account: int
    failed_logins_per_address: int
    sign_ups_per_address: int
    session_days: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    address: str
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is told once, here; only its SHA-256 is kept."""

    token: str
    session: Session


def token_hash(token: str) -> bytes:
    """The form in which a token is stored. Tokens are 256 random bits, so that a plain hash cannot be reversed."""
    return hashlib.sha256(token.encode()).digest()


class AccountService:
    def __init__(
        self,
        accounts: AccountStore,
        people: GraphService,
        activity: ActivityService,
        presence: PresenceService,
        cache: Cache,
        dispatcher: Dispatcher,
        snowflakes: Snowflakes,
        passwords: Passwords,
        limits: AccountLimits,
    ) -> None:
        self._accounts = accounts
        self._people = people
        self._activity = activity
        self._presence = presence
        self._cache = cache
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._passwords = passwords
        self._limits = limits

    async def sign_up(
        self, *, handle: str, email: str, password: str, display_name: str | None, origin: Origin
    ) -> SignedIn:
        """Raises Refused for what is invalid or taken, RateLimited after too many that were refused as taken."""
        name = display_name if display_name is not None else handle
        _check_sign_up(handle, email, password, name if display_name is not None else None)
        async with self._attempt((f"sign_up:{origin.address}", self._limits.sign_ups_per_address)):
            account = Account(self._snowflakes.mint(), handle, email, await self._passwords.hash(password))
            event = Event(self._snowflakes.mint(), SignedUp(((account.id, handle, name),)))
            try:
                await self._accounts.create(account, event)
            except Taken as taken:
                what = "handle" if taken.field == "handle" else "e-mail address"
                raise refuse(UserErrorCode.TAKEN, f"This {what} belongs to another account.", taken.field) from taken
        await self._dispatcher.dispatch(event)
        await self._ensure_person(account.id, handle, name)
        return await self._open_session(account.id, origin)

    async def log_in(self, *, login: str, password: str, origin: Origin) -> SignedIn:
        """Raises Refused alike for an unknown login and a wrong password, RateLimited after too many failures."""
        findable = len(login) <= EMAIL_LENGTH and not text.forbidden_character(login)
        account = await self._accounts.by_login(login) if findable else None
        tried = account.id if account else hashlib.sha256(login.lower().encode()).hexdigest()
        async with self._attempt(
            (f"log_in:account:{tried}", self._limits.failed_logins_per_account),
            (f"log_in:address:{origin.address}", self._limits.failed_logins_per_address),
        ):
            plausible = password if len(password) <= PASSWORD_LENGTH.stop else ""
            if not await self._passwords.matches(account.password_hash if account else None, plausible) or not account:
                raise refuse(UserErrorCode.INVALID, "Login or password is wrong.", "password")
        await self._ensure_person(account.id, account.handle, account.handle)
        return await self._open_session(account.id, origin)

    async def log_out(self, session: Session, *, everywhere: bool) -> None:
        """The cache first, here and in revoke_session: what fails halfway can then be asked for again, and no session
        that is gone lives on in the cache."""
        if not everywhere:
            await self._cache.revoke_sessions([session.token_hash])
            await self._end_session(session.account_id, session.id)
            return
        known = await self._accounts.sessions_of(session.account_id)
        await self._cache.revoke_sessions([each.token_hash for each in known])
        event = self._revoked(session.account_id)
        ended = await self._accounts.revoke_sessions(session.account_id, event)
        await self._cache.revoke_sessions(ended)
        if ended:
            await self._dispatcher.dispatch(event)

    async def revoke_session(self, session: Session, session_id: int) -> None:
        known = await self._accounts.sessions_of(session.account_id)
        hashes = [each.token_hash for each in known if each.id == session_id]
        if not hashes:
            raise refuse(UserErrorCode.NOT_FOUND, "There is no such session.", "id")
        await self._cache.revoke_sessions(hashes)
        await self._end_session(session.account_id, session_id)

    async def sessions(self, account_id: int) -> Sequence[Session]:
        return await self._accounts.sessions_of(account_id)

    async def authenticate(self, token: str) -> Session | None:
        """The session of a token; None where it is unknown, expired or revoked."""
        session = await self._find_session(token_hash(token))
        if session:
            self._presence.saw(session.account_id)
            await self._touch(session)
        return session

    async def current(self, session: Session) -> Session | None:
        """The session as it is now; None where it has expired or was revoked."""
        return await self._find_session(session.token_hash)

    async def used(self, session_ids: Collection[int]) -> None:
        """Has sessions last longer from now on, unless they are over. Raises Unavailable."""
        ids, now = list(session_ids), datetime.now(UTC)
        for begin in range(0, len(ids), TOUCHED_AT_ONCE):
            page = ids[begin : begin + TOUCHED_AT_ONCE]
            await self._accounts.touch_sessions(page, now, now + timedelta(days=self._limits.session_days))

    async def _end_session(self, account_id: int, session_id: int) -> None:
        event = self._revoked(account_id)
        if await self._accounts.revoke_session(account_id, session_id, event):
            await self._dispatcher.dispatch(event)

    def _revoked(self, account_id: int) -> Event:
        return Event(self._snowflakes.mint(), SessionsRevoked((account_id,)))

    async def _find_session(self, hashed: bytes) -> Session | None:
        """One that has expired by what is cached may have been used since then: the store knows."""
        try:
            cached = await self._cache.session(hashed)
        except Unavailable:
            return _lasting(await self._accounts.session(hashed))
        return _lasting(cached) or await self._stored_session(hashed)

    async def _stored_session(self, hashed: bytes) -> Session | None:
        session = _lasting(await self._accounts.session(hashed))
        if session:
            with suppress(Unavailable):
                await self._cache.fill_session(session)
        return session

    async def _touch(self, session: Session) -> None:
        if datetime.now(UTC) - session.last_seen_at < timedelta(seconds=TOUCH_SECONDS):
            return
        try:
            if await self._cache.first_in(f"session:{session.id}", TOUCH_SECONDS):
                await self.used([session.id])
        except Unavailable as unavailable:
            _logger.warning("last-seen mark not written: %s", unavailable)

    @asynccontextmanager
    async def _attempt(self, *limited: tuple[str, int]) -> AsyncIterator[None]:
        """Counts the block under each (name, limit) if it ends in a refusal; while it runs too, so that trying at once
        gets nobody further. Raises RateLimited."""
        wait = await self._cache.reserve_attempt(limited, ATTEMPT_WINDOW_SECONDS)
        if wait is not None:
            raise RateLimited(f"Too many failed attempts; try again in {wait} seconds.", wait)
        refund = partial(self._refund, [name for name, _ in limited])
        try:
            yield
        except Unavailable:
            await refund()
            raise
        await refund()

    async def _refund(self, names: Sequence[str]) -> None:
        """What can't be taken back counts until its window ends: no reason to fail what is done."""
        with suppress(Unavailable):
            await self._cache.refund_attempt(names)

    async def _ensure_person(self, account_id: int, handle: str, display_name: str) -> None:
        """The account is committed: a graph that is down must not undo the sign-up, the consumer merges the person
        too."""
        try:
            await self._people.ensure_people([(account_id, handle, display_name)])
            await self._activity.seen([account_id])
            crash_point("signed_up.merged")
        except Unavailable:
            _logger.warning("graph unavailable: the node of account %d is left to the consumer", account_id)

    async def _open_session(self, account_id: int, origin: Origin) -> SignedIn:
        token = secrets.token_urlsafe(32)
        session_id = self._snowflakes.mint()
        began = created_at(session_id)
        agent = origin.user_agent[:USER_AGENT_LENGTH] if origin.user_agent else None
        expires = began + timedelta(days=self._limits.session_days)
        session = Session(session_id, account_id, token_hash(token), agent, began, expires)
        await self._accounts.add_session(session)
        return SignedIn(token, session)


def _lasting(session: Session | None) -> Session | None:
    """None where it has expired."""
    return session if session and session.expires_at > datetime.now(UTC) else None


def _check_sign_up(handle: str, email: str, password: str, display_name: str | None) -> None:
    errors = []
    if not HANDLE.fullmatch(handle):
        message = "A handle has 1 to 15 letters (a to z), digits and underscores."
        errors.append(UserError(message, UserErrorCode.INVALID, ("handle",)))
    if len(email) > EMAIL_LENGTH or not EMAIL.fullmatch(email) or text.forbidden_character(email):
        errors.append(UserError("This is not an e-mail address.", UserErrorCode.INVALID, ("email",)))
    if len(password) < PASSWORD_LENGTH.start:
        message = f"A password has at least {PASSWORD_LENGTH.start} characters."
        errors.append(UserError(message, UserErrorCode.TOO_SHORT, ("password",)))
    if len(password) >= PASSWORD_LENGTH.stop:
        message = f"A password has at most {PASSWORD_LENGTH.stop - 1} characters."
        errors.append(UserError(message, UserErrorCode.TOO_LONG, ("password",)))
    if display_name is not None:
        errors += check_field(DISPLAY_NAME, display_name)
    if errors:
        raise Refused(*errors)
