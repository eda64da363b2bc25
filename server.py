"""Composition root: settings -> stores -> services -> ASGI app. `python server.py` runs it."""

import asyncio
import contextlib
import errno
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from functools import partial
from socket import AF_INET, AF_INET6, create_server, socket
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

import health
import metrics
from composition import Process, prepare, process
from domain.errors import Unauthenticated
from resolvers.context import Context
from schema import build_schema
from settings import Settings
from startup import CannotStart, collect_rarely, failures_told, log_to_stderr, read_settings
from stores.embedded import owned
from stores.media.local import LocalFiles
from transport import media, pages
from transport.context import Client, Cookies
from transport.http import GraphQLEndpoint
from transport.limits import Limits
from transport.operations import Operations
from transport.protocol import WebSocketProtocol
from transport.routes import DirectSockets, routes
from transport.websocket import WebSocketEndpoint
from workers.settings import spawn_workers

GRACE_SECONDS = 5
"""What open requests are given at shutdown, once the sockets are closed."""

STARTING_SECONDS = 60
"""After so long a server process that does not answer its parent is ended, and another one started; it does not answer
either until it has loaded its modules, which may take long where the machine is busy."""

PING_SECONDS = 30.0
"""How often each socket is asked whether its peer is there, and how long an answer may take. Pings are most of what an
idle socket costs; what lies between it and its peer mostly forgets it after a minute."""

PORT_SECONDS = 1.0
BACKLOG = 2048

_logger = logging.getLogger("starling")


class Application:
    """The ASGI application's parts that live as long as it does."""

    def __init__(self, settings: Settings, *, with_workers: bool) -> None:
        self._settings = settings
        self._with_workers = with_workers
        self._process: Process | None = None
        limits = Limits(
            sockets_per_account=settings.sockets_per_account, sockets_per_address=settings.sockets_per_address
        )
        operations = Operations(build_schema(), limits)
        http = GraphQLEndpoint(operations, self.context, pages.graphiql_page, limits)
        self.websockets = WebSocketEndpoint(operations, self.context, settings.allowed_origins, limits)
        app = Starlette(
            routes=[
                *routes(http, self.websockets),
                *pages.routes(),
                *media.routes(self._local_files),
                *health.routes(lambda: self._running),
            ],
            middleware=_cross_origin(settings),
            lifespan=self.lifespan,
        )
        app.state.close_sockets = partial(self.websockets.close_all, within=2 * settings.drain_seconds)
        self.asgi = DirectSockets(app, self.websockets)

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with process(self._settings) as composed:
            await composed.follow_live_log()
            composed.note_presence()
            if self._with_workers:
                await spawn_workers(composed)
            self._process = composed
            collect_rarely()
            yield
            self._process = None

    async def context(self, client: Client, cookies: Cookies | None) -> Context:
        """One operation's context. Raises Unauthenticated for a bad bearer token; a stale cookie makes a guest,
        but over a websocket, where it can't be cleared and a stream must not go on, it is as bad."""
        composed = self._running
        viewer = await composed.services.accounts.authenticate(client.token) if client.token else None
        if client.token and viewer is None and (cookies is None or not client.token_from_cookie):
            raise Unauthenticated("This token is unknown, expired or revoked; log in for a new one.")
        if client.token and viewer is None and cookies:
            cookies.clear_session()
        return Context(viewer, client, cookies, composed.services, composed.stores)

    def _local_files(self) -> LocalFiles | None:
        files = self._running.stores.files
        return files if isinstance(files, LocalFiles) else None

    @property
    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError("the application is not running")
        return self._process


def _cross_origin(settings: Settings) -> list[Middleware]:
    """Lets the pages of other origins that are named use the API, cookies included; nothing where none is."""
    if not settings.allowed_origins:
        return []
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["authorization", "content-type"],
        allow_credentials=True,
        expose_headers=["x-request-id"],
    )
    return [cors]


class Server(uvicorn.Server):
    """uvicorn, but it says where to go, and tells clients on websockets to come back before it stops."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _logger.info("GraphiQL and the API: http://%s:%d/graphql", self.config.host, self.config.port)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        app = self.config.loaded_app
        while not isinstance(app, Starlette):
            app = app.app
        await app.state.close_sockets()
        await super().shutdown(sockets)


class Supervisor(Multiprocess):
    """uvicorn's parent of several processes, but it hears at once of one that dies while it is asked whether it lives.

    uvicorn keeps the child's end of their pipe open too, so that no death ends the wait for an answer: a process that
    died while it loaded its modules was awaited for STARTING_SECONDS, replaced by none, and SIGTERM unheeded.
    """

    def keep_subprocess_alive(self) -> None:
        for child in self.processes:
            child.child_conn.close()
        super().keep_subprocess_alive()


def create_app() -> DirectSockets:
    """The app of one of several processes, on the stores that the environment names."""
    settings = read_settings()
    log_to_stderr(settings)
    _end_with_parent()
    return Application(settings, with_workers=False).asgi


def main() -> None:
    """Runs the server until SIGTERM or SIGINT."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _leave)
    with failures_told():
        settings = read_settings()
        log_to_stderr(settings)
        with _listening(settings) as listener:
            if settings.embedded:
                with owned(settings.data_dir) as urls:
                    own = settings.model_copy(update={"database_url": urls.database_url, "redis_url": urls.redis_url})
                    asyncio.run(prepare(own))
                    Server(_config(Application(own, with_workers=True).asgi, settings)).run([listener])
            else:
                asyncio.run(prepare(settings))
                _serve_in_processes(settings, listener)


def _listening(settings: Settings) -> socket:
    """The port, taken before anything is started for it. A server that was killed may take a moment to let go of it."""
    family = AF_INET6 if ":" in settings.host else AF_INET
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                where = f"{settings.host}, port {settings.port}"
                reason = str(error.strerror).partition(" (")[0]
                mend = "name others in STARLING_HOST and STARLING_PORT"
                raise CannotStart(f"can't listen on {where}: {reason}; {mend}") from error
        time.sleep(PORT_SECONDS / 20)


def _serve_in_processes(settings: Settings, listener: socket) -> None:
    workers = settings.processes or os.cpu_count() or 1
    config = _config("server:create_app", settings, workers=workers, factory=True)
    if workers == 1:
        Server(config).run([listener])
        return
    supervisor = Supervisor(config, sockets=[listener])
    with metrics.shared():
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)


def _end_with_parent() -> None:
    """One of several processes would outlive a parent that was killed, and keep its port."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def follow() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="end with parent", daemon=True).start()


def _config(app: DirectSockets | str, settings: Settings, *, workers: int = 1, factory: bool = False) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        workers=workers,
        factory=factory,
        loop="uvloop",
        http="httptools",
        ws=WebSocketProtocol,
        interface="asgi3",
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_max_size=2 * Limits().body_bytes,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=STARTING_SECONDS,
        lifespan="on",
        log_config=None,
        access_log=False,
    )


def _leave(signum: int, _: FrameType | None) -> None:
    """As an exception, so that whatever was started is stopped in order."""
    sys.exit(128 + signum if signum == signal.SIGINT else 0)


if __name__ == "__main__":
    main()
