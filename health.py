"""What operators and their tools ask a server: whether it lives, whether it is ready, how it fares."""

import asyncio
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import metrics
from composition import Process
from domain.errors import Unavailable
from stores.opening import HEALTH_SECONDS
from stores.queue import Queue, QueueState


def routes(process: Callable[[], Process]) -> list[Route]:
    """/healthz, /readyz and /metrics of the process that runs when they are asked for."""

    async def healthz(_: Request) -> JSONResponse:
        """The process lives."""
        return JSONResponse({"ok": True})

    async def readyz(_: Request) -> JSONResponse:
        """Each store with its latency in milliseconds, and what waits in queues and logs, null where their Redis is
        down; 503 while a store does not answer. A long queue makes nobody unready: what is written is safe."""
        stores = process().stores
        latencies, waiting = await asyncio.gather(stores.health(), _waiting(stores.queue))
        ready = None not in latencies.values()
        queues, lags = waiting or (None, None)
        told = {
            "ready": ready,
            "stores": latencies,
            "queues": None if queues is None else {name: _told(state) for name, state in queues.items()},
            "relayLagSeconds": lags,
        }
        return JSONResponse(told, 200 if ready else 503)

    async def exposed(_: Request) -> Response:
        """Prometheus' text format; without the queues' figures where their Redis is down."""
        queues, lags = await _waiting(process().stores.queue) or ({}, {})
        told = metrics.exposition(queues, lags, len(asyncio.all_tasks()))
        return Response(told, media_type=metrics.CONTENT_TYPE)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", exposed)]


async def _waiting(queue: Queue) -> tuple[Mapping[str, QueueState], Mapping[str, float]] | None:
    """The queues' states and the relays' lags; None where their Redis does not answer."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            return await queue.states(), await queue.relay_lags()
    except (Unavailable, TimeoutError):
        return None


def _told(state: QueueState) -> dict[str, float]:
    return {"jobs": state.jobs, "ageSeconds": state.age_seconds, "deadLetters": state.dead_letters}
