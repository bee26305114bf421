"""The worker: drains the job table, one process, one job at a time; index jobs go in batches.

A job's handler may run twice and must come to the same end. The worker leaves a sign of life
every second, stops at SIGTERM between two jobs, and gives back what it held.
"""

from portal.worker.loop import run

__all__ = ["run"]
