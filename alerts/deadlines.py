"""Timed transitions of the engine: each fires at its own deadline, before any later input is taken.

The order of registration is the order at one instant, so the engine registers the ends of holds
first and the rules after them (rules.md 2.2).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

NEVER = 1 << 62


class Deadlines:
    """A fixed row of timers; every `t` is in microseconds of the session clock.

    Each fires inside `alone`, so that one that fails stops no other.
    """

    __slots__ = ("_alone", "_due", "_fire")

    def __init__(self, alone: AbstractContextManager[object, bool]) -> None:
        self._alone = alone
        self._due: list[int] = []
        self._fire: list[Callable[[int], None]] = []

    def register(self, fire: Callable[[int], None]) -> int:
        """A new timer that calls `fire(deadline)`; returns its number."""
        self._due.append(NEVER)
        self._fire.append(fire)
        return len(self._due) - 1

    def set(self, timer: int, t: int) -> None:
        """Fire `timer` at `t` instead of whenever it was due before."""
        self._due[timer] = t

    def cancel(self, timer: int) -> None:
        """Never mind."""
        self._due[timer] = NEVER

    def run_before(self, t: int) -> None:
        """Fire everything due strictly before `t`, in order of time, each at its own deadline."""
        due = self._due
        while (first := min(due)) < t:
            timer = due.index(first)
            due[timer] = NEVER
            with self._alone:
                self._fire[timer](first)
