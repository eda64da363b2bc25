"""What a URL says of a cluster, and the driver's cluster that it makes."""

import logging
import re
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from cassandra import ConsistencyLevel, ProtocolVersion
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.io.libevreactor import LibevConnection
from cassandra.policies import ConstantReconnectionPolicy, DCAwareRoundRobinPolicy, TokenAwarePolicy
from cassandra.query import dict_factory, tuple_factory

from stores.cassandra.retries import Retries

PORT = 9042
CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 5.0
"""How long a request may take, its retries included."""

RECONNECT_SECONDS = 1.0
NAMED = "named"
"""The execution profile whose rows are dicts, for what answers with columns that depend on the outcome."""

_SETTINGS = {"datacenter", "consistency", "replication", "tls"}


@dataclass(frozen=True, slots=True)
class Address:
    """cassandra://[user:password@]host1,host2:9042/keyspace?datacenter=…[&consistency=…][&replication=…][&tls=on]

    `replication`: copies of a keyspace that is made; None: three, or as many as the data centre has nodes.
    """

    hosts: tuple[str, ...]
    port: int
    keyspace: str
    datacenter: str
    consistency: int
    replication: int | None
    user: str | None
    password: str
    tls: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError, which says what is wrong."""
        parts = urlsplit(url)
        settings = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if unknown := settings.keys() - _SETTINGS:
            raise ValueError(f"{min(unknown)} is no setting of a cassandra:// URL")
        keyspace = parts.path.strip("/")
        if not re.fullmatch(r"\w{1,48}", keyspace, re.ASCII):
            raise ValueError("a cassandra:// URL names a keyspace: letters, digits and _, at most 48")
        if "datacenter" not in settings:
            raise ValueError("a cassandra:// URL names its data centre: ?datacenter=…")
        credentials, _, hosts = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        hosts, _, port = hosts.partition(":")
        replication = settings.get("replication")
        return cls(
            hosts=tuple(hosts.split(",")),
            port=int(port or PORT),
            keyspace=keyspace,
            datacenter=settings["datacenter"],
            consistency=_consistency(settings.get("consistency", "LOCAL_QUORUM")),
            replication=int(replication) if replication else None,
            user=unquote(user) or None,
            password=unquote(password),
            tls=settings.get("tls", "off") == "on",
        )

    def cluster(self) -> Cluster:
        """Not yet connected, but the hosts' names are looked up. What the driver would log of hosts that come and go is
        told by Unavailable."""
        logging.getLogger("cassandra").setLevel(logging.ERROR)
        profile = {
            "load_balancing_policy": TokenAwarePolicy(DCAwareRoundRobinPolicy(self.datacenter), shuffle_replicas=False),
            "retry_policy": Retries(),
            "consistency_level": self.consistency,
            "serial_consistency_level": ConsistencyLevel.LOCAL_SERIAL,
            "request_timeout": REQUEST_SECONDS,
        }
        return Cluster(
            self.hosts,
            port=self.port,
            protocol_version=ProtocolVersion.V4,
            connection_class=LibevConnection,
            auth_provider=PlainTextAuthProvider(self.user, self.password) if self.user else None,
            ssl_context=ssl.create_default_context() if self.tls else None,
            reconnection_policy=ConstantReconnectionPolicy(RECONNECT_SECONDS, max_attempts=None),
            connect_timeout=CONNECT_SECONDS,
            execution_profiles={
                EXEC_PROFILE_DEFAULT: ExecutionProfile(row_factory=tuple_factory, **profile),
                NAMED: ExecutionProfile(row_factory=dict_factory, **profile),
            },
        )


def _consistency(name: str) -> int:
    try:
        return int(ConsistencyLevel.name_to_value[name.upper()])
    except KeyError:
        raise ValueError(f"{name} is no consistency level") from None
