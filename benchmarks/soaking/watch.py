"""What the site's processes take, every five seconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from benchmarks.scrape import Server

from .parts import Serving
from .prometheus import INTERVAL


@dataclass
class Watch:
    """Resident MiB of each worker, at so many seconds since the first look."""

    serving: Serving
    at: list[float] = field(default_factory=list)
    resident: dict[int, list[float]] = field(default_factory=dict)
    were_replaced: bool = False
    spent: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        found = {pid: resident(pid) for pid in self.serving.workers()}
        self.were_replaced |= bool(self.at) and found.keys() != self.resident.keys()
        self.at.append(time.monotonic() - self.began)
        for pid, mebibytes in found.items():
            self.resident.setdefault(pid, []).append(mebibytes)

    def cpu(self) -> float:
        """Return the CPU seconds of the workers since they were started."""
        return sum(Server(0, pid).cpu() for pid in self.serving.workers())

    def together(self) -> list[float]:
        return [sum(values) for values in zip(*self.resident.values(), strict=False)]

    def between(self, values: list[float], since: float, until: float) -> list[float]:
        pairs = zip(self.at, values, strict=False)
        return [value for at, value in pairs if since <= at <= until]

    def slope(self, values: list[float], since: float) -> float:
        """MiB an hour, by least squares."""
        hours = [at / 3_600 for at in self.at if at >= since]
        return statistics.linear_regression(hours, values[-len(hours) :]).slope


@contextmanager
def watching(serving: Serving) -> Iterator[Watch]:
    watch, done = Watch(serving), Event()
    before = watch.cpu()

    def look() -> None:
        while True:
            watch.look()
            if done.wait(INTERVAL):
                return

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
        watch.spent = watch.cpu() - before
    finally:
        done.set()
        thread.join()


def resident(pid: int) -> float:
    """Return the MiB that a process has in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
