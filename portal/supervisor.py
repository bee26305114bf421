"""Two processes, web server and worker, started together and stopped together.

Each child reads a pipe that the supervisor holds open: when the supervisor dies, however it dies,
the pipe closes and the children stop. A child that dies is started again.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

from content.errors import Unavailable
from portal.settings import PREFIX, Settings
from portal.stopping import Stop

# Seconds until the portal must answer /readyz, and until a child that was asked to stop is killed.
READY_WITHIN = 60.0
STOP_WITHIN = 10.0
# A child that dies this often within a minute has a fault that starting again does not mend.
MOST_STARTS = 6


class Supervisor:
    """The children of one portal."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stop = Stop()
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
                when_ready()
            while not self.stop.wait(0.3):
                self._watch()
        finally:
            self._end()

    def _start(self, name: str) -> None:
        starts = self._starts[name]
        starts.append(time.monotonic())
        if len([moment for moment in starts if moment > starts[-1] - 60]) > MOST_STARTS:
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
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and not self.stop.wait(0.1):
            self._watch()
            if _is_ready(self.settings):
                return True
        if self.stop.asked:
            return False
        raise Unavailable(f"The portal was not ready within {READY_WITHIN:.0f} s.")

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


def _is_ready(settings: Settings) -> bool:
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{shown}:{settings.port}/readyz", timeout=2) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (OSError, HTTPException, ValueError):  # away, killed in mid-answer, or not ours
        return False


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
