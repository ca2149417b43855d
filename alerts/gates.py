"""PRE rules: what asks for a clinician's decision before the infusion starts. They raise nothing and stop nobody."""

from collections.abc import Iterable, Mapping

from alerts.conditions import Comparison, pressures
from alerts.rules import Rule
from ingest.model import NIBP, NibpReading, Signal, micros


class Gate:
    """One PRE rule: which of its conditions hold, since when."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._persistence = micros(rule.stage[0].persistence)
        self._holding: dict[Comparison, tuple[int, float]] = {}

    def take(self, t: int, values: Mapping[Signal, float | None]) -> bool:
        """New numbers (None: gone); True when they are the first that break the gate."""
        was_holding = bool(self._holding)
        for comparison in self.rule.stage[0].when:
            if comparison.signal not in values:
                continue
            value = values[comparison.signal]
            if value is None or not comparison.holds(value):
                self._holding.pop(comparison, None)
            else:
                since = self._holding.get(comparison, (t, value))[0]
                self._holding[comparison] = since, value
        return bool(self._holding) and not was_holding

    def unmet(self, t: int) -> str:
        """What a clinician has to decide about at `t`; "" when there is nothing."""
        words = [c.describe(value) for c, (since, value) in self._holding.items() if t - since >= self._persistence]
        return f"{self.rule.id}: {', '.join(words)}" if words else ""


class Gates:
    """All PRE rules of a profile."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._gates = [Gate(rule) for rule in rules]

    def sample(self, t: int, signal: Signal, value: float | None) -> None:
        """A valid sample, or None: the signal is gone."""
        for gate in self._gates:
            gate.take(t, {signal: value})

    def reading(self, t: int, reading: NibpReading) -> list[str]:
        """A good cuff reading; the ids of the rules that want it repeated."""
        values = {signal: value for signal, value in pressures(reading).items() if signal in NIBP and value is not None}
        return [gate.rule.id for gate in self._gates if gate.take(t, values) and gate.rule.repeat]

    def unmet(self, t: int, has_baseline: bool) -> list[str]:
        """What a clinician has to decide about, in words."""
        reasons = [words for gate in self._gates if (words := gate.unmet(t))]
        return reasons if has_baseline else [*reasons, "no baseline of the blood pressure"]
