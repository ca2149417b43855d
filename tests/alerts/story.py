"""Stories for the engine: say what happens at which second, read what followed as short lines."""

from collections.abc import Iterable

from alerts.engine import Engine
from alerts.journal import snake
from alerts.model import End, Event, Input, OccurrenceEvent, Phase, SetPhase
from alerts.profiles import load_profile
from ingest.model import NIBP, SECOND, DeviceConfiguration, NibpReading, Observation, Signal, Tick, micros

SOURCE = "monitor"
ALL = frozenset({Signal.HR, Signal.SPO2, *NIBP})


class Story:
    """A session in phase infusion with a monitor that gives HR, SpO2 and NIBP."""

    def __init__(self, phase: Phase = Phase.INFUSION, signals: Iterable[Signal] = ALL, interval_s: float = 1) -> None:
        self.engine = Engine(load_profile("iv-ketamine"))
        self.events: list[Event] = []
        self.give(DeviceConfiguration(0, SOURCE, frozenset(signals), micros(interval_s)))
        self.give(SetPhase(0, "test", phase, "a story"))

    def give(self, input_: Input) -> None:
        self.events += self.engine.step(input_)

    def value(self, t: float, signal: Signal, value: float | None) -> None:
        self.give(Observation(micros(t), SOURCE, signal, value))

    def spo2(self, t: float, value: float | None) -> None:
        self.value(t, Signal.SPO2, value)

    def hr(self, t: float, value: float | None) -> None:
        self.value(t, Signal.HR, value)

    def spo2_each_second(self, first: int, last: int, value: float | None) -> None:
        for t in range(first, last + 1):
            self.spo2(t, value)

    def hr_each_second(self, first: int, last: int, value: float | None) -> None:
        for t in range(first, last + 1):
            self.hr(t, value)

    def nibp(self, t: float, sys: float | None, dia: float | None, map_: float | None = None) -> None:
        self.give(NibpReading(micros(t), SOURCE, sys, dia, map_))

    def tick(self, t: float) -> None:
        self.give(Tick(micros(t)))

    def end(self, t: float) -> None:
        self.give(End(micros(t)))

    def lines(self, *rules: str) -> list[str]:
        """`15 raised O2-2 medium` for every event of these rules (of all rules without any)."""
        return [
            _line(e)
            for e in self.events
            if isinstance(e, OccurrenceEvent) and (e.occurrence.rule in rules or not rules)
        ]


def _line(event: OccurrenceEvent) -> str:
    o = event.occurrence
    tail = o.priority.word if o.ended is None else o.reason
    return f"{event.t / SECOND:g} {snake(event)} {o.rule} {tail}"
