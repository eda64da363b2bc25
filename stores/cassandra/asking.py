"""Asking for a cluster at the start."""

import asyncio

from cassandra import AuthenticationFailed, UnresolvableContactPoints
from cassandra.cluster import NoHostAvailable

from stores.cassandra.address import Address
from stores.cassandra.database import FAILURES
from stores.reach import Refused, Unready


async def ask(url: str) -> None:
    """Raises Unready where no node of the data centre takes requests yet, Refused where they let nobody in, or the URL
    is none."""
    try:
        address = Address.parse(url)
    except ValueError as error:
        raise Refused(str(error)) from error
    try:
        await asyncio.to_thread(_connect, address)
    except NoHostAvailable as error:
        # A list of hosts where the cluster was reached, but none of the data centre's.
        reasons = error.errors if isinstance(error.errors, dict) else {"data centre": address.datacenter}
        refused = any(isinstance(reason, AuthenticationFailed) for reason in reasons.values())
        told = "; ".join(f"{host}: {reason}" for host, reason in reasons.items())
        raise (Refused if refused else Unready)(told) from error
    except UnresolvableContactPoints as error:
        raise Unready(f"no address of {', '.join(address.hosts)}") from error
    except FAILURES as error:
        raise Unready(str(error)) from error


def _connect(address: Address) -> None:
    cluster = address.cluster()
    try:
        cluster.connect()
    finally:
        cluster.shutdown()
