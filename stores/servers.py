"""The servers that a process is connected to, each opened once, whichever ports it serves."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from domain.activity import Fame
from stores.events import EventLog
from stores.events.postgres import PostgresEvents
from stores.graph import GraphStore
from stores.media import MediaFiles
from stores.media.local import LocalFiles
from stores.postgres import Database
from stores.redis import Client, open_client, ping
from stores.search import SearchStore
from stores.tweets import TweetStore


class Servers:
    """Opens them into a stack, which closes them again.

    `event_logs` are those of the servers opened so far, `checks` a cheap call to each, by its name.
    """

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._databases: dict[str, Database] = {}
        self._clients: dict[str, Client] = {}
        self.event_logs: list[EventLog] = []
        self.checks: dict[str, Callable[[], Awaitable[object]]] = {}

    async def postgres(self, url: str) -> Database:
        """The first one is named postgres, further ones with a number."""
        if url not in self._databases:
            database = await Database.open(url)
            self._stack.push_async_callback(database.close)
            self._databases[url] = database
            number = len(self._databases)
            name = "postgres" if number == 1 else f"postgres-{number}"
            self.event_logs.append(PostgresEvents(database, name))
            self.checks[name] = database.ping
        return self._databases[url]

    async def cassandra(self, url: str) -> TweetStore:
        from stores import cassandra  # noqa: PLC0415 - its driver takes a third of a second to load
        from stores.events.cassandra import CassandraEvents  # noqa: PLC0415 - as above
        from stores.tweets.cassandra import CassandraTweets  # noqa: PLC0415 - as above

        database = await cassandra.Database.open(url)
        self._stack.push_async_callback(database.close)
        self.event_logs.append(await CassandraEvents.open(database))
        self.checks["cassandra"] = partial(database.ping, "tweets")
        return await CassandraTweets.open(database)

    async def neo4j(self, url: str, fame: Fame) -> GraphStore:
        from stores.events.neo4j import Neo4jEvents  # noqa: PLC0415 - its driver takes a third of a second to load
        from stores.graph.neo4j import Neo4jGraph  # noqa: PLC0415 - as above
        from stores.neo4j import Neo4jDatabase  # noqa: PLC0415 - as above

        database = await Neo4jDatabase.open(url)
        self._stack.push_async_callback(database.close)
        self.event_logs.append(Neo4jEvents(database))
        self.checks["neo4j"] = database.ping
        return Neo4jGraph(database, fame)

    async def elasticsearch(self, url: str) -> SearchStore:
        from stores.elasticsearch import open_cluster  # noqa: PLC0415 - its driver takes half a second to load
        from stores.search.elasticsearch import ElasticsearchSearch  # noqa: PLC0415 - as above

        cluster = open_cluster(url)
        self._stack.push_async_callback(cluster.close)
        self.checks["elasticsearch"] = cluster.ping
        return ElasticsearchSearch(cluster)

    async def media(self, url: str, origin: str) -> MediaFiles:
        """`origin` is the server's own, through which files of this machine are sent and fetched."""
        if urlsplit(url).scheme == "file":
            return LocalFiles(Path(unquote(urlsplit(url).path)), origin)
        from stores.media import s3  # noqa: PLC0415 - its driver takes a second to load

        bucket = s3.Bucket.of(url)
        files = s3.S3Files(await self._stack.enter_async_context(s3.open_client(bucket)), bucket)
        self.checks["s3"] = files.ping
        return files

    def redis(self, name: str, url: str) -> Client:
        if url not in self._clients:
            self._clients[url] = open_client(url)
            self._stack.push_async_callback(self._clients[url].aclose)
        self.checks[name] = partial(ping, self._clients[url], name)
        return self._clients[url]
