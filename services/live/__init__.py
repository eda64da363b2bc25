"""Streams: the hub tells each what the live log tells, filtered by whom its viewer follows and may see."""

from services.live.cursors import live_cursor
from services.live.service import LiveService
from services.live.sessions import WatchedSessions

__all__ = ["LiveService", "WatchedSessions", "live_cursor"]
