"""Cuff and probe on one limb: an inflating cuff stops the pulse, and no alarm should come of that (S: Philips).

SpO2 and pulse alarms are held back while the cuff measures, for a minute at most, and the screen says so. What stood
before goes on standing and escalates; what would have begun is judged anew afterwards.
"""

from collections.abc import Callable

from alerts.board import Board
from alerts.deadlines import Deadlines
from alerts.model import Inhibited, InhibitionEnded
from ingest.model import Signal, micros

_PROBE = frozenset({Signal.SPO2, Signal.PR})


class Inhibition:
    """`judge_again(t)` is called when it is over."""

    def __init__(
        self, longest_s: float, deadlines: Deadlines, board: Board, judge_again: Callable[[int], None]
    ) -> None:
        self.until: int | None = None
        self._not_before = 0
        self._longest = micros(longest_s)
        self._deadlines = deadlines
        self._board = board
        self._judge_again = judge_again
        self._timer = deadlines.register(self.end)

    def concerns(self, signal: Signal) -> bool:
        """Whether a cuff on the probe's limb disturbs `signal`."""
        return signal in _PROBE

    def holds_back(self, signal: Signal) -> bool:
        """Whether alarms of `signal` are held back now."""
        return self.until is not None and self.concerns(signal)

    def begin(self, t: int) -> bool:
        """The cuff inflates. Whether alarms are held back: not right after a hold-back, or they could be for ever."""
        if t < self._not_before:
            return False
        self.until = t + self._longest
        self._deadlines.set(self._timer, self.until)
        self._board.emit(Inhibited(t, self.until))
        return True

    def end(self, t: int) -> None:
        """The cuff is empty, or it took too long."""
        if self.until is not None:
            self.until, self._not_before = None, t + self._longest
            self._deadlines.cancel(self._timer)
            self._board.emit(InhibitionEnded(t))
            self._judge_again(t)
