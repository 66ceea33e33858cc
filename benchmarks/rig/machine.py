"""The machine that figures come from: without it they say nothing."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

BLOCK = b"\0" * 8192
FLUSHES = 200


def facts(folder: Path) -> dict[str, str]:
    """Cores, memory, kernel, Python, the load by others, and what a flush takes on the disk of a folder."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    median_s, slow_s = fdatasync_s(folder)
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory_gib:.0f} GiB",
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "fdatasync of 8 KiB": f"median {median_s * 1e6:.0f} µs, 99 of 100 within {slow_s * 1e6:.0f} µs",
    }


def fdatasync_s(folder: Path) -> tuple[float, float]:
    """How long it takes to make 8 KiB durable in a file that is there: the median and the 99th percentile."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        os.pwrite(file.fileno(), BLOCK * 16, 0)
        os.fsync(file.fileno())
        for number in range(FLUSHES):
            began = time.perf_counter()
            os.pwrite(file.fileno(), BLOCK, len(BLOCK) * (number % 16))
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took), statistics.quantiles(took, n=100)[-1]
