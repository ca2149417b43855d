"""NIBP rules at work: each cuff reading is judged by itself, and its absence is a rule too (T-2)."""

from collections.abc import Mapping, Sequence

from alerts.board import Board
from alerts.conditions import Comparison, Reference, pressures
from alerts.deadlines import Deadlines
from alerts.model import Occurrence, Phase, Priority, Side
from alerts.rules import Profile, Rule, Stage
from ingest.model import NibpReading, Signal, micros

NIBP = "nibp"

Values = Mapping[Signal, float | None]
Limits = tuple[Comparison, ...]


References = Mapping[Reference, Mapping[Signal, float]]
"""The numbers that limits are relative to: the baseline, and those of the reading before."""


class NibpWatch:
    """One NIBP limit rule and its present occurrence, if there is one."""

    def __init__(self, rule: Rule, profile: Profile, board: Board) -> None:
        self.rule = rule
        self._board = board
        self._hysteresis = profile.hysteresis.nibp if rule.hysteresis is None else rule.hysteresis
        self._occurrence: int | None = None
        self._last_violation: int | None = None
        self._broken: frozenset[Signal] = frozenset()

    def adopt(self, rule: Rule) -> None:
        """The rule with another limit; the next reading is judged by it."""
        self.rule = rule

    def reading(self, reading: NibpReading, references: References) -> bool:
        """Judge one good reading; True when the rule asks for a repeat of it."""
        values = pressures(reading)
        limits = [tuple(c for when in s.when if (c := when.against(references))) for s in self.rule.stage]
        reached = self._reached(reading.t, values, limits)
        if reached is None:
            if not limits[0]:
                self.drop(reading.t, "no baseline")
            elif self._occurrence is not None and self._is_inside(values, limits[0]):
                self.drop(reading.t, "back inside limits")
            return False
        draft = self._draft(self.rule.stage[reached], values, limits[reached] or limits[0])
        if self._occurrence is not None:
            self._board.escalate(reading.t, self._occurrence, draft)
            return False
        self._occurrence = self._board.raise_(reading.t, draft)
        return self.rule.repeat

    def drop(self, t: int, reason: str) -> None:
        """End the occurrence, if there is one."""
        self._last_violation = None
        if self._occurrence is not None:
            self._board.end(t, self._occurrence, reason)
            self._occurrence = None

    def _reached(self, t: int, values: Values, limits: Sequence[Limits]) -> int | None:
        """The number of the highest stage this reading reaches."""
        broken = frozenset(c.signal for c in limits[0] if c.holds(values[c.signal]))
        is_violating = bool(broken)
        self._broken = broken or self._broken
        before, self._last_violation = self._last_violation, t if is_violating else self._last_violation
        reached = 0 if is_violating else None
        for number, stage in enumerate(self.rule.stage[1:], 1):
            if stage.again_within is None:
                holds = any(c.holds(values[c.signal]) for c in limits[number])
            else:
                holds = is_violating and before is not None and t - before <= micros(stage.again_within)
            reached = number if holds else reached
        return reached

    def _is_inside(self, values: Values, limits: Limits) -> bool:
        """A number that was not measured this time does not count, unless it is the one that broke the limit."""
        given = [(c, values[c.signal]) for c in limits]
        return all(
            c.signal not in self._broken if value is None else c.is_inside(value, self._hysteresis)
            for c, value in given
        )

    def _draft(self, stage: Stage, values: Values, limits: Limits) -> Occurrence:
        broken = [c for c in limits if c.holds(values[c.signal])]
        first = values[broken[0].signal]
        words = ", ".join(c.describe(value) for c in broken if (value := values[c.signal]) is not None)
        again = ", confirmed" if stage.again_within is not None else ""
        return Occurrence(
            0, self.rule.id, stage.priority, NIBP, self.rule.side, first, broken[0].limit, words + again, 0
        )


class ProductWatch:
    """RPP: heart rate times SBP, judged at every cuff reading."""

    def __init__(self, rule: Rule, board: Board) -> None:
        self.rule = rule
        self._limit = rule.above or 0
        self._board = board
        self._in_a_row = 0
        self._occurrence: int | None = None

    def reading(self, t: int, sys: float | None, rate: float | None) -> None:
        """A good reading, and the rate held at its time; without both there is no product."""
        if sys is None or rate is None:
            return
        product, stage = sys * rate, self.rule.stage[0]
        self._in_a_row = self._in_a_row + 1 if product > self._limit else 0
        if not self._in_a_row:
            self.drop(t, "back inside limits")
        elif self._occurrence is None and self._in_a_row >= stage.readings:
            words = f"HR x SBP {product:g} > {self._limit:g}, {stage.readings} readings in a row"
            draft = Occurrence(0, self.rule.id, stage.priority, "rpp", Side.HIGH, product, self._limit, words, 0)
            self._occurrence = self._board.raise_(t, draft)

    def drop(self, t: int, reason: str) -> None:
        """End the occurrence, if there is one, and count anew."""
        self._in_a_row = 0
        if self._occurrence is not None:
            self._board.end(t, self._occurrence, reason)
            self._occurrence = None


class OverdueWatch:
    """T-2: no good reading within the phase's interval, no repeat when asked, or readings that fail."""

    def __init__(self, rule: Rule, profile: Profile, deadlines: Deadlines, board: Board) -> None:
        self.rule = rule
        self._times = profile.nibp
        self._deadlines = deadlines
        self._board = board
        self._priority: Priority = rule.stage[0].priority
        self._interval_timer = deadlines.register(self._overdue)
        self._repeat_timer = deadlines.register(self._not_repeated)
        self._since: int | None = None
        self._has_reading = False
        self._failures = 0
        self._phase = Phase.SETUP
        self._own_interval: int | None = None
        self._is_asked = False
        self._occurrence: int | None = None

    def set_interval(self, t: int, interval: int | None) -> None:
        """The cuff measures by itself so often, microseconds; None: the interval of the phase counts."""
        self._own_interval = interval
        self._set_interval(t)

    def expect(self, t: int, phase: Phase) -> None:
        """NIBP is measured here (a source says so) and this is the phase, from `t` on."""
        self._is_asked = True
        self._phase = phase
        if not self._has_reading:
            self._since = None if phase is Phase.SETUP else t
        self._set_interval(t)

    def reading(self, reading: NibpReading, is_good: bool, ask_repeat: bool) -> None:
        """A reading has come; a failed one answers a repeat but is none."""
        self._deadlines.cancel(self._repeat_timer)
        if not is_good:
            self._failures += 1
            if self._failures >= self._times.failures:
                self._raise(reading.t, f"NIBP failed {self._failures} times: {reading.error or 'no values'}")
            return
        self._failures = 0
        self._has_reading = True
        self._since = reading.t
        self._end(reading.t, "new reading")
        self._set_interval(reading.t)
        if ask_repeat:
            self._deadlines.set(self._repeat_timer, reading.t + micros(self._times.repeat))

    def drop(self, t: int, reason: str) -> None:
        """End the occurrence and wait for nothing."""
        self._is_asked = False
        self._deadlines.cancel(self._interval_timer)
        self._deadlines.cancel(self._repeat_timer)
        self._end(t, reason)

    def _end(self, t: int, reason: str) -> None:
        if self._occurrence is not None:
            self._board.end(t, self._occurrence, reason)
            self._occurrence = None

    def _set_interval(self, t: int) -> None:
        interval = self._times.interval_in(self._phase)
        if self._since is None or interval is None or not self._is_asked:
            self._deadlines.cancel(self._interval_timer)
        else:
            due = self._since + (self._own_interval or micros(interval)) + micros(self._times.overdue)
            self._deadlines.set(self._interval_timer, max(t, due))

    def _overdue(self, t: int) -> None:
        minutes = (t - (self._since or 0)) / micros(60)
        self._raise(t, f"NIBP overdue: no reading for {minutes:g} min")

    def _not_repeated(self, t: int) -> None:
        self._raise(t, f"NIBP repeat not taken within {self._times.repeat / 60:g} min")

    def _raise(self, t: int, message: str) -> None:
        if self._occurrence is None:
            self._occurrence = self._board.raise_(
                t, Occurrence(0, self.rule.id, self._priority, NIBP, None, None, None, message, 0, technical=True)
            )
