"""Ctrl-C at a moment of our choice: between two blocks, never within one."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interruption_held() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back until the given callback is called, which then raises KeyboardInterrupt; a second is not held.

    A KeyboardInterrupt that arises while compiled code runs may come out of it as another error, or not at all (numba
    lets it end as a SystemError). Nothing is held where Ctrl-C is ignored, or outside the main thread, which alone
    receives it.
    """
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    pressed = False

    def hold(signum, frame) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    def release() -> None:
        if pressed:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, hold)
    try:
        yield release
    finally:
        signal.signal(signal.SIGINT, before)
