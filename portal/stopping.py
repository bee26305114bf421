"""A wish to stop, as a plain flag: a signal handler may express it at any moment.

`threading.Event` will not do: its `set` takes the lock that `wait` holds for an instant, and a
handler that runs in that instant waits for its own thread for ever.
"""

import time

# Seconds between two looks at the flag.
STEP = 0.1


class Stop:
    """Asked for by a signal or another thread, looked at by loops."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, *_: object) -> None:
        """Express the wish; fits as a signal handler."""
        self.asked = True

    def wait(self, seconds: float) -> bool:
        """Wait this long, or until somebody asks; answers whether somebody has."""
        deadline = time.monotonic() + seconds
        while not self.asked:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(STEP, left))
        return self.asked
