"""How work over rows of arrays is cut: into pieces that fit a bound of memory, and among threads."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from simulator.errors import DataError

MEMORY = 2**28
_SMALL = 2**18
"""Elements below which threads cost more than they save."""

Each = Callable[..., None]
"""each(n, kernel, *arguments) calls kernel(low, high, *arguments) on ranges of rows that cover 0 to n."""


@dataclass(frozen=True, slots=True)
class Workload:
    """How much memory and how many threads a valuation takes; neither changes its result.

    memory : int, bytes of tables
    threads : int, one per core if left out

    Raises DataError if either is below 1.
    """

    memory: int = MEMORY
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)

    def __post_init__(self):
        for name in ("memory", "threads"):
            if getattr(self, name) < 1:
                raise DataError(f"workload: {name} is {getattr(self, name)}, at least 1 is needed")

    @property
    def room(self) -> int:
        """Floats that each of two tables may hold."""
        return max(self.memory // 16, 1)

    @contextmanager
    def rows(self, elements: int) -> Iterator[Each]:
        """Something to call kernels with, on threads if there are enough elements for it to pay.

        Kernels must write to their own rows alone and should release the interpreter lock.
        """
        if self.threads == 1 or elements < _SMALL:
            yield one_thread
            return
        with ThreadPoolExecutor(self.threads) as pool:

            def each(n: int, kernel: Callable, *arguments) -> None:
                cuts = [n * i // self.threads for i in range(self.threads + 1)]
                jobs = [pool.submit(kernel, low, high, *arguments) for low, high in pairwise(cuts)]
                for job in jobs:
                    job.result()

            yield each


def one_thread(n: int, kernel: Callable, *arguments) -> None:
    """`Each` without threads."""
    kernel(0, n, *arguments)
