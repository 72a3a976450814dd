"""Answers of a copy of the process."""

import os

import pytest

from simulator.chain.fork import in_fork
from simulator.chain.revert import CallReverted
from simulator.errors import ChainError


def test_what_the_copy_does_stays_with_the_copy():
    kept = [1]

    def change():
        kept.append(2)
        return kept, os.getpid()

    answer, process = in_fork(change)
    assert answer == [1, 2]
    assert process != os.getpid()
    assert kept == [1]


def test_what_the_copy_raises_is_raised_here():
    def fail():
        raise CallReverted(bytes.fromhex("08c379a0"), "OutOfGas")

    with pytest.raises(CallReverted, match="OutOfGas") as error:
        in_fork(fail)
    assert error.value.data == bytes.fromhex("08c379a0")


def test_a_copy_that_dies_is_an_error():
    with pytest.raises(ChainError, match="the copy of this process that was to answer died"):
        in_fork(lambda: os._exit(1))
