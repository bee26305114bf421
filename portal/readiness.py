"""Waiting for the portal's processes: what is not ready yet, and whether they work on it.

How long a start takes says nothing of its health: on a busy machine, or with the index of many
lessons to be built, it takes minutes. Who waits therefore gives up when nothing moves, not when a
time is over, and says meanwhile what is waited for.
"""

import json
import os
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError

from content.errors import Unavailable
from portal.settings import Settings

# Seconds in which a process that is waited for must show a sign of work, CPU seconds that are one,
# and seconds between two lines that say what is waited for.
STILL_MOST = 60.0
SIGN = 0.1
SAY_EVERY = 10.0
# Seconds until /readyz must answer.
ANSWER_WITHIN = 5.0
# What is not ready while nothing answers; else the names that /readyz gives.
SERVER = "web server"

Say = Callable[[str], None]


def missing(settings: Settings) -> list[str]:
    """The parts of the portal that are not ready; none when it is."""
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{settings.port}/readyz"
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_WITHIN) as answer:
            return _told(answer)
    except HTTPError as error:  # 503 while a part is not ready: the answer says which
        with error:
            return _told(error)
    except (OSError, HTTPException):  # away, or killed in mid-answer
        return [SERVER]


def _told(answer: IO[bytes]) -> list[str]:
    try:
        found = json.load(answer)
        return [name for name, said in found["checks"].items() if said != "ok"]
    except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError):
        return [SERVER]  # killed in mid-answer, or not ours


class Waiting:
    """Waiting for a process: what for, how long, and whether it still works.

    A sign of work is that something else is waited for, or that the process used the processor.
    Where the system does not tell that (no `/proc`), living is sign enough.
    """

    def __init__(self, say: Say, *, at: float) -> None:
        self._say = say
        self._began = self._signed = self._said = at
        self._seen: tuple[int, Sequence[str]] | None = None
        self._used = 0.0

    def look(self, pid: int, lacking: Sequence[str], *, at: float) -> None:
        """Look at the process that makes what is lacking; say now and then that it is awaited.

        Raises:
            Unavailable: it lives and does nothing.
        """
        used = cpu_seconds(pid)
        if self._seen != (pid, lacking) or used is None or used >= self._used + SIGN:
            self._seen, self._used, self._signed = (pid, lacking), used or 0.0, at
        if at - self._signed > STILL_MOST:
            raise Unavailable(
                f"Not ready: {', '.join(lacking)}. Process {pid} lives, but has done nothing for "
                f"{STILL_MOST:.0f} s. Its last words are above."
            )
        if at - self._said >= SAY_EVERY:
            self._said = at
            awaited = " and ".join(f"the {name}" for name in lacking)
            self._say(f"… Waiting for {awaited}  {at - self._began:.0f} s")


def cpu_seconds(pid: int) -> float | None:
    """How long a process has used the processor; None where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
