"""Asking for a cluster at the start."""

import asyncio

from cassandra import AuthenticationFailed
from cassandra.cluster import NoHostAvailable

from stores.cassandra.address import Address
from stores.cassandra.database import FAILURES
from stores.reach import Refused, Unready


async def ask(url: str) -> None:
    """Raises Unready where no node of the data centre takes requests yet, Refused where they let nobody in, or the URL
    is none."""
    try:
        cluster = Address.parse(url).cluster()
    except ValueError as error:
        raise Refused(str(error)) from error
    try:
        await asyncio.to_thread(cluster.connect)
    except FAILURES as error:
        reasons = error.errors.values() if isinstance(error, NoHostAvailable) else [error]
        refused = any(isinstance(reason, AuthenticationFailed) for reason in reasons)
        raise (Refused if refused else Unready)(str(error)) from error
    finally:
        await asyncio.to_thread(cluster.shutdown)
