"""Starting the portal as a person does, in processes of its own, and waiting for it."""

import json
import socket
import subprocess
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_ready(url: str, running: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for /readyz; the demo has two minutes on a slow machine."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert running.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                if json.load(answer)["status"] == "ok":
                    return
        except (OSError, HTTPException):
            time.sleep(0.2)
    raise AssertionError(f"not ready: {log.read_text()}")
