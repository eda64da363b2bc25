"""Every setting, read from the environment with the prefix STARLING_; the field's name in upper case follows it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """One process's settings; immutable once read."""

    model_config = SettingsConfigDict(env_prefix="STARLING_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, description="Port the server listens on.", ge=0, le=65535)
    processes: int = Field(0, description="Server processes where URLs are set; 0: one per core.", ge=0)
    metrics_port: int = Field(0, description="Port of a worker's own /metrics; 0: none.", ge=0, le=65535)
    data_dir: Path = Field(Path("data"), description="Where the embedded Postgres and Valkey keep their data.")
    database_url: str | None = Field(None, description="postgresql://… of the accounts; unset: an embedded Postgres.")
    tweets_url: str | None = Field(
        None, description="postgresql://… or cassandra://… of the tweets; unset: as DATABASE_URL."
    )
    graph_url: str | None = Field(
        None, description="postgresql://…, bolt://… or neo4j://… of the follow graph; unset: as DATABASE_URL."
    )
    search_url: str | None = Field(
        None,
        description="postgresql://… or http(s)://…/prefix (Elasticsearch) of the search index; unset: as DATABASE_URL.",
    )
    media_url: str | None = Field(
        None, description="s3://KEY:SECRET@HOST/BUCKET or file:///FOLDER of media; unset: `media` in DATA_DIR."
    )
    public_url: str | None = Field(
        None, description="https://… that clients know the server by, as signed URLs name it; unset: HOST and PORT."
    )
    redis_url: str | None = Field(None, description="redis://… of the cache; unset: an embedded Valkey.")
    timeline_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="redis://… of timelines, with commas between several that share them; unset: as REDIS_URL."
    )
    queue_url: str | None = Field(None, description="redis://… of queues and live log; unset: as REDIS_URL.")
    timeline_size: int = Field(800, description="Entries kept in a precomputed timeline.", ge=1, le=10_000)
    active_days: float = Field(7, description="Days after they were seen in which readers are active.", gt=0)
    passive_days: float = Field(30, description="Days after they were seen until readers are inactive.", gt=0)
    refresh_hours: float = Field(6, description="Hours between two refreshes of a passive reader's timeline.", gt=0)
    classify_seconds: float = Field(60, description="Seconds between two looks for readers of another class.", gt=0)
    famous_followers: int = Field(10_000, description="Followers from which on tweets are pulled, not pushed.", ge=1)
    fan_out_page: int = Field(1_000, description="Readers per job and script call of a fan-out.", ge=2, le=10_000)
    fan_out_own_pages: int = Field(
        10, description="Pages that a fan-out writes itself; each beyond is a job of its own.", ge=0, le=100
    )
    queue_length: int = Field(100_000, description="Jobs in a queue at which events wait in their log instead.", ge=1)
    live_log_entries: int = Field(100_000, description="Entries kept in the live log.", ge=100)
    session_days: int = Field(30, description="Days until a session that is not used ends.", ge=1)
    failed_logins_per_account: int = Field(10, description="Failed log-ins per account in ten minutes.", ge=1)
    failed_logins_per_address: int = Field(100, description="Failed log-ins per address in ten minutes.", ge=1)
    sign_ups_per_address: int = Field(100, description="Refused sign-ups per address in ten minutes.", ge=1)
    sockets_per_account: int = Field(50, description="Websockets of one account in a server process.", ge=1)
    sockets_per_address: int = Field(
        500, description="Websockets from one address in a server process; behind a proxy, all have the proxy's.", ge=1
    )
    drain_seconds: float = Field(
        2, description="Over how long sockets are closed at shutdown, so that not all clients return at once.", ge=0
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins besides the server's own whose pages may use the API, with commas between them."
    )
    patience_seconds: float = Field(
        30, description="Seconds that servers which do not answer yet are waited for at the start.", ge=0
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Level of the log.")

    @field_validator("allowed_origins", "timeline_urls", mode="before")
    @classmethod
    def _split(cls, listed: object) -> object:
        return tuple(filter(None, map(str.strip, listed.split(",")))) if isinstance(listed, str) else listed

    @field_validator("timeline_urls")
    @classmethod
    def _check_servers(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(urls)) < len(urls):
            raise ValueError("names a server twice")
        return urls

    @model_validator(mode="after")
    def _check_urls(self) -> Self:
        if (self.database_url is None) != (self.redis_url is None):
            raise ValueError("set STARLING_DATABASE_URL and STARLING_REDIS_URL both, or neither for embedded servers")
        return self

    @model_validator(mode="after")
    def _check_windows(self) -> Self:
        if self.passive_days < self.active_days:
            raise ValueError("STARLING_PASSIVE_DAYS must not be less than STARLING_ACTIVE_DAYS")
        return self

    @property
    def store_urls(self) -> dict[str, str]:
        """The URL of each port that keeps something, by the setting's name without its prefix; Redis has none of
        these. Empty where DATABASE_URL is not set yet."""
        if self.database_url is None:
            return {}
        own = {"GRAPH_URL": self.graph_url, "TWEETS_URL": self.tweets_url, "SEARCH_URL": self.search_url}
        return {"DATABASE_URL": self.database_url} | {name: url or self.database_url for name, url in own.items()}

    @property
    def origin(self) -> str:
        """What URLs of the server itself begin with."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - not to listen on
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def embedded(self) -> bool:
        """Whether the server starts a Postgres and a Valkey of its own."""
        return self.database_url is None
