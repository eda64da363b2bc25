"""What every long-running program of the project begins with: settings, log, and failures told in plain lines."""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

import metrics
from migrations.runner import MigrationError
from settings import Settings
from stores.embedded import AlreadyRunning, NotStarted
from stores.reach import Unreachable
from stores.urls import WrongUrl

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class CannotStart(Exception):
    """The message says what stands in the way, and the mend."""


def read_settings() -> Settings:
    """The environment's settings. Raises CannotStart with a line for each that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise CannotStart("\n".join(_line(each["loc"], each["msg"]) for each in error.errors())) from error


def log_to_stderr(settings: Settings) -> None:
    """Configures the process's log."""
    logging.basicConfig(level=settings.log_level, format=LOG_FORMAT)


def serve_metrics(settings: Settings) -> None:
    """Exposes the metrics of a process that serves nothing else, where a port for them is set. Raises CannotStart."""
    if settings.metrics_port:
        try:
            metrics.serve(settings.host, settings.metrics_port)
        except OSError as error:
            where = f"{settings.host}, port {settings.metrics_port}"
            raise CannotStart(
                f"can't listen on {where}: {error.strerror}; name another in STARLING_METRICS_PORT"
            ) from error


@contextmanager
def failures_told() -> Iterator[None]:
    """Ends the program with exit code 1, and without a traceback, where what failed is for its operator to mend."""
    try:
        yield
    except (CannotStart, AlreadyRunning, NotStarted, WrongUrl, Unreachable, MigrationError) as error:
        sys.exit(str(error))


def _line(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location:
        return message
    name = str(location[0])
    return f"STARLING_{name.upper()}: {message}. {Settings.model_fields[name].description}"


def collect_rarely() -> None:
    """Has the garbage collector pass over what is there now, and look at the rest less often. To look at all that
    thousands of open sockets are made of was an eighth of a server's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 5)
