"""What waits to be written: a bounded queue that knows exactly what it could not take."""

import threading
from collections import deque
from dataclasses import dataclass

from sqlalchemy import Table

from ingest.recorder import Gap
from ingest.recorder.rows import Values

CAPACITY = 100_000
"""Ten minutes of ten readings a second."""

RESERVE = 1000
"""Room kept for commands and events, which are few and matter more."""

FULL = "the queue was full"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One offer: its place, when it came (the recorder's clock, seconds), and its rows."""

    seq: int
    since: float
    rows: list[tuple[Table, Values]]


class Backlog:
    """Offers in order. What finds no room becomes a Gap in its place, so a loss is always in the record.

    A batch stays in the queue until it is `written`; `kept` says that writing it failed.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._items: deque[Waiting | Gap] = deque()
        self._in_flight = 0
        self._lock = threading.Lock()
        self.lost = 0

    def offer(self, waiting: Waiting, *, reserve: int = 0) -> bool:
        """Take it if there is room; `reserve` is how much further this kind may go."""
        with self._lock:
            if len(self._items) < self._capacity + reserve:
                self._items.append(waiting)
                return True
            self._miss(waiting.seq)
            return False

    def batch(self) -> list[Waiting | Gap]:
        """Everything that waits now, to be written; then comes `written` or `kept`."""
        with self._lock:
            self._in_flight = len(self._items)
            return list(self._items)

    def waiting(self) -> list[Waiting]:
        """Every offer that waits now, to be looked at."""
        with self._lock:
            return [item for item in self._items if isinstance(item, Waiting)]

    def written(self) -> None:
        """The last batch is durable."""
        with self._lock:
            for _ in range(self._in_flight):
                self._items.popleft()
            self._in_flight = 0

    def kept(self) -> None:
        """The last batch could not be written and will be in the next one."""
        with self._lock:
            self._in_flight = 0

    @property
    def oldest(self) -> float | None:
        """When the first of what waits was offered; None when nothing does."""
        with self._lock:
            return next((item.since for item in self._items if isinstance(item, Waiting)), None)

    def _miss(self, seq: int) -> None:
        """Lengthen the gap at the end, unless that one is just being written."""
        self.lost += 1
        last = self._items[-1]
        if isinstance(last, Gap) and len(self._items) > self._in_flight:
            self._items[-1] = Gap(last.first, seq, FULL)
        else:
            self._items.append(Gap(seq, seq, FULL))
