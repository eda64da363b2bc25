"""Leases of node numbers."""

import asyncio
from dataclasses import replace

import pytest

from domain.errors import Unavailable
from stores.nodes import LEASED_NODES, NodeLeases


async def test_a_number_is_held_by_one_alone(nodes: NodeLeases) -> None:
    leases = await asyncio.gather(*(nodes.acquire() for _ in range(40)))
    assert len({lease.node for lease in leases}) == 40
    assert len({lease.token for lease in leases}) == 40
    assert all(0 <= lease.node < LEASED_NODES and lease.issued_until_ms == 0 for lease in leases)


async def test_none_is_free_when_all_are_held(nodes: NodeLeases) -> None:
    leases = [await nodes.acquire() for _ in range(LEASED_NODES)]
    with pytest.raises(Unavailable):
        await nodes.acquire()
    await nodes.release(leases[5], 77)
    again = await nodes.acquire()
    assert (again.node, again.issued_until_ms) == (leases[5].node, 77)
    assert again.token != leases[5].token


async def test_only_the_holder_renews_and_releases(nodes: NodeLeases) -> None:
    lease = await nodes.acquire()
    stranger = replace(lease, token="0" * 32)
    assert await nodes.renew(lease, 1_000) is True
    assert await nodes.renew(stranger, 2_000) is False
    await nodes.release(stranger, 3_000)
    assert await nodes.renew(lease, 500) is True
    await nodes.release(lease, 900)
    assert await nodes.renew(lease, 4_000) is False
    await nodes.release(lease, 5_000)


async def test_the_number_that_was_used_longest_ago_comes_first(nodes: NodeLeases) -> None:
    first = await nodes.acquire()
    await nodes.release(first, 1_700_000_000_000)
    assert (await nodes.acquire()).node != first.node
