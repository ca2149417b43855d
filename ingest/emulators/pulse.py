"""What emulated oximeters share: which of their frames are due, the pulse they show, and their numbers as codes."""

from collections.abc import Iterator
from math import exp

from ingest.model import SECOND


class Pulse:
    """Frames at `rate` a second, counted from the first time it is asked."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._begun: int | None = None
        self._sent = 0
        self._phase = 0.0

    def frames(self, now: int, per_minute: float) -> Iterator[float]:
        """The phase, 0 to 1 of a beat, of each frame from the last call up to `now` (microseconds)."""
        if self._begun is None:
            self._begun = now
        due = (now - self._begun) * self._rate // SECOND
        for _ in range(self._sent, due):
            self._phase = (self._phase + per_minute / 60 / self._rate) % 1
            yield self._phase
        self._sent = max(self._sent, due)


def height(phase: float) -> float:
    """The pleth, 0 to 1: a steep rise, a slow fall and the small wave after the valve closes."""
    return exp(-(((phase - 0.2) / 0.1) ** 2)) * 0.9 + exp(-(((phase - 0.5) / 0.15) ** 2)) * 0.35


def coded(value: float | None, most: int, none: int) -> int:
    """A number as a device sends it; `none` in place of one it does not have or cannot send."""
    return round(value) if value is not None and 1 <= round(value) <= most else none
