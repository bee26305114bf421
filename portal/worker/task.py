"""What a handler of a long job is given: its payload, and a way to show progress and be stopped."""

import time
from collections.abc import Mapping
from typing import Any

from content import jobs
from content.db import now
from portal.runtime import Runtime

# Seconds between two writes of progress: people cannot read faster, and each one is a commit.
EVERY = 0.5


class Stopped(Exception):
    """Somebody asked the running job to stop."""


class Task:
    """One running job."""

    def __init__(self, runtime: Runtime, job_id: int, payload: Mapping[str, Any]) -> None:
        self.runtime = runtime
        self.job_id = job_id
        self.payload = payload
        self._last = 0.0

    def progress(self, step: str, share: float) -> None:
        """Show where the work stands, at most twice a second.

        Raises:
            Stopped: somebody asked the job to stop.
        """
        tick = time.monotonic()
        if tick - self._last < EVERY:
            return
        self._last = tick
        with self.runtime.database.writing() as session:
            goes_on = jobs.progress(session, self.job_id, step, share, at=now())
        if not goes_on:
            raise Stopped
