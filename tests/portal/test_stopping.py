"""A wish to stop is heard at any moment, also from a signal in the middle of a wait."""

import os
import signal
import threading
import time

from portal.stopping import Stop


def test_a_signal_in_the_middle_of_waiting_is_heard() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    try:
        for _ in range(20):
            stop = Stop()
            signal.signal(signal.SIGUSR1, stop.ask)
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            began = time.monotonic()
            assert stop.wait(30)
            assert time.monotonic() - began < 5
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_nobody_asks() -> None:
    assert not Stop().wait(0.01)
