"""What is wrong with the writing, told once at every change."""

import threading
from collections.abc import Callable

LATE = 5.0
"""Seconds that something may wait for its commit (reliability.md 4); the normal wait is one."""

SLOW = f"the record has not been written for {LATE:g} s: check the disk"
LOSING = "the queue is full and readings are being lost"


class Trouble:
    """Two threads report, `tell` hears each change in order: a line for people, or None when all is well.

    `age` is how many seconds the oldest thing waits.
    """

    def __init__(self, tell: Callable[[str | None], None], age: Callable[[], float]) -> None:
        self._tell = tell
        self._age = age
        self._told: str | None = None
        self._losing = False
        self._lock = threading.Lock()
        self.failure: str | None = None

    def failing(self, failure: str) -> None:
        """Writing failed."""
        self.failure = failure
        self.look()

    def losing(self) -> None:
        """Something offered found no room."""
        self._losing = True
        self.look()

    def working(self) -> None:
        """Everything that waited is written."""
        self.failure, self._losing = None, False
        self.look()

    def look(self) -> None:
        """Tell what has begun, changed or gone."""
        with self._lock:
            cause = self.failure or (SLOW if self._age() > LATE else None)
            parts = [part for part in (cause, LOSING if self._losing else None) if part]
            message = "; ".join(parts) or None
            if message != self._told:
                self._told = message
                self._tell(message)
