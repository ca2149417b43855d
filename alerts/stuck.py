"""Values that cannot be: one that never changes (T-7), a pleth that is flat, two rates that contradict (T-8)."""

from collections.abc import Callable

from alerts.board import Board
from alerts.deadlines import Deadlines
from alerts.model import Occurrence
from alerts.rules import Rule
from alerts.technical import StagedAlarm
from ingest.model import SECOND, SIGNALS, Signal, micros

SAMPLES = 30
"""A value counts as stuck only after so many samples: three equal ones of a one-a-minute recording say nothing (D)."""


class StuckWatch:
    """T-7: new time stamps, always the same value, for longer than its signal can do."""

    def __init__(self, rule: Rule, signal: Signal, deadlines: Deadlines, board: Board) -> None:
        self.rule = rule
        self._signal = signal
        self._after = micros((rule.unchanged or {})[signal])
        self._deadlines = deadlines
        self._board = board
        self._timer = deadlines.register(self._is_stuck)
        self._value: float | None = None
        self._since = 0
        self._occurrence: int | None = None

    def look_at(self, signal: Signal) -> None:
        """Watch `signal` from now on."""
        self._signal = signal

    def sample(self, t: int, value: float, interval: int) -> None:
        """A valid sample; the source sends one every `interval` microseconds."""
        if value == self._value:
            return
        self.drop(t, "value changed")
        self._value, self._since = value, t
        self._deadlines.set(self._timer, t + max(self._after, SAMPLES * interval))

    def drop(self, t: int, reason: str) -> None:
        """The signal is gone, or nobody asks."""
        self._value = None
        self._deadlines.cancel(self._timer)
        if self._occurrence is not None:
            self._board.end(t, self._occurrence, reason)
            self._occurrence = None

    def _is_stuck(self, t: int) -> None:
        minutes = (t - self._since) / micros(60)
        words = f"{SIGNALS[self._signal].title} unchanged at {self._value:g} for {minutes:g} min: check the device"
        priority = self.rule.stage[0].priority
        draft = Occurrence(0, self.rule.id, priority, self._signal, None, self._value, None, words, 0, technical=True)
        self._occurrence = self._board.raise_(t, draft)


class FlatPleth:
    """T-7: a flat pleth under a good number."""

    def __init__(self, rule: Rule, deadlines: Deadlines, board: Board) -> None:
        self.rule = rule
        self._seconds = (rule.unchanged or {})[Signal.PLETH]
        self._deadlines = deadlines
        self._timer = deadlines.register(self._is_flat)
        self._alarm = StagedAlarm(rule, deadlines, board)
        self._value: int | None = None
        self._heard = 0

    def wave(self, t: int, values: tuple[int, ...], has_number: bool) -> None:
        """A stretch of pleth has come at `t`; `has_number`: SpO2 is measured meanwhile."""
        self._heard = t
        is_flat = has_number and bool(values) and min(values) == max(values)
        if not is_flat or (self._value is not None and self._value != values[0]):
            self.drop(t, "pleth moves again")
        if is_flat and self._value is None:
            self._value = values[0]
            self._deadlines.set(self._timer, t + micros(self._seconds))

    def drop(self, t: int, reason: str) -> None:
        """It moves, there is no number any more, or nobody asks."""
        self._value = None
        self._deadlines.cancel(self._timer)
        self._alarm.stop(t, reason)

    def _is_flat(self, t: int) -> None:
        if t - self._heard > SECOND:  # it stopped coming: that is another rule's business
            self._value = None
            return
        words = f"Pleth flat for {self._seconds:g} s under an SpO2 number: check the probe"
        self._alarm.raise_now(t, Signal.PLETH, words)


class DisagreeWatch:
    """T-8: heart rate and pulse rate are both there and differ by more than can be."""

    def __init__(self, rule: Rule, deadlines: Deadlines, board: Board, value: Callable[[Signal], float | None]) -> None:
        self.rule = rule
        self._by = rule.by or 0
        self._alarm = StagedAlarm(rule, deadlines, board)
        self._value = value

    def look(self, t: int) -> None:
        """One of the two has changed, come or gone."""
        hr, pr = self._value(Signal.HR), self._value(Signal.PR)
        differ = hr is not None and pr is not None and abs(hr - pr) > self._by
        words = f"HR {hr:g} and PR {pr:g} differ" if differ else ""
        self._alarm.judge(t, differ, Signal.PR, words, "they agree again")

    def drop(self, t: int, reason: str) -> None:
        """Nobody asks."""
        self._alarm.stop(t, reason)
