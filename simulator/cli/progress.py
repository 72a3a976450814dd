"""Progress of a run on standard error: a bar on a terminal, a line every ten seconds in a log."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

# A log line this often keeps continuous-integration systems from taking a long run for a dead one.
LOG_SECONDS = 10.0

RATE_SECONDS = 20.0

Tick = Callable[[int, int, Mapping], None]


@contextmanager
def progress(total: int, title: str, silent: bool) -> Iterator[Tick]:
    """Give a callback `(blocks done, blocks in all, statistics)` that shows how far the run is.

    `statistics` may hold `time` (simulated, UTC seconds) and `liquidations` (so far).
    """
    if silent:
        yield lambda done, total, statistics: None
    elif sys.stderr.isatty():
        with _bar(total, title) as tick:
            yield tick
    else:
        print(f"{title}: deploying the protocol", file=sys.stderr, flush=True)
        yield _Log(title)


class _Log:
    """Prints a line when enough wall time has passed."""

    def __init__(self, title: str):
        self.title = title
        self.rate = _Rate()
        self.last = time.monotonic()

    def __call__(self, done: int, total: int, statistics: Mapping) -> None:
        now = time.monotonic()
        rate = self.rate(done)
        if now - self.last < LOG_SECONDS and done < total:
            return
        self.last = now
        left = "" if done >= total else f", {_duration((total - done) / max(rate, 1e-9))} left"
        print(
            f"{self.title}: block {done:,} of {total:,} ({rate:,.0f} blocks/s{left}), {_simulated(statistics)}",
            file=sys.stderr,
            flush=True,
        )


class _Rate:
    """Blocks per second over the last `RATE_SECONDS`: a crash is slower to simulate than the calm before it."""

    def __init__(self) -> None:
        self.seen: deque[tuple[int, float]] = deque()

    def __call__(self, done: int) -> float:
        now = time.monotonic()
        self.seen.append((done, now))
        while now - self.seen[0][1] > RATE_SECONDS and len(self.seen) > 2:
            self.seen.popleft()
        blocks, since = self.seen[0]
        return (done - blocks) / max(now - since, 1e-9)


@contextmanager
def _bar(total: int, title: str) -> Iterator[Tick]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[simulated]}"),
    )
    with Progress(*columns, console=Console(stderr=True), expand=True) as shown:
        task = shown.add_task(title, total=total, rate="", simulated="deploying the protocol")
        rate = _Rate()

        def tick(done: int, total: int, statistics: Mapping) -> None:
            speed = f"{rate(done):,.0f} blocks/s"
            shown.update(task, completed=done, total=total, rate=speed, simulated=_simulated(statistics))

        yield tick


def _simulated(statistics: Mapping) -> str:
    parts = []
    if (timestamp := statistics.get("time")) is not None:
        parts.append(f"{datetime.fromtimestamp(timestamp, UTC):%d %b %Y %H:%M} UTC")
    if (liquidations := statistics.get("liquidations")) is not None:
        parts.append(f"{liquidations:,.0f} liquidation{'' if liquidations == 1 else 's'}")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
