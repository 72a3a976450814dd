import signal
import threading

import pytest

from simulator.interruption import interruption_held


def test_ctrl_c_waits_until_it_is_released():
    after = False
    with pytest.raises(KeyboardInterrupt), interruption_held() as release:
        release()
        signal.raise_signal(signal.SIGINT)
        after = True
        release()
        pytest.fail("released, and nothing happened")
    assert after


def test_a_second_ctrl_c_does_not_wait():
    with pytest.raises(KeyboardInterrupt), interruption_held():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second was held")


def test_what_ctrl_c_does_is_as_before_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with interruption_held():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_where_ctrl_c_is_ignored_it_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruption_held() as release:
            signal.raise_signal(signal.SIGINT)
            release()
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_holds_nothing():
    seen = []

    def work():
        with interruption_held() as release:
            release()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
