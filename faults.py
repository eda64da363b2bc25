"""Fault points: places between two steps of a write at which a test can end the process as `kill -9` would, or stop it
as SIGSTOP does, until SIGCONT has it go on."""

import os
import signal
from pathlib import Path

from events import HINTS, KINDS

POINTS = (
    *(f"{kind}.{step}" for kind in KINDS if kind not in HINTS for step in ("committed", "dispatched")),
    "followed.unmerged",
    "signed_up.merged",
    "fan_out.written",
    "fan_out.page",
    "fan_out.delivering",
    "fan_out.delivered",
    "fan_out.indexed",
    "build.begun",
    "build.read",
    "index.begun",
    "activity.reclassed",
    "relay.dispatched",
    "relay.saved",
    "timeline.consume.worked",
    "timeline.build.worked",
    "timeline.deliver.worked",
    "timeline.index.worked",
    "timeline.refresh.worked",
    "search.read",
    "search.consume.worked",
    "graph.consume.worked",
    "media.made",
    "media.consume.worked",
)
"""All that there are: a kind of logged event with a step of its dispatch, then those of one place each."""


class Fault:
    """What happens to this process at one of the points: at its nth passing where the variable is POINT:NTH, and where
    it is @FILE, at the point that the file names once it does."""

    def __init__(self, variable: str, signum: signal.Signals) -> None:
        self._plan = os.environ.get(variable, "")
        self._signum = signum
        self._passed = 0

    def strike(self, point: str) -> None:
        planned, _, nth = self._read_plan().partition(":")
        if point == planned:
            self._passed += 1
            if self._passed == int(nth or 1):
                os.kill(os.getpid(), self._signum)

    def _read_plan(self) -> str:
        if not self._plan.startswith("@"):
            return self._plan
        file = Path(self._plan[1:])
        return file.read_text() if file.exists() else ""


_FAULTS = (Fault("STARLING_CRASH_AT", signal.SIGKILL), Fault("STARLING_PAUSE_AT", signal.SIGSTOP))


def crash_point(name: str) -> None:
    """Where this process is killed if STARLING_CRASH_AT asks for it, and stopped if STARLING_PAUSE_AT does."""
    for fault in _FAULTS:
        fault.strike(name)
