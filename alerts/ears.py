"""Whether an alarm can be heard anywhere: from the station itself, or from a screen that says so again and again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

SCREEN_S = 15.0
"""Seconds a screen's word holds: it says so every 5 s, and one that is frozen or throttled says nothing (D)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """`is_own`: the station itself can be heard. `trouble`: why no alarm can be, from anywhere; None when one can.

    `since` is the session time of the last change, microseconds.
    """

    is_own: bool
    trouble: str | None
    since: int = 0


def no_sounder() -> str:
    """The trouble of a station that was not asked to sound."""
    return "the station makes no sound, start it with --sound"


class Ears:
    """`own` is the trouble of the station's own sound, None when it is heard."""

    def __init__(
        self, own: Callable[[], str | None] = no_sounder, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._own = own
        self._monotonic = monotonic
        self._screen: float | None = None

    def screen_is_heard(self) -> None:
        """Some screen's browser lets sound through."""
        self._screen = self._monotonic()

    def listen(self) -> Heard:
        """What can be heard now; from any thread, never waits."""
        own = self._own()
        if own is None or (self._screen is not None and self._monotonic() - self._screen <= SCREEN_S):
            return Heard(own is None, None)
        return Heard(False, f"{own}; no screen lets sound through")
