"""A TCP connection to a server that a test holds in its hands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Wire:
    """Passes on what clients and a server send. `port`: where clients connect."""

    def __init__(self, host: str, server_port: int) -> None:
        self._server = host, server_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._losing = self._refusing = False
        self.port = 0

    def lose_answers(self) -> None:
        """From now on nothing that the server says arrives."""
        self._losing = True

    def refuse(self) -> None:
        """Ends all connections, and new ones as soon as they are made."""
        self.cut()
        self._refusing = True

    def cut(self) -> None:
        """Ends all connections; new ones are whole."""
        self._losing = self._refusing = False
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._server)
        ends = {writer, upstream_writer}
        self._writers |= ends
        await asyncio.gather(
            self._pump(reader, upstream_writer, answers=False), self._pump(upstream_reader, writer, answers=True)
        )
        self._writers -= ends

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        try:
            while data := await reader.read(65_536):
                if not (answers and self._losing):
                    writer.write(data)
                    await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
