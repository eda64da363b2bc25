"""Passwords: what is stored, and what is taken for right."""

import asyncio
from collections.abc import Iterator

import pytest

from services.passwords import Passwords


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_only_the_same_password_matches(passwords: Passwords) -> None:
    """To the last bit: no truncation at NUL or at any length, no normalisation."""
    password = "é€😀\x00" * 50
    stored = await passwords.hash(password)
    assert await passwords.matches(stored, password)
    for other in (password[:-1], password + "\x00", password.replace("é", "e\u0301")):
        assert not await passwords.matches(stored, other)


async def test_what_is_stored_is_argon2id_with_a_salt_of_its_own(passwords: Passwords) -> None:
    first, second = [await passwords.hash("the same") for _ in range(2)]
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second


async def test_nobody_s_password_is_never_right(passwords: Passwords) -> None:
    assert not await passwords.matches(None, "")
    assert not await passwords.matches(None, "anything")


@pytest.mark.parametrize("stored", ["", "plain"])
async def test_what_is_no_hash_matches_nothing(passwords: Passwords, stored: str) -> None:
    assert not await passwords.matches(stored, stored)


async def test_the_event_loop_goes_on_meanwhile(passwords: Passwords) -> None:
    hashing = asyncio.create_task(passwords.hash("a password"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
