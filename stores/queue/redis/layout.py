"""How jobs lie in Redis: as arq's workers take them."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgpack

CONSUMER = "consume"
"""The function of every job that an event asks for; its one argument is the packed event."""

JOB_EXPIRY_MS = 72 * 3_600_000
"""Longer than the event logs keep events, which are what else a job could be made from again."""

ENQUEUE_LUA = Path(__file__).with_name("jobs.lua")
"""What a script that adds jobs begins with."""


def queue_key(queue: str) -> str:
    """The sorted set of a queue; arq's `queue_name`."""
    return f"starling:queue:{queue}"


def wake_key(queue_name: str) -> str:
    """The list that has an element when a job was added to a queue since a worker looked last."""
    return f"{queue_name}:wake"


def dead_key(queue: str) -> str:
    """The list of a queue's dead letters, oldest first: function (f), arguments (a), error and Unix time in ms (at)."""
    return f"starling:dead:{queue}"


def serialize(job: dict[str, Any]) -> bytes:
    """arq's `job_serializer`. What msgpack doesn't know, such as the exception of a failed job, becomes its repr."""
    packed: bytes = msgpack.packb(job, default=repr)
    return packed


def deserialize(packed: bytes) -> dict[str, Any]:
    """arq's `job_deserializer`."""
    job: dict[str, Any] = msgpack.unpackb(packed)
    return job


def pack_job(function: str, args: Sequence[object], at_ms: int) -> bytes:
    """A job that is made at a Unix time."""
    return serialize({"t": None, "f": function, "a": args, "k": {}, "et": at_ms})


def now_ms() -> int:
    """The clock by which arq's workers judge whether a job is due."""
    return time.time_ns() // 1_000_000
