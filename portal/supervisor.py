"""Two processes, web server and worker, started together and stopped together.

Each child reads a pipe that the supervisor holds open: when the supervisor dies, however it dies,
the pipe closes and the children stop. A child that dies is started again.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from content.errors import Unavailable
from portal.readiness import SERVER, Say, Waiting, missing
from portal.settings import PREFIX, Settings
from portal.stopping import Stop

# Seconds until a child that was asked to stop is killed.
STOP_WITHIN = 10.0
# A child that dies this often within a minute, or before the portal was ever ready, has a fault
# that starting again does not mend.
MOST_STARTS = 6


class Supervisor:
    """The children of one portal."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self.settings = settings
        self.say = say
        self.stop = Stop()
        self._was_ready = False
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._starts: dict[str, list[float]] = {"serve": [], "worker": []}

    def run(self, when_ready: Callable[[], None]) -> None:
        """Start both, say when the portal answers, watch them until asked to stop."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self.stop.ask)
        try:
            for child in self._starts:
                self._start(child)
            if self._wait_until_ready():
                self._was_ready = True
                when_ready()
            while not self.stop.wait(0.3):
                self._watch()
        finally:
            self._end()

    def _start(self, name: str) -> None:
        starts = self._starts[name]
        starts.append(time.monotonic())
        counted = [m for m in starts if m > starts[-1] - 60] if self._was_ready else starts
        if len(counted) > MOST_STARTS:
            raise Unavailable(f"The {name} process keeps ending. Its last words are above.")
        self._children[name] = subprocess.Popen(
            [sys.executable, "-m", "portal", name, "--with-parent"],
            stdin=subprocess.PIPE,
            env={**os.environ, **as_environment(self.settings)},
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops them in turn
        )

    def _watch(self) -> None:
        for name, child in list(self._children.items()):
            if child.poll() is not None and not self.stop.asked:
                self._start(name)

    def _wait_until_ready(self) -> bool:
        """Wait as long as the children work; False when somebody asked to stop."""
        waiting = Waiting(self.say, at=time.monotonic())
        while not self.stop.wait(0.1):
            self._watch()
            lacking = missing(self.settings)
            if not lacking:
                return True
            # What the web server says is not ready yet, the worker makes.
            child = self._children["serve" if lacking == [SERVER] else "worker"]
            waiting.look(child.pid, lacking, at=time.monotonic())
        return False

    def _end(self) -> None:
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as the children read them."""
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}


def require_free_port(host: str, port: int) -> None:
    """Pass when nothing listens there.

    Raises:
        Unavailable: something does, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                "Choose another with --port."
            ) from error


def stop_with_parent(stop: Callable[[], None]) -> None:
    """Call `stop` when the supervisor's end of the pipe closes."""

    def watch() -> None:
        # The bare descriptor: a thread that waits in a buffered reader would hold its lock when
        # the interpreter ends.
        while os.read(0, 1):
            pass
        stop()

    threading.Thread(target=watch, daemon=True).start()
