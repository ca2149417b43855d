"""Whether the station was run all the time: the machine may sleep, the program be stopped or starved."""

from collections.abc import Callable

from ingest.model import SECOND

LONGEST = 2 * SECOND
"""Microseconds of the world that may pass between two looks, ten of which fall in a second (T-9)."""


class Standstill:
    """`boottime_ns` never runs backwards and goes on while the machine sleeps; no setting of a clock moves it."""

    def __init__(self, boottime_ns: Callable[[], int]) -> None:
        self._boottime_ns = boottime_ns
        self._looked: int | None = None

    def look(self) -> int:
        """How long nobody has looked, microseconds of the world; 0 where that is no more than LONGEST."""
        now = self._boottime_ns() // 1000
        away = 0 if self._looked is None else now - self._looked
        self._looked = now
        return away if away > LONGEST else 0
