"""Patterns in the samples of one signal that a plain limit does not see: area, dips, a fall too fast."""

from collections import deque
from collections.abc import Callable
from math import ceil

from alerts.conditions import Comparison
from alerts.deadlines import Deadlines
from alerts.rules import Dips, FastFall, PercentSeconds
from ingest.model import SECOND, micros


class AreaWatch:
    """%-seconds below a limit, as in SatSeconds (rules.md section 3, first note).

    The index grows by (limit - value, at most the cap) a second below the limit and falls by
    (value - limit, at least 1, at most the cap) at or above it, never below 0. It is carried from
    sample to sample in closed form, so ticks make no difference.
    """

    def __init__(self, rule: PercentSeconds, limit: float, deadlines: Deadlines, full: Callable[[int], None]) -> None:
        self.limit = limit
        self._cap = rule.cap
        self._full_at = rule.index * SECOND
        self.words = f"{rule.index:g} %-seconds"
        self._deadlines = deadlines
        self._full = full
        self._timer = deadlines.register(full)
        self.reset()

    def reset(self) -> None:
        """Start from 0 at the next sample."""
        self._index = 0.0
        self._rate = 0.0
        self._since: int | None = None
        self._is_full = False
        self._deadlines.cancel(self._timer)

    def sample(self, t: int, value: float) -> None:
        """Take one valid sample; calls `full` at once or sets the deadline at which the index is reached."""
        if self._since is not None:
            self._index = max(0.0, self._index + self._rate * (t - self._since))
        self._since = t
        below = self.limit - value
        self._rate = min(below, self._cap) if below > 0 else -min(max(-below, 1.0), self._cap)
        if below <= 0:
            self._is_full = False
            self._deadlines.cancel(self._timer)
        elif self._is_full:
            return
        elif self._index >= self._full_at:
            self._is_full = True
            self._full(t)
        else:
            self._deadlines.set(self._timer, t + ceil((self._full_at - self._index) / self._rate))


class DipWatch:
    """Separate dips: a sample beyond the limit after one back inside by the hysteresis."""

    def __init__(self, rule: Dips, comparison: Comparison, hysteresis: float) -> None:
        self._within = micros(rule.within)
        self.comparison = comparison
        self._hysteresis = hysteresis
        self._times: deque[int] = deque(maxlen=rule.count)
        self._is_armed = False
        self.words = f"{rule.count} dips in {rule.within:g} s"

    def sample(self, t: int, value: float) -> bool:
        """Whether this sample completes the last of the dips in time."""
        if self.comparison.is_inside(value, self._hysteresis):
            self._is_armed = True
        elif self._is_armed and self.comparison.holds(value):
            self._is_armed = False
            self._times.append(t)
            return len(self._times) == self._times.maxlen and t - self._times[0] <= self._within
        return False

    def reset(self) -> None:
        """Forget the dips."""
        self._times.clear()
        self._is_armed = False


class FallWatch:
    """Did the value just fall faster than blood does? (O2-4)"""

    def __init__(self, rule: FastFall) -> None:
        self._rate = rule.rate
        self._within = micros(rule.within)
        self._delay = micros(rule.delay)
        self._last: tuple[int, float] | None = None
        self._fell_at: int | None = None

    def sample(self, t: int, value: float) -> None:
        """Take one valid sample."""
        if self._last is not None:
            before, old = self._last
            if (old - value) * SECOND > self._rate * (t - before):
                self._fell_at = t
        self._last = (t, value)

    def delay(self, t: int) -> int:
        """How long to wait from `t`, in microseconds."""
        return self._delay if self._fell_at is not None and t - self._fell_at <= self._within else 0
