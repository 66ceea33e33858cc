"""Processor time and memory of whole trees of processes, as Linux counts it."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
#: Where /proc/PID/stat keeps these, counted behind the process's name.
STATE, PARENT, USER_TICKS, SYSTEM_TICKS, RESIDENT_PAGES = 0, 1, 11, 12, 21
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
ENDED = frozenset({"Z", "X"})
GONE_WITHIN_S = 10.0


def tree(root: int) -> set[int]:
    """The process and everything below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid in _running():
        if (fields := _stat(pid)) is not None:
            children[int(fields[PARENT])].append(pid)
    found, waiting = set(), [root]
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children[pid]
    return found


def cpu_s(root: int) -> float:
    """Processor seconds that the tree of a process has used; of its members that are alive."""
    stats = (_stat(pid) for pid in tree(root))
    return sum(int(one[USER_TICKS]) + int(one[SYSTEM_TICKS]) for one in stats if one is not None) / TICKS_PER_S


def memory_mb(root: int) -> float:
    """MiB that the tree of a process holds now, what its members share counted for each."""
    return sum(int(one[RESIDENT_PAGES]) for pid in tree(root) if (one := _stat(pid)) is not None) * PAGE_MB


def wait_until_gone(pids: Collection[int]) -> None:
    """Return once all of them have ended; who ended and was not collected yet has ended."""
    until = time.monotonic() + GONE_WITHIN_S
    while any((fields := _stat(pid)) is not None and fields[STATE] not in ENDED for pid in pids):
        if time.monotonic() > until:
            raise AssertionError("processes did not end")
        time.sleep(0.01)


def _running() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    """The fields behind the name, which may hold spaces; None once the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
