"""Trying something on a copy of this process, which then is gone."""

from collections.abc import Callable
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from typing import TypeVar

from simulator.errors import ChainError

Answer = TypeVar("Answer")


def in_fork(answer: Callable[[], Answer]) -> Answer:
    """What `answer` returns or raises in a forked copy of this process, whose own state stays as it is.

    A copy shares its memory until one of both writes, so it costs milliseconds. What comes back must be picklable.

    Raises
    ------
    ChainError : the system cannot fork (Windows), or the copy died.
    """
    if "fork" not in get_all_start_methods():
        raise ChainError("going back for one answer takes a fork of the process, which this system does not have")
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    copy = context.Process(target=_reply, args=(sender, answer))
    copy.start()
    sender.close()
    try:
        result, failure = receiver.recv()
    except EOFError:
        raise ChainError("the copy of this process that was to answer died") from None
    finally:
        receiver.close()
        copy.join()
    if failure is not None:
        raise failure
    return result


def _reply(sender: Connection, answer: Callable[[], Answer]) -> None:
    try:
        outcome = answer(), None
    except Exception as failure:
        outcome = None, failure
    sender.send(outcome)
