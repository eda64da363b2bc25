"""Password hashing, off the event loop."""

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError


class Passwords:
    """argon2id with the library's parameters (RFC 9106, low memory). One hash a core at a time: each takes 64 MiB."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="argon2")
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """False for a missing hash too, after the same work: time must not tell whether an account exists."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._matches, password_hash, password)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password_hash: str | None, password: str) -> bool:
        if password_hash is None:
            self._decoy = self._decoy or self._hasher.hash(secrets.token_hex())
        try:
            return self._hasher.verify(password_hash or self._decoy or "", password) and password_hash is not None
        except (VerifyMismatchError, InvalidHashError):
            return False
