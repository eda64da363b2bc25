"""Signing up, logging in, sessions and profiles."""

import secrets
from dataclasses import replace

import httpx
import pytest

from tests.api.asking import LOG_IN, LOG_OUT, REVOKE, UPDATE_PROFILE, failure, refusals, unchanged
from tests.conftest import MakeAccount
from tests.support.clients import PASSWORD, SIGN_UP, Account, GraphQLFailed, Json, ask, sign_up
from tests.support.servers import RunningServer

HANDLE = ("INVALID", "A handle has 1 to 15 letters (a to z), digits and underscores.", "handle")
EMAIL = ("INVALID", "This is not an e-mail address.", "email")
SHORT = ("TOO_SHORT", "A password has at least 10 characters.", "password")
LONG = ("TOO_LONG", "A password has at most 200 characters.", "password")
WRONG = [("INVALID", "Login or password is wrong.", "password")]
SESSIONS = "{ viewer { sessions { id isCurrent userAgent } } }"
WHO = "{ viewer { email user { id handle displayName bio } } }"


def person(**changes: Json) -> Json:
    """A sign-up's input that nobody sent before."""
    name = f"s{secrets.token_hex(6)}"
    return {"handle": name, "email": f"{name}@example.org", "password": PASSWORD} | changes


def guest_of(account: Account) -> Account:
    return replace(account, token="")


async def log_in(account: Account, login: str | None = None, password: str = PASSWORD) -> Account:
    """The account with a session of its own."""
    payload = await guest_of(account).mutate(LOG_IN, input={"login": login or account.handle, "password": password})
    assert payload["viewer"]["user"]["id"] == account.id
    return replace(account, token=payload["token"])


async def assert_dead(account: Account) -> None:
    with pytest.raises(GraphQLFailed) as failed:
        await account.ask(WHO)
    assert failed.value.code == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"handle": ""}, [HANDLE]),
        ({"handle": "sixteen_letters_"}, [HANDLE]),
        *(({"handle": handle}, [HANDLE]) for handle in ("a b", "a-b", "ä", "@a", "a\n", "\x00", "a\ufeff", "a٣")),
        *(
            ({"email": email}, [EMAIL])
            for email in ("", "a", "a@b", "@b.c", "a@b..c", "a b@c.d", "a@b.c\x00", "a@b@c.d")
        ),
        ({"email": "a@" + "b" * 251 + ".c"}, [EMAIL]),
        ({"password": "x" * 9}, [SHORT]),
        ({"password": "x" * 201}, [LONG]),
        ({"displayName": " "}, [("TOO_SHORT", "A display name can't be blank.", "displayName")]),
        ({"displayName": "x" * 51}, [("TOO_LONG", "A display name has at most 50 characters, not 51.", "displayName")]),
        ({"displayName": "a\nb"}, [("INVALID", "A display name can't have the character U+000A.", "displayName")]),
        ({"handle": "", "email": "", "password": ""}, [HANDLE, EMAIL, SHORT]),
    ],
)
async def test_a_sign_up_that_breaks_a_rule(viewer: Account, changes: Json, expected: list[tuple[str, ...]]) -> None:
    wanted = person(**changes)
    assert await refusals(guest_of(viewer), SIGN_UP, input=wanted) == expected
    if "handle" not in changes:
        seen = await viewer.ask("query($h: String!) { user(handle: $h) { id } }", h=wanted["handle"])
        assert seen == {"user": None}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"password": "x" * 10}, None),
        ({"password": "ü€\x00😀" * 50}, None),
        ({"displayName": "x" * 50}, "x" * 50),
        ({"displayName": "李 \u202e😀"}, "李 \u202e😀"),
    ],
)
async def test_a_sign_up_at_the_edge(viewer: Account, changes: Json, name: str | None) -> None:
    wanted = person(**changes)
    made = await guest_of(viewer).mutate(SIGN_UP, input=wanted)
    account = replace(viewer, handle=wanted["handle"], id=made["viewer"]["user"]["id"], token=made["token"])
    seen = {"id": account.id, "handle": account.handle, "displayName": name or account.handle, "bio": ""}
    assert await account.ask(WHO) == {"viewer": {"email": wanted["email"], "user": seen}}
    await log_in(account, password=wanted["password"])
    assert (
        await refusals(viewer, LOG_IN, input={"login": account.handle, "password": wanted["password"] + "x"}) == WRONG
    )


async def test_a_handle_of_one_letter_is_found_whatever_its_case(
    running_server: RunningServer, http: httpx.AsyncClient
) -> None:
    """The shortest and the longest."""
    account = await sign_up(http, running_server.url, "Z")
    long = await sign_up(http, running_server.url, "Fifteen_Letters")
    for handle, expected in (("z", account), ("Z", account), ("fifteen_LETTERS", long)):
        seen = await ask(http, account.url, "query($h: String!) { user(handle: $h) { handle } }", h=handle)
        assert seen["user"]["handle"] == expected.handle


async def test_what_is_taken_whatever_the_case(viewer: Account) -> None:
    handle = ("TAKEN", "This handle belongs to another account.", "handle")
    email = ("TAKEN", "This e-mail address belongs to another account.", "email")
    mine = (await viewer.ask(WHO))["viewer"]["email"]
    async with unchanged(viewer):
        for taken in (viewer.handle, viewer.handle.upper()):
            assert await refusals(guest_of(viewer), SIGN_UP, input=person(handle=taken)) == [handle]
        for taken in (mine, mine.upper()):
            wanted = person(email=taken)
            assert await refusals(guest_of(viewer), SIGN_UP, input=wanted) == [email]
            seen = await viewer.ask("query($h: String!) { user(handle: $h) { id } }", h=wanted["handle"])
            assert seen == {"user": None}


async def test_logging_in_by_handle_and_address_whatever_the_case(viewer: Account) -> None:
    address = (await viewer.ask(WHO))["viewer"]["email"]
    for login in (viewer.handle, viewer.handle.upper(), address, address.upper()):
        assert (await (await log_in(viewer, login)).ask(WHO))["viewer"]["user"]["id"] == viewer.id


async def test_a_login_of_nobody_reads_as_a_wrong_password(viewer: Account) -> None:
    wrong = {"login": viewer.handle, "password": "not the password"}
    assert await refusals(guest_of(viewer), LOG_IN, input=wrong) == WRONG
    for login in ("", " ", "nobody_at_all", "nobody@example.org", "\x00", "\ufffe", "x" * 100_000, "'; --", "%"):
        assert await refusals(guest_of(viewer), LOG_IN, input={"login": login, "password": PASSWORD}) == WRONG


async def test_sessions_are_listed_and_revoked_at_once(make_account: MakeAccount) -> None:
    here = await make_account()
    there = await log_in(here)
    [newer, older] = (await here.ask(SESSIONS))["viewer"]["sessions"]
    assert (newer["isCurrent"], older["isCurrent"]) == (False, True)
    assert newer["userAgent"].startswith("python-httpx/")
    assert [each["isCurrent"] for each in (await there.ask(SESSIONS))["viewer"]["sessions"]] == [True, False]
    assert (await here.mutate(REVOKE, id=newer["id"]))["revokedSessionId"] == newer["id"]
    await assert_dead(there)
    assert [each["id"] for each in (await here.ask(SESSIONS))["viewer"]["sessions"]] == [older["id"]]
    assert await refusals(here, REVOKE, id=newer["id"]) == [("NOT_FOUND", "There is no such session.", "id")]
    assert (await here.mutate(REVOKE, id=older["id"]))["revokedSessionId"] == older["id"]
    await assert_dead(here)


async def test_logging_out_ends_one_session_or_all(make_account: MakeAccount) -> None:
    sessions = [await make_account()]
    sessions += [await log_in(sessions[0]) for _ in range(3)]
    assert (await sessions[0].mutate(LOG_OUT))["ok"] is True
    await assert_dead(sessions[0])
    for other in sessions[1:]:
        assert (await other.ask(WHO))["viewer"]["user"]["id"] == other.id
    assert (await sessions[1].mutate(LOG_OUT, everywhere=True))["ok"] is True
    for each in sessions:
        await assert_dead(each)
    await log_in(sessions[0])


async def test_a_guest_can_not_log_out(viewer: Account) -> None:
    assert (await failure(guest_of(viewer), LOG_OUT))[0] == "UNAUTHENTICATED"
    assert (await failure(guest_of(viewer), REVOKE, id="x"))[0] == "UNAUTHENTICATED"
    assert await guest_of(viewer).ask(WHO) == {"viewer": None}


async def test_what_others_see_of_an_account(viewer: Account, other: Account) -> None:
    seen = await other.ask("query($id: ID!) { node(id: $id) { ... on User { handle lastSeenAt } } }", id=viewer.id)
    assert seen == {"node": {"handle": viewer.handle, "lastSeenAt": None}}
    own = await viewer.ask("{ viewer { user { lastSeenAt } } }")
    assert own["viewer"]["user"]["lastSeenAt"].endswith("Z")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"displayName": ""}, [("TOO_SHORT", "A display name can't be blank.", "displayName")]),
        ({"displayName": "\u3000"}, [("TOO_SHORT", "A display name can't be blank.", "displayName")]),
        ({"displayName": "x" * 51}, [("TOO_LONG", "A display name has at most 50 characters, not 51.", "displayName")]),
        ({"displayName": "a\nb"}, [("INVALID", "A display name can't have the character U+000A.", "displayName")]),
        ({"bio": "x" * 161}, [("TOO_LONG", "A bio has at most 160 characters, not 161.", "bio")]),
        (
            {"displayName": "\x00", "bio": "a\ufffe"},
            [
                ("INVALID", "A display name can't have the character U+0000.", "displayName"),
                ("INVALID", "A bio can't have the character U+FFFE.", "bio"),
            ],
        ),
        ({"displayName": "fine", "bio": "\r"}, [("INVALID", "A bio can't have the character U+000D.", "bio")]),
    ],
)
async def test_a_profile_that_breaks_a_rule(viewer: Account, changes: Json, expected: list[tuple[str, ...]]) -> None:
    async with unchanged(viewer):
        assert await refusals(viewer, UPDATE_PROFILE, input=changes) == expected


async def test_a_profile_changes_where_it_is_told_to(make_account: MakeAccount) -> None:
    account = await make_account()
    seen = {"displayName": account.handle, "bio": ""}
    for changes in (
        {"displayName": "x" * 50, "bio": "two\nlines"},
        {"bio": "y" * 160},
        {"displayName": " 李 "},
        {},
        {"displayName": None, "bio": None},
        {"bio": ""},
    ):
        seen |= {name: value for name, value in changes.items() if value is not None}
        assert (await account.mutate(UPDATE_PROFILE, input=changes))["user"] == seen
