"""What processes have used so far."""

import time
from collections.abc import Sequence

import psutil


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of processes, of threads that ended too, from their CPU clocks (clock_getcpuclockid(3)):
    /proc tells it in ticks of 10 ms, in which a thousand deliveries may be over. Ticks where there is no such clock."""
    return sum(map(_cpu_seconds, pids))


def _cpu_seconds(pid: int) -> float:
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)


def resident_bytes(pids: Sequence[int]) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


def open_files(pids: Sequence[int]) -> int:
    """File descriptors, sockets included."""
    return sum(psutil.Process(pid).num_fds() for pid in pids)
