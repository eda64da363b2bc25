"""Crash points: places between two steps of a write at which a test can end the process as `kill -9` would."""

import os
import signal
from itertools import count

from events import KINDS

POINTS = (
    *(f"{kind}.{step}" for kind in KINDS for step in ("committed", "dispatched")),
    "followed.unmerged",
    "signed_up.merged",
    "fan_out.page",
    "fan_out.delivered",
    "fan_out.indexed",
    "build.begun",
    "index.begun",
    "activity.reclassed",
    "relay.dispatched",
    "relay.saved",
    "timeline.consume.worked",
    "timeline.build.worked",
    "timeline.deliver.worked",
    "timeline.index.worked",
    "timeline.refresh.worked",
    "search.consume.worked",
    "graph.consume.worked",
)
"""All that there are: a kind of event with a step of its dispatch, then those of one place each."""

_armed, _, _nth = os.environ.get("STARLING_CRASH_AT", "").partition(":")
_passing = count(1)


def crash_point(name: str) -> None:
    """Kills this process here where STARLING_CRASH_AT is the point's name, or at the nth passing where it is name:n."""
    if name == _armed and next(_passing) == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
