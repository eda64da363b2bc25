"""Crash points: places between two steps of a write at which a test can end the process as `kill -9` would."""

import os
import signal

_ARMED = os.environ.get("STARLING_CRASH_AT")


def crash_point(name: str) -> None:
    """Kills this process here if STARLING_CRASH_AT names the point."""
    if name == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
