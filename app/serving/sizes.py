"""How large the web part is on a given machine, so that one image fits a small office PC and a rack server."""

from __future__ import annotations

import os

SPARED_MB = 900  # the system, nginx, the exam part, and what the disk cache needs to be of use
WORKER_MB = 250  # a web process that makes PDFs and reads large uploads
MOST_WORKERS = 8
FEWEST_THREADS, MOST_THREADS = 4, 8


def web_size(cores: int, memory_mb: int) -> tuple[int, int]:
    """Processes and threads in each for the web part. A process per core, as far as memory goes; one core stays free
    for the exam part where there are more than two."""
    by_cores = cores if cores <= 2 else cores - 1
    by_memory = (memory_mb - SPARED_MB) // WORKER_MB
    workers = max(1, min(by_cores, by_memory, MOST_WORKERS))
    return workers, FEWEST_THREADS if memory_mb < 2 * SPARED_MB else MOST_THREADS


def this_machine() -> tuple[int, int]:
    """Cores and memory in MB of the machine we run on (Windows tells no memory: a common size is assumed)."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (AttributeError, OSError, ValueError):
        memory = 4000
    return os.cpu_count() or 1, memory
