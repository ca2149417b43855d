"""The blood pressure in the engine: each cuff reading judged, verified, and asked for again when it is late."""

from alerts.board import Board
from alerts.conditions import Reference, doubt, implausible_map, implausible_nibp, pressures
from alerts.cuff import NibpWatch, OverdueWatch, ProductWatch
from alerts.deadlines import Deadlines
from alerts.judging import Judging
from alerts.model import Rejected
from alerts.rules import Profile, Rule
from ingest.model import NibpReading, Signal


class Pressure:
    """All rules that look at cuff readings; `baseline` is the patient's own."""

    def __init__(
        self, profile: Profile, deadlines: Deadlines, board: Board, judging: Judging, baseline: dict[Signal, float]
    ) -> None:
        self.last: NibpReading | None = None
        """The last good reading."""
        self.failed: NibpReading | None = None
        """The last attempt, where it gave no numbers."""
        self.verify = ""
        """Why the last good reading should be verified; "" when it need not."""
        self.is_measured = False
        """Whether any source declares NIBP."""
        self._limits = profile.verify
        self._judging = judging
        self._references = {Reference.BASELINE: baseline, Reference.PREVIOUS: dict[Signal, float]()}
        self._cuff = [NibpWatch(rule, profile, board) for rule in profile.of_kind("nibp")]
        self._products = [ProductWatch(rule, board) for rule in profile.of_kind("product")]
        self._overdue = [OverdueWatch(rule, profile, deadlines, board) for rule in profile.of_kind("overdue")]

    @staticmethod
    def plausible(t: int, reading: NibpReading) -> tuple[NibpReading, Rejected | None]:
        """The reading at `t` without what cannot be, and what that was (rules.md 2.4)."""
        if why := implausible_nibp(reading):
            return NibpReading(t, reading.source, None, None, None, why), Rejected(t, "nibp", reading.sys, why)
        if why := implausible_map(reading):
            without = NibpReading(t, reading.source, reading.sys, reading.dia)
            return without, Rejected(t, Signal.NIBP_MAP, reading.map, why)
        return NibpReading(t, reading.source, reading.sys, reading.dia, reading.map, reading.error), None

    def take(self, reading: NibpReading, rate: float | None, asking: list[str]) -> list[str]:
        """Judge a plausible reading; `rate` is the one held now, `asking` who wants a repeat already. Who wants one."""
        is_good = any(value is not None for value in (reading.sys, reading.dia, reading.map))
        if is_good:
            asking = [*asking, *self._judge(reading, rate)]
        else:
            self.failed, asking = reading, []
        for overdue in self._overdue:
            if self._judging.is_judged(overdue.rule):
                with self._judging.alone(overdue.rule.id):
                    overdue.reading(reading, is_good, bool(asking))
        return asking

    def _judge(self, reading: NibpReading, rate: float | None) -> list[str]:
        is_judged, previous = self._judging.is_judged, self._references[Reference.PREVIOUS]
        asking = [w.rule.id for w in self._cuff if is_judged(w.rule) and self._asks(w, reading)]
        for product in self._products:
            if is_judged(product.rule):
                with self._judging.alone(product.rule.id):
                    product.reading(reading.t, reading.sys, rate)
        was_doubtful, self.verify = bool(self.verify), doubt(self._limits, reading, previous, rate)
        if self.verify and not was_doubtful:
            asking.append(f"verify: {self.verify}")
        self.last, self.failed = reading, None
        previous.clear()
        previous.update({signal: value for signal, value in pressures(reading).items() if value is not None})
        previous.update({} if rate is None else {Signal.HR: rate})
        return asking

    def _asks(self, watch: NibpWatch, reading: NibpReading) -> bool:
        """Let one rule judge; whether it wants a repeat."""
        with self._judging.alone(watch.rule.id):
            return watch.reading(reading, self._references)
        return False

    def expect(self, t: int) -> None:
        """Readings are due from `t` on, where the phase asks for them and somebody measures."""
        for overdue in self._overdue:
            if self.is_measured and self._judging.is_judged(overdue.rule):
                overdue.expect(t, self._judging.phase)
            else:
                overdue.drop(t, f"phase {self._judging.phase}")

    def set_interval(self, t: int, interval: int | None) -> None:
        """The cuff measures by itself so often, microseconds: it is overdue by that."""
        for overdue in self._overdue:
            overdue.set_interval(t, interval)

    def adopt(self, rule: Rule) -> None:
        """A rule with another limit: the next reading is judged by it."""
        for watch in self._cuff:
            if watch.rule.id == rule.id:
                watch.adopt(rule)

    def rejudge(self, t: int, reason: str) -> None:
        """Rules that are no longer judged end."""
        self._judging.drop_others(t, [*self._cuff, *self._products], reason)
