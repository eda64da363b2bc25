"""Accounts and sessions."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.accounts import Account, Session
from stores.accounts import AccountStore, Taken
from stores.events import EventLog
from tests.contract.makers import LARGEST, UNICODE, event, logged, new_id

NOW = datetime.now(UTC)
ALICE = Account(1, "Alice", "Alice@Example.org", "$argon2id$…")


def session(account_id: int, token_hash: bytes, expires_in: timedelta = timedelta(days=30)) -> Session:
    return Session(new_id(), account_id, token_hash, UNICODE, NOW, NOW + expires_in)


async def test_an_account_is_found_by_id_handle_and_address_whatever_the_case(accounts: AccountStore) -> None:
    await accounts.create(ALICE, event())
    assert await accounts.by_ids([1, 2, 1]) == {1: ALICE}
    assert await accounts.by_login("aLICE") == ALICE
    assert await accounts.by_login("aLICE@eXAMPLE.org") == ALICE
    assert await accounts.by_login("alice@") is None
    assert await accounts.by_login("") is None


@pytest.mark.parametrize("account_id", [1, LARGEST])
async def test_ids_at_the_edges(accounts: AccountStore, account_id: int) -> None:
    account = Account(account_id, "edge", None, None)
    await accounts.create(account, event())
    assert await accounts.by_ids([account_id]) == {account_id: account}


async def test_an_account_comes_with_its_event(accounts: AccountStore, events: EventLog) -> None:
    created = event()
    await accounts.create(ALICE, created)
    assert await logged(events) == [created.id]


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (Account(2, "ALICE", None, None), "handle"),
        (Account(2, "bob", "alice@example.ORG", None), "email"),
        (Account(2, "alice", "alice@example.org", None), "handle"),
    ],
)
async def test_what_is_taken_writes_nothing(
    accounts: AccountStore, events: EventLog, second: Account, field: str
) -> None:
    created = event()
    await accounts.create(ALICE, created)
    with pytest.raises(Taken) as raised:
        await accounts.create(second, event())
    assert raised.value.field == field
    assert await accounts.by_ids([1, 2]) == {1: ALICE}
    assert await logged(events) == [created.id]


async def test_of_many_that_want_a_handle_at_once_one_gets_it(accounts: AccountStore, events: EventLog) -> None:
    wanting = [Account(new_id(), handle, None, None) for handle in ("Same", "same", "SAME", "sAmE")]
    results = await asyncio.gather(*(accounts.create(one, event()) for one in wanting), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Taken", "Taken", "Taken"]
    assert await accounts.by_login("same") == wanting[results.index(None)]
    assert len(await logged(events)) == 1


async def test_only_missing_accounts_are_added(accounts: AccountStore, events: EventLog) -> None:
    first, second = event(), event()
    await accounts.create(ALICE, first)
    batch = [Account(2, "ALICE", None, None), Account(3, "Bob", None, "hash"), Account(4, "bob", None, None)]
    assert await accounts.create_missing(batch, second) == {"alice": 1, "bob": 3}
    assert await accounts.by_ids([1, 2, 3, 4]) == {1: ALICE, 3: batch[1]}
    assert await accounts.create_missing(batch, event()) == {"alice": 1, "bob": 3}
    assert await logged(events) == [first.id, second.id]


async def test_batches_that_overlap_do_not_block_each_other(accounts: AccountStore) -> None:
    """Each in an order of its own; more than once, since at first connections are still being made."""
    for turn in range(4):
        handles = [f"user{turn}_{number}" for number in range(200)]
        orders = [random.Random(seed).sample(handles, len(handles)) for seed in range(8)]
        batches = [[Account(new_id(), handle, None, None) for handle in order] for order in orders]
        found = await asyncio.gather(*(accounts.create_missing(batch, event()) for batch in batches))
        assert sorted(found[0]) == sorted(handles)
        assert all(ids == found[0] for ids in found)


async def test_a_session_is_found_until_it_is_revoked(accounts: AccountStore, events: EventLog) -> None:
    mine, other = session(1, b"mine"), session(1, b"other")
    await accounts.add_session(mine)
    await accounts.add_session(other)
    assert await accounts.session(b"mine") == mine
    assert await accounts.session(b"unknown") is None
    assert await accounts.sessions_of(1) == [other, mine]
    assert await accounts.revoke_session(2, mine.id, event()) is None
    revoked = event()
    assert await accounts.revoke_session(1, mine.id, revoked) == b"mine"
    assert await accounts.revoke_session(1, mine.id, event()) is None
    assert [logged.event_id for logged in await events.read(None, 10)] == [revoked.id]
    assert await accounts.session(b"mine") is None
    assert await accounts.sessions_of(1) == [other]


async def test_an_expired_session_is_unknown(accounts: AccountStore) -> None:
    expired, alive = session(1, b"expired", -timedelta(seconds=1)), session(1, b"alive")
    await accounts.add_session(expired)
    assert await accounts.session(b"expired") is None
    assert await accounts.sessions_of(1) == []
    await accounts.add_session(alive)
    assert await accounts.sessions_of(1) == [alive]


async def test_all_sessions_of_one_account_are_revoked(accounts: AccountStore, events: EventLog) -> None:
    for account_id, token_hash in ((1, b"a"), (1, b"b"), (2, b"c")):
        await accounts.add_session(session(account_id, token_hash))
    revoked = event()
    assert sorted(await accounts.revoke_sessions(1, revoked)) == [b"a", b"b"]
    assert await accounts.revoke_sessions(1, event()) == []
    assert [logged.event_id for logged in await events.read(None, 10)] == [revoked.id]
    assert await accounts.sessions_of(1) == []
    assert len(await accounts.sessions_of(2)) == 1


async def test_many_log_ins_at_once_beside_expired_sessions(accounts: AccountStore) -> None:
    await asyncio.gather(
        *(accounts.add_session(session(1, f"old{n}".encode(), -timedelta(days=1))) for n in range(20)),
        *(accounts.add_session(session(1, f"new{n}".encode())) for n in range(20)),
    )
    assert {found.token_hash for found in await accounts.sessions_of(1)} == {f"new{n}".encode() for n in range(20)}


async def test_a_touched_session_lasts_longer_and_never_shorter(accounts: AccountStore) -> None:
    mine = session(1, b"mine")
    await accounts.add_session(mine)
    later = replace(
        mine, last_seen_at=mine.last_seen_at + timedelta(hours=1), expires_at=mine.expires_at + timedelta(hours=1)
    )
    await accounts.touch_sessions([mine.id], later.last_seen_at, later.expires_at)
    await accounts.touch_sessions([mine.id], mine.last_seen_at, mine.expires_at)
    assert await accounts.session(b"mine") == later
    await accounts.touch_sessions([new_id()], NOW, NOW)
    await accounts.touch_sessions([], NOW, NOW)


async def test_many_are_touched_at_once_but_none_that_is_over(accounts: AccountStore) -> None:
    mine, theirs, other = session(1, b"mine"), session(2, b"theirs"), session(3, b"other")
    revoked, expired = session(1, b"revoked"), session(2, b"expired", expires_in=-timedelta(seconds=1))
    for each in (mine, theirs, other, revoked, expired):
        await accounts.add_session(each)
    await accounts.revoke_session(1, revoked.id, event())
    seen_at, expires_at = NOW + timedelta(hours=1), NOW + timedelta(days=40)
    await accounts.touch_sessions([each.id for each in (mine, theirs, revoked, expired)], seen_at, expires_at)
    touched = [replace(each, last_seen_at=seen_at, expires_at=expires_at) for each in (mine, theirs)]
    found = [await accounts.session(each.token_hash) for each in (mine, theirs, other, revoked, expired)]
    assert found == [*touched, other, None, None]


async def test_touching_many_and_ending_them_wait_for_nobody(accounts: AccountStore) -> None:
    """Rows are locked in whatever order: waiting could be a deadlock, and fail one of both."""
    for _ in range(5):
        mine = [session(1, b"%d" % number) for number in range(40)]
        for each in mine:
            await accounts.add_session(each)
        ids = [each.id for each in mine]
        touches = [accounts.touch_sessions(order, NOW, NOW + timedelta(days=40)) for order in (ids, ids[::-1]) * 3]
        touching = asyncio.gather(*touches)
        ended = await accounts.revoke_sessions(1, event())
        await touching
        assert sorted(ended) == sorted(each.token_hash for each in mine)
        assert await accounts.sessions_of(1) == []


async def test_of_many_who_end_sessions_at_once_each_is_ended_once(accounts: AccountStore, events: EventLog) -> None:
    """With one event each time that something was ended."""
    mine, other = session(1, b"mine"), session(1, b"other")
    await accounts.add_session(mine)
    ended = await asyncio.gather(*(accounts.revoke_session(1, mine.id, event()) for _ in range(8)))
    assert sorted(map(str, ended)) == sorted(map(str, [b"mine"] + [None] * 7))
    assert len(await events.read(None, 10)) == 1
    await accounts.add_session(other)
    all_ended = await asyncio.gather(*(accounts.revoke_sessions(1, event()) for _ in range(8)))
    assert sorted(map(list, all_ended)) == [[]] * 7 + [[b"other"]]
    assert len(await events.read(None, 10)) == 2


async def test_what_ends_no_session_writes_no_event(accounts: AccountStore, events: EventLog) -> None:
    theirs = session(2, b"theirs")
    await accounts.add_session(theirs)
    assert await accounts.revoke_session(1, theirs.id, event()) is None
    assert await accounts.revoke_session(2, new_id(), event()) is None
    assert await accounts.revoke_sessions(1, event()) == []
    assert await logged(events) == []
    assert await accounts.session(b"theirs") == theirs
